"""CSV, strictly: a quote that is not closed, or a row that is cut short, is never read as something else."""

import csv
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TextIO

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import FileTable
from highstreet.market.feeds.domain.rows import Reject, Row, reject
from highstreet.market.feeds.readers.limits import MAX_COLUMNS, MAX_ROW_CHARACTERS


class Dialect(msgspec.Struct, frozen=True):
    """How a CSV file is written. An empty `quote` is none; `columns` are the names that the mapping states."""

    delimiter: str
    quote: str
    columns: tuple[str, ...] = ()


_DELIMITERS = (",", ";", "\t", "|")
_QUOTES = ('"', "'")
_SAMPLE_ROWS = 20


def find_dialect(copy: Path, name: str, file: FileTable, wanted: Collection[str]) -> Dialect:
    """What the mapping states, and for the rest what gives the most of the `wanted` columns, then the most columns.

    Of a file without a header it is what gives most of the first rows as many cells as the mapping names columns.
    """
    candidates = [
        Dialect(delimiter, quote, file.columns)
        for quote in ([file.quote] if file.quote is not None else _QUOTES)
        for delimiter in ([file.delimiter] if file.delimiter is not None else _DELIMITERS)
        if delimiter != quote
    ]
    return max(candidates, key=lambda dialect: _fitness(copy, name, dialect, wanted))


def _fitness(copy: Path, name: str, dialect: Dialect, wanted: Collection[str]) -> tuple[int, int]:
    try:
        with _records(copy, name, dialect) as (_, reader):
            if dialect.columns:
                return sum(len(cells) == len(dialect.columns) for cells in islice(reader, _SAMPLE_ROWS)), 0
            header = [cell.strip() for cell in next(reader, list[str]())]
    except (csv.Error, InvalidInput):
        return 0, 0
    hits = len(set(wanted) & set(header))
    # Single quotes are common in text, so only columns that were asked for speak for them.
    return hits, len(header) if hits or dialect.quote == '"' else 0


def columns(copy: Path, name: str, dialect: Dialect) -> list[str]:
    """The names of the header, or of the mapping, in order; `name` is the file's in errors."""
    if dialect.columns:
        return list(dialect.columns)
    with _records(copy, name, dialect) as (_, reader):
        return _header(reader, name)


def rows(copy: Path, name: str, dialect: Dialect) -> Iterator[Row | Reject]:
    """Every row below the header. Raises InvalidInput where the file as a whole cannot be trusted."""
    with _records(copy, name, dialect) as (lines, reader):
        header = list(dialect.columns) or _header(reader, name)
        while True:
            start = lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                yield _broken(problem, name, start, lines.number)
                continue
            if len(cells) == len(header):
                yield Row(start, dict(zip(header, cells, strict=True)))
            elif cells and len(cells) < len(header) and lines.cut_short:
                raise InvalidInput.at(
                    name, f"is cut short: it ends in the middle of line {lines.number}; fetch it again"
                )
            elif cells:
                yield reject(start, f"has {len(cells):,} columns, and the header has {len(header):,}")


class _Lines:
    """The lines of a text file, counted, and never more of them for one row than a row may have."""

    def __init__(self, text: TextIO, name: str) -> None:
        self._text = text
        self._name = name
        self._characters = 0
        self.number = 0
        self.cut_short = False

    def begin_row(self) -> int:
        """Start counting a new row; returns the number of its first line."""
        self._characters = 0
        return self.number + 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_ROW_CHARACTERS + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.cut_short = not line.endswith(("\n", "\r"))
        self._characters += len(line)
        if self._characters > MAX_ROW_CHARACTERS:
            raise InvalidInput.at(
                self._name,
                f"the row that reaches line {self.number} is larger than {MAX_ROW_CHARACTERS // 2**20} MiB; "
                "a quote before it may not be closed, or this is not a CSV file",
            )
        return line


@contextmanager
def _records(copy: Path, name: str, dialect: Dialect) -> Generator[tuple[_Lines, Iterator[list[str]]]]:
    # The limit belongs to the process. _Lines is the one that guards the size, so it is lifted, and put back.
    before = csv.field_size_limit(MAX_ROW_CHARACTERS)
    try:
        with copy.open(encoding="utf-8", errors="surrogatepass", newline="") as text:
            lines = _Lines(text, name)
            yield (
                lines,
                csv.reader(
                    lines,
                    delimiter=dialect.delimiter,
                    quotechar=dialect.quote or None,
                    quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
                    strict=True,
                ),
            )
    finally:
        csv.field_size_limit(before)


def _header(reader: Iterator[list[str]], name: str) -> list[str]:
    try:
        header = [cell.strip() for cell in next(reader, list[str]())]
    except csv.Error as problem:
        raise InvalidInput.at(name, f"has no header that can be read: {problem}") from None
    if not any(header):
        raise InvalidInput.at(name, "has no header: its first line names no column")
    if len(header) > MAX_COLUMNS:
        raise InvalidInput.at(name, f"has {len(header):,} columns; at most {MAX_COLUMNS:,} can be read")
    if strange := next((cell for cell in header if cell and not cell.isprintable()), None):
        raise InvalidInput.at(name, f"names a column {strange[:40]!r}; the encoding under [file] may be wrong")
    if twice := next((cell for cell in header if cell and header.count(cell) > 1), None):
        raise InvalidInput.at(name, f"names the column {twice!r} twice")
    return header


def _broken(problem: csv.Error, name: str, first: int, last: int) -> Reject:
    if "unexpected end of data" in str(problem):
        raise InvalidInput.at(
            name, f"is cut short, or a quote is never closed: the row that begins on line {first} has no end"
        ) from None
    span = f"; the row ran to line {last}" if last > first else ""
    return reject(first, f"has a quote out of place ({problem}){span}")
