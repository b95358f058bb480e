"""Takes a backup: every row of ours that the program wrote, as of one instant, while everybody goes on working.

Blobs follow the rows.
"""

import asyncio
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from psycopg import IsolationLevel, sql
from psycopg.rows import kwargs_row, scalar_row

from highstreet.kit.backup.archive import FORMAT, Manifest, dump_to_write, new_archive, write_manifest
from highstreet.kit.backup.bytes_beside import BlobColumn, pack
from highstreet.kit.blobs import Blobs
from highstreet.kit.database import SYSTEM_ROLE, connection_arguments, server_name
from highstreet.kit.errors import ConfigurationError, HighstreetError
from highstreet.kit.postgres.programs import complaint, programs_for
from highstreet.kit.revisions import APPLIED, IS_READABLE
from highstreet.kit.tables import TABLES, Table

_Connection = psycopg.Connection[Any]

_SEQUENCES: Final = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(s.relname)
FROM pg_catalog.pg_class AS s JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
WHERE s.relkind = 'S' AND n.nspname = ANY(%s)
"""


def take(
    database_url: str,
    blobs: Blobs | None,
    file: Path,
    *,
    at: datetime,
    speaking: Sequence[BlobColumn] = (),
    replace: bool = False,
) -> Manifest:
    """Write the backup `file`, as the application's login; what it holds.

    `at` is when it is made, `blobs` None leaves blobs out, and `speaking` are the columns that speak of them. A blob
    that is missing or damaged is named in what is answered, and is no reason to have no backup.

    Raises Conflict where the file exists and is not to be replaced, ConfigurationError where the database cannot be
    used, Unavailable where the place of blobs cannot be, and HighstreetError where the database cannot be read whole.
    No file is left behind then.
    """
    with new_archive(file, replace=replace) as archive:
        with _connect(database_url) as connection, connection.transaction():
            tables = _tables(connection, database_url)
            manifest = _manifest(connection, tables, at)
            wanted = _digests(connection, speaking) if blobs is not None else frozenset[str]()
            _dump(database_url, _arguments(connection, tables), archive)
        if blobs is not None:
            packed = asyncio.run(pack(blobs, archive, wanted))
            manifest = msgspec.structs.replace(manifest, blobs=packed)
        write_manifest(archive, manifest)
    return manifest


def _connect(url: str) -> _Connection:
    try:
        connection = _Connection.connect(url, **connection_arguments(url, SYSTEM_ROLE))
    except psycopg.OperationalError as problem:
        reason = str(problem).strip().splitlines()[-1]
        raise ConfigurationError(f"The database {server_name(url)} cannot be backed up: {reason}") from None
    # This transaction waits for as long as the dump takes, and keeps its snapshot alive.
    connection.execute("SET idle_in_transaction_session_timeout = 0")
    connection.execute("SET statement_timeout = 0")
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _tables(connection: _Connection, url: str) -> list[Table]:
    """The tables whose rows are to be kept."""
    readable = connection.execute(IS_READABLE).fetchone()
    if not (readable and readable[0]):
        raise ConfigurationError(f"The database {server_name(url)} is not Highstreet's yet; run `highstreet migrate`")
    with connection.cursor(row_factory=kwargs_row(Table)) as cursor:
        tables = [table for table in cursor.execute(TABLES).fetchall() if table.written]
    hidden = [table.full_name for table in tables if not table.seen_whole]
    if hidden:
        raise HighstreetError(f"Policies hide rows of {', '.join(hidden)} from {SYSTEM_ROLE}, so no backup was made")
    return tables


def _digests(connection: _Connection, speaking: Sequence[BlobColumn]) -> frozenset[str]:
    found: set[str] = set()
    with connection.cursor(row_factory=scalar_row) as cursor:
        for each in speaking:
            query = sql.SQL("SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL").format(
                column=sql.Identifier(each.column), table=sql.Identifier(each.schema, each.table)
            )
            found.update(cursor.execute(query).fetchall())
    return frozenset(found)


def _manifest(connection: _Connection, tables: list[Table], at: datetime) -> Manifest:
    rows: dict[str, int] = {}
    with connection.cursor(row_factory=scalar_row) as cursor:
        for table in tables:
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.schema, table.name))
            rows[table.full_name] = cursor.execute(count).fetchone() or 0
        revision = cursor.execute(APPLIED).fetchone()
    return Manifest(
        format=FORMAT,
        version=metadata.version("highstreet"),
        revision=str(revision),
        made_at=at,
        postgresql=connection.info.server_version // 10_000,
        rows=rows,
    )


def _arguments(connection: _Connection, tables: list[Table]) -> list[str]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        snapshot = cursor.execute("SELECT pg_export_snapshot()").fetchone()
        sequences = cursor.execute(_SEQUENCES, [sorted({table.schema for table in tables})]).fetchall()
    return [
        "--format=custom",
        "--data-only",
        f"--role={SYSTEM_ROLE}",
        "--enable-row-security",
        f"--snapshot={snapshot}",
        *(f'--table="{table.schema}"."{table.name}"' for table in tables),
        *(f"--exclude-table-data={sequence}" for sequence in sequences),
    ]


def _dump(url: str, arguments: list[str], archive: zipfile.ZipFile) -> None:
    with tempfile.TemporaryFile() as complaints, dump_to_write(archive) as dump:
        process = programs_for(None).start(
            "pg_dump", *arguments, url=url, taking=subprocess.DEVNULL, complaining=complaints
        )
        assert process.stdout is not None
        try:
            with process.stdout:
                shutil.copyfileobj(process.stdout, dump, 1 << 20)
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if process.returncode:
            complaints.seek(0)
            told = complaint(complaints.read().decode(errors="replace"))
            raise HighstreetError(f"No backup was made: {told}")
