"""Brings a backup into an empty database.

The migrations of this version make the tables, for whoever owns the database now; the backup brings rows, and nothing
else: its dump is read as text, of which only rows for tables of ours are taken. They come in one transaction, so that a
restore that fails or is killed leaves tables without rows, where it can be begun anew.

Numbers of transactions mean nothing in another cluster. A fact would wait until the new cluster has counted as far as
the old one, and a change could look older than it is. So each row that carries one is marked with that of the restore.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, LiteralString, cast

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import kwargs_row, scalar_row

from highstreet.kit import migrations, revisions
from highstreet.kit.backup.archive import Manifest, dump_to_read, open_archive
from highstreet.kit.backup.bytes_beside import unpack
from highstreet.kit.backup.reading import Rows, rows_of
from highstreet.kit.blobs import Blobs
from highstreet.kit.database import server_name
from highstreet.kit.errors import ConfigurationError, Conflict, HighstreetError
from highstreet.kit.tables import TABLES, Table

_Connection = psycopg.Connection[Any]

_ANOTHERS_TABLE: Final = """
SELECT n.nspname || '.' || t.relname
FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
    AND NOT (n.nspname || '.' || t.relname = ANY(%s))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = t.oid AND d.deptype = 'e')
ORDER BY 1 LIMIT 1
"""
_TRIGGERS: Final = """
SELECT n.nspname AS schema, t.relname AS table, g.tgname AS name
FROM pg_catalog.pg_trigger AS g
JOIN pg_catalog.pg_class AS t ON t.oid = g.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE NOT g.tgisinternal AND g.tgenabled = 'O' AND n.nspname || '.' || t.relname = ANY(%s)
"""
_REFERENCES: Final = """
SELECT n.nspname AS schema, t.relname AS table, c.conname AS name, pg_catalog.pg_get_constraintdef(c.oid) AS meaning
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE c.contype = 'f' AND n.nspname || '.' || t.relname = ANY(%s)
"""
_COUNTED: Final = """
SELECT n.nspname AS schema, t.relname AS table, a.attname AS name, quote_literal(d.objid::regclass::text) AS meaning
FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    AND n.nspname || '.' || t.relname = ANY(%s)
"""
_OF_A_TRANSACTION: Final = """
SELECT n.nspname AS schema, t.relname AS table, a.attname AS name
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS t ON t.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE a.atttypid = 'xid8'::regtype AND a.attnum > 0 AND n.nspname || '.' || t.relname = ANY(%s)
"""


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """Something of a table: a trigger, a constraint with its meaning, a column with its sequence."""

    schema: str
    table: str
    name: str
    meaning: str = ""

    def statement(self, template: LiteralString) -> sql.Composed:
        """`template` with {table}, {name} and the SQL that is the {meaning}."""
        return sql.SQL(template).format(
            table=sql.Identifier(self.schema, self.table),
            name=sql.Identifier(self.name),
            meaning=sql.SQL(cast("LiteralString", self.meaning)),
        )


def restore(file: Path, migrations_url: str, blobs: Blobs | None, *, database_url: str) -> Manifest:
    """Bring the backup into the database, as its owner, and up to this version; what the backup holds.

    Its blobs come first, into `blobs` or nowhere: rows speak of them, and they harm nobody where rows do not come.
    Raises InvalidInput for a file that is no whole backup, Conflict for a database that is not empty, in use or beyond
    the backup, ConfigurationError for a backup of a newer version and where a right is missing.
    """
    name = server_name(migrations_url)
    with open_archive(file) as (archive, manifest), _connect(migrations_url) as connection:
        _check_revision(file, manifest, migrations_url)
        try:
            with connection.transaction(force_rollback=True):
                _require_empty(connection, name)
            if blobs is not None:
                asyncio.run(unpack(archive, blobs))
            migrations.migrate(migrations_url, database_url=database_url, until=manifest.revision)
            with connection.transaction(), dump_to_read(archive) as dump:
                filled = _fill(connection, _require_empty(connection, name), dump, manifest)
        except psycopg.errors.LockNotAvailable:
            raise Conflict(f"The database {name} is in use; end what works on it and try again") from None
        except psycopg.Error as problem:
            reason = str(problem).strip().splitlines()[0]
            raise HighstreetError(f"Nothing was restored: {reason}") from problem
        # Fresh statistics, and no room for what marking has replaced.
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.SQL(", ").join(map(_identifier, filled))))
    migrations.migrate(migrations_url, database_url=database_url)
    return manifest


def bring_blobs(file: Path, blobs: Blobs) -> Manifest:
    """Bring the blobs of a backup back, and nothing else; what the backup holds. Raises as `restore` does."""
    with open_archive(file) as (archive, manifest):
        asyncio.run(unpack(archive, blobs))
    return manifest


def _connect(url: str) -> _Connection:
    try:
        return _Connection.connect(
            url,
            autocommit=True,
            application_name="highstreet restore",
            connect_timeout=5,
            options=f"-c lock_timeout={migrations.LOCK_TIMEOUT_MS}ms -c timezone=UTC",
        )
    except psycopg.OperationalError as problem:
        reason = str(problem).strip().splitlines()[-1]
        raise ConfigurationError(f"The database {server_name(url)} cannot be restored: {reason}") from None


def _check_revision(file: Path, manifest: Manifest, url: str) -> None:
    if manifest.revision not in revisions.revisions():
        raise ConfigurationError(
            f"{file} was made by a newer version of Highstreet ({manifest.version}): its tables are those of "
            f"{manifest.revision}, and this version ends at {revisions.head()}"
        )
    lacking = migrations.lacking(url)
    beyond = [revision for revision in revisions.after(manifest.revision) if revision not in lacking]
    if beyond:
        raise Conflict(
            f"The database {server_name(url)} is migrated to {beyond[-1]} already, and the backup ends at "
            f"{manifest.revision}; restore into a database that nothing has touched"
        )


def _identifier(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)


def _require_empty(connection: _Connection, name: str) -> list[Table]:
    """Our tables that have rows in a backup: none has any now, and nobody else has a table here.

    Takes them off row-level security for the rest of the transaction, since that holds for their owner too.
    """
    with connection.cursor(row_factory=kwargs_row(Table)) as cursor:
        tables = cursor.execute(TABLES).fetchall()
    with connection.cursor(row_factory=scalar_row) as cursor:
        found = cursor.execute(_ANOTHERS_TABLE, [[table.full_name for table in tables]]).fetchone()
    kept = [table for table in tables if table.written]
    for table in kept:
        connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(_identifier(table)))
        if connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(_identifier(table))).rowcount:
            found = found or table.full_name
    if found:
        raise Conflict(f"The database {name} is not empty, there is something in {found}; restore into an empty one")
    return kept


def _fill(connection: _Connection, tables: Sequence[Table], dump: IO[bytes], manifest: Manifest) -> list[Table]:
    """Bring the rows in, without the rules that were kept when they were made; then the rules, which check all rows.

    Triggers would write histories a second time. References would ask for an order in which no table refers to a later
    one, and there is none.
    """
    names = [table.full_name for table in tables]
    triggers, references = _parts(connection, _TRIGGERS, names), _parts(connection, _REFERENCES, names)
    for trigger in triggers:
        connection.execute(trigger.statement("ALTER TABLE {table} DISABLE TRIGGER {name}"))
    for reference in references:
        connection.execute(reference.statement("ALTER TABLE {table} DROP CONSTRAINT {name}"))
    with rows_of(dump) as dumped:
        filled = {rows.table: _copy(connection, rows, frozenset(names)) for rows in dumped}
    _check_counts(filled, manifest)
    for column in _parts(connection, _OF_A_TRANSACTION, names):
        connection.execute(column.statement("UPDATE {table} SET {name} = pg_current_xact_id()"))
    for column in _parts(connection, _COUNTED, names):
        connection.execute(
            column.statement("SELECT setval({meaning}, max({name})) FROM {table} HAVING max({name}) IS NOT NULL")
        )
    for reference in references:
        connection.execute(reference.statement("ALTER TABLE {table} ADD CONSTRAINT {name} {meaning}"))
    for trigger in triggers:
        connection.execute(trigger.statement("ALTER TABLE {table} ENABLE TRIGGER {name}"))
    for table in tables:
        if table.forced:
            connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(_identifier(table)))
    return [table for table in tables if filled.get(table.full_name)]


def _parts(connection: _Connection, query: LiteralString, tables: Sequence[str]) -> list[_Part]:
    with connection.cursor(row_factory=kwargs_row(_Part)) as cursor:
        return cursor.execute(query, [list(tables)]).fetchall()


def _copy(connection: _Connection, rows: Rows, ours: frozenset[str]) -> int:
    """Bring in the rows of one table; how many."""
    if rows.table not in ours:
        raise HighstreetError(f"The backup fills {rows.table}, which is none of its tables")
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(*rows.table.split(".")), sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    )
    with connection.cursor() as cursor:
        with cursor.copy(copying) as copy:
            for line in rows.lines:
                copy.write(line)
        return cursor.rowcount


def _check_counts(filled: Mapping[str, int], manifest: Manifest) -> None:
    for table, expected in manifest.rows.items():
        if filled.get(table, 0) != expected:
            raise HighstreetError(
                f"The backup says that it has {expected} rows of {table} and brought {filled.get(table, 0)}; "
                "nothing was restored"
            )
