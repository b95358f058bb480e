"""Archives: what they hold, in pieces, and never more of it than a feed may be."""

import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Protocol

import zstandard

from highstreet.kit.errors import InvalidInput
from highstreet.kit.threads import raise_if_stopped
from highstreet.market.feeds.domain.spelling import nearest
from highstreet.market.feeds.readers.limits import (
    MAX_DIRECTORY_BYTES,
    MAX_FILE_BYTES,
    MAX_RATIO,
    RATIO_FROM_BYTES,
)
from highstreet.market.feeds.readers.streams import XzStream, ZstdStream

_CHUNK_BYTES = 2**20
_ENCRYPTED = 0x1
_END_BYTES = 22
_TAIL_BYTES = 2**16 + _END_BYTES + 20 + 56
"""The end record of a zip archive with its longest comment, and before it the two records of a large archive."""
_BESIDE = ("__MACOSX/", ".DS_Store")
"""What one system puts into archives beside what was packed."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Packing(Enum):
    """How a file is packed; the value is how such a file begins."""

    XZ = b"\xfd7zXZ\0"
    GZIP = b"\x1f\x8b"
    ZSTD = b"\x28\xb5\x2f\xfd"
    ZIP = b"PK\x03\x04"
    NONE = b""


_ENDINGS = {".xz": Packing.XZ, ".gz": Packing.GZIP, ".zst": Packing.ZSTD, ".zip": Packing.ZIP}


def by_name(name: str) -> Packing:
    """The packing that a file's name states."""
    return _ENDINGS.get(Path(name).suffix.lower(), Packing.NONE)


def by_content(file: Path) -> Packing:
    """The packing of a file whose name says nothing."""
    with file.open("rb") as source:
        start = source.read(8)
    return next(packing for packing in Packing if start.startswith(packing.value))


def unpacked(file: Path, name: str, packing: Packing, member: str | None) -> Iterator[bytes]:
    """The content, in pieces; `name` is the file's in errors, `member` the one wanted of several in a zip archive.

    Raises InvalidInput with one sentence if it is cut short, damaged, not such an archive or unpacks to too much.
    """
    if member is not None and packing is not Packing.ZIP:
        raise InvalidInput.at(name, f"is no zip archive, so it has no member {member!r} (file.member in the mapping)")
    try:
        yield from _limited(file, name, packing, member)
    except EOFError:
        raise InvalidInput.at(name, "is cut short: the archive ends before its end mark; fetch it again") from None
    except (lzma.LZMAError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError, zipfile.BadZipFile) as problem:
        raise InvalidInput.at(name, f"is damaged, or not the kind of archive that its name says: {problem}") from None
    except (ValueError, struct.error, OverflowError):  # what zipfile lets through of a list that makes no sense
        raise InvalidInput.at(name, "is damaged: its list of files makes no sense") from None
    except NotImplementedError as problem:
        raise InvalidInput.at(name, f"is packed in a way that cannot be unpacked here: {problem}") from None
    except OSError as problem:
        raise InvalidInput.at(name, f"cannot be read: {problem.strerror or problem}") from None


def _limited(file: Path, name: str, packing: Packing, member: str | None) -> Iterator[bytes]:
    total = 0
    with _opened(file, name, packing, member) as (source, packed_bytes):
        most = max(RATIO_FROM_BYTES, packed_bytes * MAX_RATIO)
        while chunk := source.read(_CHUNK_BYTES):
            raise_if_stopped()
            total += len(chunk)
            if total > MAX_FILE_BYTES:
                raise InvalidInput.at(name, f"is larger than {MAX_FILE_BYTES // 2**30} GiB once unpacked")
            if packing is not Packing.NONE and total > most:
                raise InvalidInput.at(name, f"unpacks to more than {MAX_RATIO} times its size, as no feed does")
            yield chunk


@contextmanager
def _opened(file: Path, name: str, packing: Packing, member: str | None) -> Generator[tuple[_Readable, int]]:
    """The content to read, and how many bytes it takes packed."""
    match packing:
        case Packing.XZ:
            with file.open("rb") as source:
                yield XzStream(source), file.stat().st_size
        case Packing.ZSTD:
            with file.open("rb") as source:
                yield ZstdStream(source), file.stat().st_size
        case Packing.GZIP:
            with gzip.open(file) as source:
                yield source, file.stat().st_size
        case Packing.ZIP:
            _check_directory(file, name)
            with zipfile.ZipFile(file) as archive:
                chosen = _chosen(archive, name, member)
                with archive.open(chosen) as source:
                    yield source, chosen.compress_size
        case Packing.NONE:
            with file.open("rb") as source:
                yield source, file.stat().st_size


def _check_directory(file: Path, name: str) -> None:
    """A zip archive lists its files at its end, and opening it reads the whole list: see first how long it is."""
    with file.open("rb") as source:
        if not source.read(4).startswith(b"PK"):
            raise zipfile.BadZipFile("it does not begin like one")
        size = source.seek(0, 2)
        source.seek(max(0, size - _TAIL_BYTES))
        tail = source.read()
    ends = tail.rfind(b"PK\x05\x06")
    if ends < 0 or len(tail) < ends + _END_BYTES:
        raise EOFError
    stated = [tail[ends + 12 : ends + 16]]
    if (large := tail.rfind(b"PK\x06\x06")) >= 0:
        stated.append(tail[large + 40 : large + 48])
    if any(MAX_DIRECTORY_BYTES < int.from_bytes(each, "little") != 0xFFFFFFFF for each in stated):
        raise InvalidInput.at(name, "lists more files than an archive of a feed can have")


def _chosen(archive: zipfile.ZipFile, name: str, member: str | None) -> zipfile.ZipInfo:
    """The one file that is meant. Names are only compared, never used as paths."""
    files = {
        info.filename: info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith(_BESIDE[0]) and not info.filename.endswith(_BESIDE[1])
    }
    if "[Content_Types].xml" in files:
        raise InvalidInput.at(name, "is a spreadsheet or a document; save it as CSV")
    if member is not None and member not in files:
        raise InvalidInput.at(name, f"holds no file {member!r} (file.member in the mapping){nearest(member, [*files])}")
    if member is None and len(files) != 1:
        hint = f"; set member under [file] to one of them{nearest('', [*files])}" if files else ""
        raise InvalidInput.at(name, f"holds {len(files):,} files, and one is wanted{hint}")
    chosen = files[member] if member is not None else next(iter(files.values()))
    if chosen.flag_bits & _ENCRYPTED:
        raise InvalidInput.at(name, "is locked with a password; pack it without one")
    return chosen
