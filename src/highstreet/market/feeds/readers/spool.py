"""A private copy of the feed file: unpacked, decoded, and the same from the first look to the last row."""

import codecs
import gzip
import itertools
import lzma
import tempfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import FileFormat, FileTable
from highstreet.market.feeds.readers.limits import MAX_FILE_BYTES

_CHUNK_BYTES = 2**20
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SQLITE_JOURNALS = ("-wal", "-journal")
_SQLITE = b"SQLite format 3\0"
_KINDS = {
    _SQLITE: "a SQLite database",
    b"\xfd7zXZ\0": "an xz archive, whose name has to end in .xz",
    b"\x1f\x8b": "a gzip archive, whose name has to end in .gz",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
}
"""How files begin that are not what they are taken for."""


@contextmanager
def spool(file: Path, table: FileTable) -> Generator[Path]:
    """A copy of `file` that lasts as long as the context; CSV and JSON as UTF-8 without a byte order mark.

    Raises InvalidInput with one sentence if the file cannot be read to its end, was cut short, is too large or is not
    text in the declared encoding.
    """
    if table.format is FileFormat.SQLITE:
        _refuse_open_journal(file)
    with tempfile.TemporaryDirectory(prefix="highstreet-import-") as folder:
        copy = Path(folder) / "feed"
        chunks = _of_kind(_chunks(file), file.name, table.format)
        if table.format is not FileFormat.SQLITE:
            chunks = _as_utf8(chunks, file.name, table.encoding)
        with copy.open("wb") as target:
            for chunk in chunks:
                target.write(chunk)
        if not copy.stat().st_size:
            raise InvalidInput.at(file.name, "is empty")
        yield copy


def _chunks(file: Path) -> Iterator[bytes]:
    """The unpacked content, in pieces."""
    total = 0
    try:
        with _opened(file) as source:
            while chunk := source.read(_CHUNK_BYTES):
                total += len(chunk)
                if total > MAX_FILE_BYTES:
                    raise InvalidInput.at(file.name, f"is larger than {MAX_FILE_BYTES // 2**30} GiB once unpacked")
                yield chunk
    except EOFError:
        raise InvalidInput.at(file.name, "is cut short: the archive ends before its end mark; fetch it again") from None
    except (lzma.LZMAError, gzip.BadGzipFile, zlib.error) as problem:
        raise InvalidInput.at(
            file.name, f"is damaged, or not the kind of archive that its name says: {problem}"
        ) from None
    except OSError as problem:
        raise InvalidInput.at(file.name, f"cannot be read: {problem.strerror or problem}") from None


def _of_kind(chunks: Iterator[bytes], name: str, expected: FileFormat) -> Iterator[bytes]:
    """The same, unless they begin like a file of another kind than `expected`."""
    first = next(chunks, b"")
    for start, kind in _KINDS.items():
        if first.startswith(start) and (start, expected) != (_SQLITE, FileFormat.SQLITE):
            raise InvalidInput.at(name, f"is {kind}; the mapping says {expected}")
    return itertools.chain([first], chunks)


def _opened(file: Path) -> IO[bytes]:
    match file.suffix.lower():
        case ".xz":
            return cast("IO[bytes]", lzma.open(file))
        case ".gz":
            return cast("IO[bytes]", gzip.open(file))
        case _:
            return file.open("rb")


def _as_utf8(chunks: Iterator[bytes], name: str, encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8. Raises InvalidInput at the first byte that is not text, naming its line."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    line, first = 1, True
    for chunk in itertools.chain(chunks, [b""]):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as problem:
            raise _not_text(problem, name, encoding, line, cut_short=not chunk) from None
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        line += text.count("\n")
        yield text.encode("utf-8", "surrogatepass")


def _not_text(problem: UnicodeError, name: str, encoding: str, line: int, *, cut_short: bool) -> InvalidInput:
    if cut_short:
        return InvalidInput.at(name, f"is cut short: it ends in the middle of a {encoding} character")
    if isinstance(problem, UnicodeDecodeError):
        piece = problem.object
        if line == 1 and piece.startswith(_UTF16_MARKS):
            return InvalidInput.at(name, f'is UTF-16, not {encoding}: set encoding = "utf-16" under [file]')
        line += piece[: problem.start].count(b"\n")
        byte = piece[problem.start]
        return InvalidInput.at(
            name,
            f'line {line} is not {encoding} (byte 0x{byte:02X}): set encoding under [file], perhaps to "cp1252"',
        )
    return InvalidInput.at(name, f"is not {encoding} text: {problem}")


def _refuse_open_journal(file: Path) -> None:
    """Changes that still lie beside a SQLite file would be missed, so somebody has to finish them first."""
    for ending in _SQLITE_JOURNALS:
        journal = file.with_name(file.name + ending)
        if journal.is_file() and journal.stat().st_size:
            raise InvalidInput.at(
                file.name, f"has unfinished changes in {journal.name}; close the program that writes it, then try again"
            )
