"""The door of the readers: a feed file whose whole structure was checked before its first row is used."""

import hashlib
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import NoReturn

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.threads import in_thread, raise_if_stopped
from highstreet.market.feeds.domain.mapping import REQUIRED, FileFormat, Mapping
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.domain.spelling import nearest
from highstreet.market.feeds.readers import csv_rows, json_lines, json_rows, parquet_rows, sqlite_rows, xml_rows
from highstreet.market.feeds.readers.limits import MAX_COLUMNS
from highstreet.market.feeds.readers.source import Origin, name_of
from highstreet.market.feeds.readers.spool import Spooled, spool


class Feed(msgspec.Struct, frozen=True):
    """A checked file. `rows` may be called again and gives the same rows each time."""

    rows: Callable[[], Iterator[Row | Reject]]
    total: int
    """How many rows there are, the unusable ones included."""
    found: dict[str, str]
    """What the mapping does not state about the file and is not the usual: keys of `[file]`."""
    never_stated: list[str]
    """Mapped fields that no row states, where the file does not say beforehand what its rows may state."""
    sha256: str
    """Of the file's content, unpacked and in UTF-8, in hexadecimal."""


@contextmanager
def open_feed(origin: Origin, mapping: Mapping, private_hosts: Collection[str] = ()) -> Generator[Feed]:
    """Open a feed as its mapping describes it; `private_hosts` are those of `kit.fetch`.

    Raises InvalidInput with one sentence if it is cut short, damaged, not what the mapping says, lacks a column that
    the mapping names, or has no row with a member that every row needs.
    """
    name = name_of(origin)
    with spool(origin, mapping, private_hosts) as spooled:
        opened = _opened(spooled, name, mapping)
        if opened.columns is not None:
            _check_columns(name, mapping, opened.columns)
        total, unseen, others = 0, set(_wanted(mapping)), set[str]()
        for row in opened.rows():
            raise_if_stopped()
            total += 1
            if unseen and isinstance(row, Row):
                unseen.difference_update(row.cells)
                if len(others) <= MAX_COLUMNS:
                    others.update(row.cells)
        never_stated = _never_stated(name, mapping, unseen, sorted(others)) if others else []
        with spooled.copy.open("rb") as copy:
            digest = hashlib.file_digest(copy, "sha256").hexdigest()
        yield Feed(opened.rows, total, {**_found_encoding(spooled, mapping), **opened.found}, never_stated, digest)


@asynccontextmanager
async def opened_feed(origin: Origin, mapping: Mapping, private_hosts: Collection[str] = ()) -> AsyncGenerator[Feed]:
    """The same as `open_feed`, fetched, unpacked and checked in a thread."""
    with ExitStack() as stack:
        yield await in_thread(lambda: stack.enter_context(open_feed(origin, mapping, private_hosts)))


class _Opened(msgspec.Struct, frozen=True):
    """What reads the rows of one format."""

    rows: Callable[[], Iterator[Row | Reject]]
    columns: list[str] | None = None
    """Where a file states them before its rows."""
    found: dict[str, str] = {}


def _opened(spooled: Spooled, name: str, mapping: Mapping) -> _Opened:
    file, copy = mapping.file, spooled.copy
    match file.format:
        case FileFormat.CSV:
            return _opened_csv(copy, name, mapping)
        case FileFormat.JSON:
            return _Opened(lambda: json_rows.rows(copy, name, file.rows))
        case FileFormat.JSON_LINES:
            return _Opened(lambda: json_lines.rows(copy, name))
        case FileFormat.XML:
            return _Opened(lambda: xml_rows.rows(copy, name, file.rows))
        case FileFormat.SQLITE:
            table = file.table
            assert table is not None, "the mapping was checked for it"
            wanted = _wanted(mapping)
            return _Opened(lambda: sqlite_rows.rows(copy, name, table, wanted), sqlite_rows.columns(copy, name, table))

        case FileFormat.PARQUET:
            written, columns = parquet_rows.unpack(copy, name, _wanted(mapping))
            return _Opened(lambda: parquet_rows.rows(written, name), columns)


def _opened_csv(copy: Path, name: str, mapping: Mapping) -> _Opened:
    file = mapping.file
    dialect = csv_rows.find_dialect(copy, name, file, _wanted(mapping))
    found: dict[str, str] = {}
    if file.delimiter is None and dialect.delimiter != ",":
        found["delimiter"] = dialect.delimiter
    if file.quote is None and dialect.quote != '"':
        found["quote"] = dialect.quote
    return _Opened(lambda: csv_rows.rows(copy, name, dialect), csv_rows.columns(copy, name, dialect), found)


def _found_encoding(spooled: Spooled, mapping: Mapping) -> dict[str, str]:
    if mapping.file.encoding is not None or spooled.encoding in {None, "utf-8"}:
        return {}
    return {"encoding": str(spooled.encoding)}


def _wanted(mapping: Mapping) -> list[str]:
    return sorted({column for _, column in mapping.fields.columns()})


def _check_columns(name: str, mapping: Mapping, present: list[str]) -> None:
    for field, column in mapping.fields.columns():
        if column not in present:
            _refuse_absent(name, field, column, present)


def _never_stated(name: str, mapping: Mapping, unseen: Collection[str], present: list[str]) -> list[str]:
    missing = [(field, column) for field, column in mapping.fields.columns() if column in unseen]
    for field, column in missing:
        if field in REQUIRED:
            _refuse_absent(name, field, column, present)
    return list(dict.fromkeys(field for field, _ in missing))


def _refuse_absent(name: str, field: str, column: str, present: list[str]) -> NoReturn:
    raise InvalidInput.at(name, f"has no {column!r}, which the mapping names for {field}{nearest(column, present)}")
