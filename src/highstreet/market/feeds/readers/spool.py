"""A private copy of the feed file: unpacked, decoded, and the same from the first look to the last row."""

import itertools
import tempfile
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import FileFormat, FileTable, Mapping
from highstreet.market.feeds.readers.archives import unpacked
from highstreet.market.feeds.readers.encodings import write_utf8
from highstreet.market.feeds.readers.source import Origin, Source, located

_SQLITE_JOURNALS = ("-wal", "-journal")
_SQLITE = b"SQLite format 3\0"
_PARQUET = b"PAR1"
_OWN = {FileFormat.SQLITE: _SQLITE, FileFormat.PARQUET: _PARQUET}
"""How files begin that are not text."""
_KINDS = {
    _SQLITE: "a SQLite database",
    b"\xfd7zXZ\0": "an xz archive, whose name has to end in .xz",
    b"\x1f\x8b": "a gzip archive, whose name has to end in .gz",
    b"PK\x03\x04": "a zip archive, whose name has to end in .zip, or a spreadsheet",
    b"\x28\xb5\x2f\xfd": "a zstd archive, whose name has to end in .zst",
    _PARQUET: "a Parquet file",
}
"""How files begin that are not what they are taken for."""


class Spooled(msgspec.Struct, frozen=True):
    """A copy that lasts as long as its context; text is UTF-8 without a byte order mark."""

    copy: Path
    encoding: str | None
    """What the text was in; None for a file that is not text."""


@contextmanager
def spool(origin: Origin, mapping: Mapping, private_hosts: Collection[str]) -> Generator[Spooled]:
    """Copy what `origin` holds, unpacked and decoded.

    Raises InvalidInput with one sentence if it cannot be read to its end, was cut short, is too large or is not text
    in its encoding.
    """
    with tempfile.TemporaryDirectory(prefix="highstreet-import-") as folder:
        source = located(origin, Path(folder), private_hosts)
        yield write_copy(source, Path(folder), mapping.file, mapping.feed.language)


def write_copy(source: Source, folder: Path, table: FileTable, language: str | None) -> Spooled:
    """Copy a file into `folder`, unpacked and decoded. Raises InvalidInput as `spool` does."""
    if table.format is FileFormat.SQLITE:
        _refuse_open_journal(source.file)
    copy = folder / "feed"
    chunks = unpacked(source.file, source.name, source.packing, table.member)
    chunks = _of_kind(chunks, source.name, table.format)
    encoding = None
    if table.format in _OWN:
        with copy.open("wb") as target:
            target.writelines(chunks)
    else:
        encoding = write_utf8(chunks, copy, source.name, table, language)
    if not copy.stat().st_size:
        raise InvalidInput.at(source.name, "is empty")
    return Spooled(copy, encoding)


def _of_kind(chunks: Iterator[bytes], name: str, expected: FileFormat) -> Iterator[bytes]:
    """The same, unless they begin like a file of another kind than `expected`."""
    first = next(chunks, b"")
    for start, kind in _KINDS.items():
        if first.startswith(start) and start != _OWN.get(expected):
            raise InvalidInput.at(name, f"is {kind}; the mapping says {expected}")
    return itertools.chain([first], chunks)


def _refuse_open_journal(file: Path) -> None:
    """Changes that still lie beside a SQLite file would be missed, so somebody has to finish them first."""
    for ending in _SQLITE_JOURNALS:
        journal = file.with_name(file.name + ending)
        if journal.is_file() and journal.stat().st_size:
            raise InvalidInput.at(
                file.name, f"has unfinished changes in {journal.name}; close the program that writes it, then try again"
            )
