"""Reads the rows of a dump, as pg_restore writes them out."""

import contextlib
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import IO, Final

import msgspec

from highstreet.kit.errors import HighstreetError
from highstreet.kit.postgres.programs import complaint, programs_for

_COPY: Final = re.compile(rb"COPY (\w+)\.(\w+) \(([\w\", ]*)\) FROM stdin;\n")
_BESIDE: Final = re.compile(rb"--|SET |SELECT pg_catalog\.set_config\(|\\(un)?restrict |\n")
"""What stands between the rows: settings of the run, and nothing that changes a table."""
_END: Final = b"\\.\n"


class Rows(msgspec.Struct, frozen=True):
    """The rows of one table, to be read before the next table is asked for. A line is a row in COPY's text format."""

    table: str
    columns: tuple[str, ...]
    lines: Iterator[bytes]


@contextmanager
def rows_of(dump: IO[bytes]) -> Generator[Iterator[Rows]]:
    """The tables of a dump of pg_dump's custom format, one after the other.

    Raises HighstreetError for a dump that is damaged or does anything else than to fill tables.
    """
    with tempfile.TemporaryFile() as complaints:
        process = programs_for(None).start(
            "pg_restore",
            "--data-only",
            "--file=-",
            taking=subprocess.PIPE,
            complaining=complaints,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        feeding = threading.Thread(target=_feed, args=(dump, process.stdin), name="restore-feed")
        feeding.start()
        try:
            yield _tables(process.stdout)
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
            feeding.join()
            process.stdout.close()
        if process.returncode:
            complaints.seek(0)
            raise HighstreetError(f"The dump cannot be read: {complaint(complaints.read().decode(errors='replace'))}")


def _feed(dump: IO[bytes], into: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError), into:  # who does not read to the end says why itself
        shutil.copyfileobj(dump, into, 1 << 20)


def _tables(lines: IO[bytes]) -> Iterator[Rows]:
    for line in lines:
        if found := _COPY.fullmatch(line):
            schema, table, columns = (part.decode() for part in found.groups())
            names = tuple(column.strip('"') for column in columns.split(", "))
            yield Rows(f"{schema}.{table}", names, _until_end(lines))
        elif not _BESIDE.match(line):
            raise HighstreetError(f"The dump does more than fill tables: {line[:60].decode(errors='replace').strip()}")


def _until_end(lines: IO[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line == _END:
            return
        yield line
    raise HighstreetError("The dump ends within a table")
