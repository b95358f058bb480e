"""A file that no mapping describes yet: what it is, found by looking at it, and its rows."""

import tempfile
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast
from xml.parsers import expat

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import FileFormat, FileTable
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.domain.suggestion import shapes
from highstreet.market.feeds.domain.suggestion.names import concepts_of
from highstreet.market.feeds.readers import csv_rows, json_lines, json_rows, parquet_rows, sqlite_rows, xml_rows
from highstreet.market.feeds.readers.archives import unpacked
from highstreet.market.feeds.readers.source import Origin, Source, located, name_of
from highstreet.market.feeds.readers.spool import Spooled, write_copy

_SNIFFED_BYTES = 2**16
_FEW_MEMBERS = 5
_XML_BYTES = 2**20
_ROOTS_WITH_ROWS = frozenset({"rss", "rdf:RDF", "feed"})
_TELLING = frozenset({"cost", "reduced", "usual", "title", "merchant", "kind", "town", "link"})
"""Concepts of columns that make a table one of deals."""


class Look(msgspec.Struct, frozen=True):
    """A file as it was found. `rows` may be called again and gives the same rows each time."""

    name: str
    rows: Callable[[], Iterator[Row | Reject]]
    file: FileTable
    """What a mapping would have to say about the file."""
    doubts: tuple[str, ...] = ()


@contextmanager
def look_at(origin: Origin, private_hosts: Collection[str] = ()) -> Generator[Look]:
    """Open a file without a mapping; `private_hosts` are those of `kit.fetch`.

    Unlike `open_feed` this does not check the file to its end. Raises InvalidInput with one sentence where the file
    cannot be read or is of no kind that is known.
    """
    with tempfile.TemporaryDirectory(prefix="highstreet-suggest-") as folder:
        source = located(origin, Path(folder), private_hosts)
        file = FileTable(format=_format(source))
        yield _looked(write_copy(source, Path(folder), file, None), name_of(origin), file)


def _format(source: Source) -> FileFormat:
    """The format that the first bytes of the unpacked file tell."""
    start = next(unpacked(source.file, source.name, source.packing, None), b"")[:_SNIFFED_BYTES]
    if start.startswith(b"SQLite format 3\0"):
        return FileFormat.SQLITE
    if start.startswith(b"PAR1"):
        return FileFormat.PARQUET
    encoding = "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    text = start[: len(start) // 2 * 2].decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return FileFormat.XML
    if text.startswith("["):
        return FileFormat.JSON
    if text.startswith("{"):
        return FileFormat.JSON_LINES if _is_object(text.partition("\n")[0]) else FileFormat.JSON
    return FileFormat.CSV


def _is_object(line: str) -> bool:
    """Whether a line is a whole object by itself, and no list of rows is in it."""
    try:
        members = msgspec.json.decode(line, type=dict[str, object])
    except msgspec.DecodeError:
        return False
    return len(members) > _FEW_MEMBERS or not any(map(_holds_rows, members.values()))


def _holds_rows(value: object) -> bool:
    """Whether a member is a list of objects that are more than a name and a value."""
    if not isinstance(value, list):
        return False
    inner = cast("list[object]", value)
    return bool(inner) and all(isinstance(each, dict) and len(cast("dict[str, object]", each)) > 2 for each in inner)


def _looked(spooled: Spooled, name: str, file: FileTable) -> Look:
    copy = spooled.copy
    if spooled.encoding not in {None, "utf-8"} and file.format is not FileFormat.XML:
        file = msgspec.structs.replace(file, encoding=spooled.encoding)
    match file.format:
        case FileFormat.CSV:
            return _csv(copy, name, file)
        case FileFormat.JSON:
            return _json(copy, name, file)
        case FileFormat.JSON_LINES:
            return Look(name, lambda: json_lines.rows(copy, name), file)
        case FileFormat.XML:
            element = _element(copy)
            return Look(name, lambda: xml_rows.rows(copy, name, element), msgspec.structs.replace(file, rows=element))
        case FileFormat.SQLITE:
            return _sqlite(copy, name, file)
        case FileFormat.PARQUET:
            written, _ = parquet_rows.unpack(copy, name, None)
            return Look(name, lambda: parquet_rows.rows(written, name), file)


def _csv(copy: Path, name: str, file: FileTable) -> Look:
    dialect = csv_rows.find_dialect(copy, name, file, ())
    header = csv_rows.columns(copy, name, dialect)
    doubts: tuple[str, ...] = ()
    if any(_is_data(cell) for cell in header):
        names = tuple(f"column {number}" for number in range(1, len(header) + 1))
        dialect = msgspec.structs.replace(dialect, columns=names)
        file = msgspec.structs.replace(file, columns=names)
        doubts = ("the first line looks like data, not like names of columns: name them under [file]",)
    if dialect.delimiter != ",":
        file = msgspec.structs.replace(file, delimiter=dialect.delimiter)
    return Look(name, lambda: csv_rows.rows(copy, name, dialect), file, doubts)


def _is_data(cell: str) -> bool:
    return bool(shapes.amount(cell) or shapes.is_link(cell) or shapes.date_formats(cell))


def _json(copy: Path, name: str, file: FileTable) -> Look:
    with copy.open(encoding="utf-8", errors="surrogatepass") as text:
        start = text.read(_SNIFFED_BYTES).lstrip()
    if start.startswith("["):
        return Look(name, lambda: json_rows.rows(copy, name, None), file)
    member = json_rows.first_member(copy, name)
    if member is None:
        raise InvalidInput.at(name, "is an object without a list of rows; which of its members holds them?")
    doubt = (f"the rows are those of the member {member!r}",)
    return Look(name, lambda: json_rows.rows(copy, name, member), msgspec.structs.replace(file, rows=member), doubt)


def _sqlite(copy: Path, name: str, file: FileTable) -> Look:
    tables = sqlite_rows.tables(copy, name)
    if not tables:
        raise InvalidInput.at(name, "has no table")
    names = {table: sqlite_rows.columns(copy, name, table) for table in tables[:20]}
    table = max(names, key=lambda each: sum(bool(_TELLING & concepts_of(column)) for column in names[each]))
    others = [each for each in tables if each != table]
    doubts = (f"the rows are those of the table {table!r}; there are also: {', '.join(others[:8])}",) if others else ()
    wanted = names[table]
    return Look(
        name,
        lambda: sqlite_rows.rows(copy, name, table, wanted),
        msgspec.structs.replace(file, table=table),
        doubts,
    )


def _element(copy: Path) -> str | None:
    """The element that is a row: the highest one that occurs again; None where RSS or Atom says it."""
    counts: dict[tuple[int, str], int] = {}
    path: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        path.append(tag)
        if len(path) < 8 and len(counts) < 1_000:
            counts[len(path), tag] = counts.get((len(path), tag), 0) + 1

    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop()
    parser.StartDoctypeDeclHandler = _stop
    # What is wrong with the file, its reader says.
    with suppress(expat.ExpatError, _Doctype), copy.open("rb") as source:
        parser.Parse(source.read(_XML_BYTES))
    root = next((tag for depth, tag in counts if depth == 1), None)
    if root is None or root in _ROOTS_WITH_ROWS:
        return None
    repeated = [(depth, -count, tag) for (depth, tag), count in counts.items() if count > 1 and depth > 1]
    return min(repeated)[2] if repeated else next((tag for depth, tag in counts if depth == 2), root)


class _Doctype(Exception):
    """A document type, at which looking ends: entities are made there."""


def _stop(*_: object) -> None:
    raise _Doctype
