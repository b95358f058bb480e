"""The door of the readers: a feed file whose whole structure was checked before its first row is used."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import FileFormat, Mapping, nearest
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.readers import csv_rows, json_rows, sqlite_rows
from highstreet.market.feeds.readers.limits import MAX_COLUMNS
from highstreet.market.feeds.readers.spool import spool


class Feed(msgspec.Struct, frozen=True):
    """A checked file. `rows` may be called again and gives the same rows each time."""

    rows: Callable[[], Iterator[Row | Reject]]
    total: int
    """How many rows there are, the unusable ones included."""


@contextmanager
def open_feed(file: Path, mapping: Mapping) -> Generator[Feed]:
    """Open `file` as its mapping describes it.

    Raises InvalidInput with one sentence if the file is cut short, damaged, not what the mapping says, or lacks a
    column that the mapping names.
    """
    with spool(file, mapping.file) as copy:
        present, rows = _reader(copy, file.name, mapping)
        if present is not None:
            _check_columns(file.name, mapping, present)
        total, seen = 0, set[str]()
        for row in rows():
            total += 1
            if isinstance(row, Row) and len(seen) <= MAX_COLUMNS:
                seen.update(row.cells)
        if present is None and seen:
            _check_columns(file.name, mapping, sorted(seen))
        yield Feed(rows, total)


def _reader(copy: Path, name: str, mapping: Mapping) -> tuple[list[str] | None, Callable[[], Iterator[Row | Reject]]]:
    """The columns, where a file states them before its rows, and what reads its rows."""
    file = mapping.file
    match file.format:
        case FileFormat.CSV:
            return (
                csv_rows.columns(copy, name, file.delimiter),
                lambda: csv_rows.rows(copy, name, file.delimiter),
            )
        case FileFormat.JSON:
            return None, lambda: json_rows.rows(copy, name, file.rows)
        case FileFormat.SQLITE:
            table = file.table
            assert table is not None, "the mapping was checked for it"
            wanted = sorted({field.column for field in mapping.fields.mapped().values()})
            return (
                sqlite_rows.columns(copy, name, table),
                lambda: sqlite_rows.rows(copy, name, table, wanted),
            )


def _check_columns(name: str, mapping: Mapping, present: list[str]) -> None:
    for field, source in mapping.fields.mapped().items():
        if source.column not in present:
            raise InvalidInput.at(
                name, f"has no {source.column!r}, which the mapping names for {field}{nearest(source.column, present)}"
            )
