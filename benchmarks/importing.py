"""Importing a million rows with the real command, beside what PostgreSQL can do with the same file.

Three runs of `highstreet import`: the feed as CSV; the same again in a zstd archive, which must write nothing; the same
rows in another order as Parquet with one price changed, which must write one deal, as the catalogue's own row versions
tell. Beside them a plain COPY and an upsert with digests in SQL.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg.sql import SQL, Identifier

from benchmarks import feed_of_deals, upsert_peer
from benchmarks.report import Ratio, Report, Result, Target, report, value
from highstreet.kit.migrations import migrate
from highstreet.kit.postgres.addresses import DatabaseUrls, database_urls
from highstreet.kit.postgres.home import home_of
from highstreet.kit.settings import load_settings

_ROWS, _QUICK_ROWS = 1_000_000, 100_000
_TARGET_S, _TARGET_MIB = 900.0, 1024.0
_FIRST, _AGAIN, _CHANGED = "first import (CSV)", "the same again (.csv.zst)", "shuffled, one price changed (Parquet)"
_COPY, _UPSERT, _UPSERT_AGAIN = "COPY into a table", "upsert in SQL", "upsert in SQL, again"
_SAMPLES_S = 0.1
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'catalog'::regnamespace AND relkind = 'r' AND has_table_privilege(oid, 'SELECT')
ORDER BY relname
"""


@dataclass(frozen=True)
class Imported:
    """What one run of the command took and told."""

    seconds: float
    mebibytes: float
    summary: dict[str, int]


def run(*, quick: bool) -> Report:
    """Raises AssertionError where a run did not write what it should have written."""
    rows = _QUICK_ROWS if quick else _ROWS
    with _installation() as (folder, environ, databases):
        files = _files(folder, rows)
        results = [
            Result(f"feed as {name}", "size", round(file.stat().st_size / 2**20, 1), "MiB")
            for name, file in files.items()
        ]
        _warm_up(folder, environ)
        first = _import(files["csv"], folder, environ)
        assert (first.summary["new"], first.summary["rejected"]) == (rows, 0), first.summary
        mark = _mark(databases)
        again = _import(files["csv.zst"], folder, environ)
        written_again = _written(databases, mark)
        assert (again.summary["same"], written_again["deals"]) == (rows, 0), (again.summary, written_again)
        mark = _mark(databases)
        changed = _import(files["parquet"], folder, environ)
        written = _written(databases, mark)
        assert (changed.summary["changed"], written["deals"]) == (1, 1), (changed.summary, written)
        for subject, done in ((_FIRST, first), (_AGAIN, again), (_CHANGED, changed)):
            results += [
                Result(subject, "time", round(done.seconds, 1), "s"),
                Result(subject, "rows", round(rows / done.seconds), "rows/s"),
                Result(subject, "peak memory", round(done.mebibytes), "MiB"),
            ]
        results += [
            Result(_CHANGED, f"rows written in catalog.{table}", number, "")
            for table, number in written.items()
            if number
        ]
        results += _peers(databases, files["csv"], rows)
    return report("import", results, _ratios(results), _targets(results, written["deals"]))


@contextmanager
def _installation() -> Generator[tuple[Path, dict[str, str], DatabaseUrls]]:
    """A folder, the environment of an installation in it, and its database while it runs; gone afterwards."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("HIGHSTREET_")}
    with tempfile.TemporaryDirectory(prefix="highstreet-bench-", ignore_cleanup_errors=True) as directory:
        folder = Path(directory)
        folder.chmod(0o755)  # as root, PostgreSQL runs as another user, who has to pass through
        environ |= {"HIGHSTREET_DATA_DIR": str(folder / "data"), "HIGHSTREET_ENV": "test"}
        settings = load_settings(environ, serving=False)
        settings.data_dir.mkdir(mode=0o755)
        try:
            with database_urls(settings) as databases:
                migrate(databases.migrations, database_url=databases.database)
                yield folder, environ, databases
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(home_of(settings.data_dir).base)  # as root, the cluster stands elsewhere


def _files(folder: Path, rows: int) -> dict[str, Path]:
    files = {kind: folder / f"feed.{kind}" for kind in ("csv", "csv.zst", "parquet")}
    feed_of_deals.write_csv(files["csv"], rows)
    feed_of_deals.pack(files["csv"], files["csv.zst"])
    feed_of_deals.shuffle(files["csv"], files["parquet"], changed=f"D{rows // 2}")
    for file_format in ("csv", "parquet"):
        text = feed_of_deals.MAPPING.replace("FORMAT", file_format)
        (folder / f"{file_format}.toml").write_text(text, encoding="utf-8")
    return files


def _warm_up(folder: Path, environ: dict[str, str]) -> None:
    """The first import of an installation loads its places, which is not what is measured."""
    small = folder / "warm-up.csv"
    feed_of_deals.write_csv(small, 1)
    mapping = (folder / "csv.toml").read_text("utf-8").replace('name = "bench"', 'name = "warm_up"')
    (folder / "warm-up.toml").write_text(mapping, encoding="utf-8")
    _import(small, folder, environ, "warm-up.toml")


def _import(file: Path, folder: Path, environ: dict[str, str], mapping: str | None = None) -> Imported:
    chosen = folder / (mapping or f"{file.name.split('.')[1]}.toml")
    command = [sys.executable, "-m", "highstreet", "import", str(file), "--mapping", str(chosen), "--json"]
    began = time.monotonic()
    process = subprocess.Popen(command, env=environ, cwd=folder, stdout=subprocess.PIPE, text=True)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        time.sleep(_SAMPLES_S)
    seconds = time.monotonic() - began
    assert process.stdout is not None
    told = process.stdout.read()
    assert process.returncode == 0, f"the import ended with {process.returncode}"
    sys.stderr.write(f"bench: {file.name}: {seconds:.1f} s, {peak:.0f} MiB\n")
    return Imported(seconds, peak, json.loads(told))


def _memory(pid: int) -> float:
    """The MiB that a process and those that it started hold now."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total / 2**20


def _mark(databases: DatabaseUrls) -> int:
    """A transaction: every row version that is written from now on is of a later one."""
    with psycopg.connect(databases.database, autocommit=True) as connection:
        row = connection.execute("SELECT pg_current_xact_id()::text::bigint % 4294967296").fetchone()
    assert row is not None
    return int(row[0])


def _written(databases: DatabaseUrls, mark: int) -> dict[str, int]:
    """How many rows of each table of the catalogue were written since `mark`, by their versions."""
    found: dict[str, int] = {}
    with psycopg.connect(databases.database, autocommit=True) as connection:
        connection.execute("SET ROLE highstreet_system")
        tables = connection.execute(_TABLES).fetchall()
        for (table,) in tables:
            count = SQL("SELECT count(*) FROM catalog.{} WHERE xmin::text::bigint > %s").format(Identifier(table))
            row = connection.execute(count, [mark]).fetchone()
            assert row is not None
            found[table] = int(row[0])
    return found


def _peers(databases: DatabaseUrls, file: Path, rows: int) -> list[Result]:
    with psycopg.connect(databases.migrations, autocommit=True) as connection:
        upsert_peer.prepare(connection)
        copied = upsert_peer.copy(connection, file)
        seconds, written = upsert_peer.upsert(connection, file)
        assert written == rows
        again, written = upsert_peer.upsert(connection, file)
        assert written == 0
    return [
        result
        for subject, taken in ((_COPY, copied), (_UPSERT, seconds), (_UPSERT_AGAIN, again))
        for result in (
            Result(subject, "time", round(taken, 1), "s"),
            Result(subject, "rows", round(rows / taken), "rows/s"),
        )
    ]


def _ratios(results: list[Result]) -> list[Ratio]:
    pairs = ((_FIRST, _COPY), (_FIRST, _UPSERT), (_AGAIN, _UPSERT_AGAIN))
    return [Ratio(of, to, "time", value(results, of, "time") / value(results, to, "time")) for of, to in pairs]


def _targets(results: list[Result], written: int) -> list[Target]:
    subjects = (_FIRST, _AGAIN, _CHANGED)
    slowest = max(value(results, subject, "time") for subject in subjects)
    largest = max(value(results, subject, "peak memory") for subject in subjects)
    return [
        Target("slowest import, in s", slowest, _TARGET_S, slowest < _TARGET_S),
        Target("peak memory, in MiB", largest, _TARGET_MIB, largest < _TARGET_MIB),
        Target("deals written for one changed row", written, 2, written == 1),
    ]
