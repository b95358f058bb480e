"""One file of named arrays: written once, whole or not at all, then mapped by every process that reads it.

    magic 8 | version u4 | header u4 bytes | checksum u4 of the rest of the head | 0 u4 | file u8 bytes
    header: JSON of the kind of file, what its writer says of it, and a table of the sections
    sections, each at a multiple of 64 bytes, with zeros up to the next one

Numbers are little-endian, checksums are CRC-32, and that of a section covers the zeros behind it, so that no byte of a
file can change unnoticed. A section may be left out of the checks where its writer keeps checksums of its parts.
"""

import contextlib
import math
import mmap
import os
import struct
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from highstreet.kit.errors import HighstreetError

VERSION: Final = 1
"""Of the layout of files. Another number is another layout, older or newer, and is not read."""
UNFINISHED: Final = ".new"
"""What the name of a file ends with until it is whole."""

_MAGIC: Final = b"\x89HSIDX\r\n"
_HEAD: Final = struct.Struct("<8sIIIIQ")
_CHECKED_FROM: Final = 20
"""Where that part of the head begins which its checksum covers."""
_ALIGNMENT: Final = 64
_AT_ONCE: Final = 2**24
_NOTHING: Final[frozenset[str]] = frozenset()

Array = NDArray[Any]


class UnusableFile(HighstreetError):
    """A file is damaged, cut, missing, or of another kind or version. Nothing of it may be used."""


class NotWritten(HighstreetError):
    """The disk is full, or refuses. What was there before is there still."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds. The arrays are read-only views of the mapped file, which lives as long as they do."""

    meta: msgspec.Raw
    """JSON, as it was given to `write`."""
    arrays: Mapping[str, Array]
    bytes: int


class _Field(msgspec.Struct, frozen=True, array_like=True):
    name: str
    kind: str
    offset: int


class _Type(msgspec.Struct, frozen=True, array_like=True):
    """A plain type, such as `<f8`, or the fields of a record."""

    plain: str
    fields: tuple[_Field, ...]
    bytes: int


class _Section(msgspec.Struct, frozen=True, array_like=True):
    name: str
    type: _Type
    shape: tuple[int, ...]
    offset: int
    bytes: int
    checksum: int | None


class _Header(msgspec.Struct, frozen=True):
    kind: str
    meta: msgspec.Raw
    sections: tuple[_Section, ...]


_HEADER_DECODER: Final = msgspec.json.Decoder(_Header)


def write(
    path: Path, kind: str, meta: bytes, arrays: Mapping[str, Array], *, unchecked: Collection[str] = _NOTHING
) -> None:
    """Put a file at `path`, in place of what is there; it is on the disk when this returns.

    `meta` is JSON. Raises NotWritten, and then nothing has changed.
    """
    draft = path.with_name(path.name + UNFINISHED)
    try:
        with draft.open("wb") as file:
            _write(file, kind, meta, {name: np.ascontiguousarray(array) for name, array in arrays.items()}, unchecked)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as problem:
        _remove(draft)
        raise NotWritten(f"The search index cannot be written to {path.parent}: {problem.strerror}") from problem
    _settle(path.parent)


def read(path: Path, kind: str) -> Contents:
    """What `write` put there, with every checksum compared. Raises UnusableFile that says what is wrong."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _HEAD.size:
                raise UnusableFile(f"{path} is cut off: it has {size} bytes")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as problem:
        raise UnusableFile(f"{path} cannot be read ({problem.strerror})") from problem
    header, checked_to = _header(path, mapped)
    if header.kind != kind:
        raise UnusableFile(f"{path} is of the kind {header.kind}, and not {kind}")
    view = memoryview(mapped)
    arrays: dict[str, Array] = {}
    for section in header.sections:
        end = _aligned(section.offset + section.bytes)
        if section.offset != checked_to or end > size:
            raise UnusableFile(f"{path} is damaged: its section {section.name} lies outside of its place")
        if section.checksum is None:
            whole = not any(view[section.offset + section.bytes : end])
        else:
            whole = _checksum(view[section.offset : end]) == section.checksum
        if not whole:
            raise UnusableFile(f"{path} is damaged: the checksum of its section {section.name} is wrong")
        arrays[section.name] = _array(path, mapped, section)
        checked_to = end
    if checked_to != size:
        raise UnusableFile(f"{path} is damaged: it goes on behind its last section")
    return Contents(header.meta, arrays, size)


def _header(path: Path, mapped: mmap.mmap) -> tuple[_Header, int]:
    """The header, and where the sections begin."""
    magic, version, header_bytes, checksum, zero, size = _HEAD.unpack_from(mapped)
    if magic != _MAGIC:
        raise UnusableFile(f"{path} is no file of a search index, or its beginning is damaged")
    if version != VERSION:
        raise UnusableFile(f"{path} has the version {version} of the format, and this program reads {VERSION}")
    begin = _aligned(_HEAD.size + header_bytes)
    if begin > len(mapped) or zero or crc32(mapped[_CHECKED_FROM:begin]) != checksum:
        raise UnusableFile(f"{path} is damaged, or cut off within its header")
    if size != len(mapped):
        raise UnusableFile(f"{path} is cut off: it has {len(mapped)} of {size} bytes")
    try:
        return _HEADER_DECODER.decode(mapped[_HEAD.size : _HEAD.size + header_bytes]), begin
    except msgspec.MsgspecError as problem:
        raise UnusableFile(f"{path} has a header that this program cannot read ({problem})") from None


def _array(path: Path, mapped: mmap.mmap, section: _Section) -> Array:
    try:
        kind = _dtype(section.type)
        count = math.prod(section.shape)
        if count * kind.itemsize != section.bytes:
            raise ValueError("its size is not that of its shape")
        return np.frombuffer(mapped, kind, count, section.offset).reshape(section.shape)
    except (TypeError, ValueError) as problem:
        raise UnusableFile(f"{path} has a section {section.name} that cannot be read ({problem})") from None


def _write(file: BinaryIO, kind: str, meta: bytes, arrays: Mapping[str, Array], unchecked: Collection[str]) -> None:
    bare = [_section(name, array) for name, array in arrays.items()]
    checksums = {
        each.name: None if each.name in unchecked else _checksum(_bytes(arrays[each.name]), _padding(each.bytes))
        for each in bare
    }
    # Where the sections begin depends on the header's length, which depends on how long the offsets are as text.
    begin = 0
    while True:
        sections: list[_Section] = []
        offset = begin
        for each in bare:
            sections.append(msgspec.structs.replace(each, offset=offset, checksum=checksums[each.name]))
            offset += _aligned(each.bytes)
        header = msgspec.json.encode(_Header(kind, msgspec.Raw(meta), tuple(sections)))
        needed = _aligned(_HEAD.size + len(header))
        if needed == begin:
            break
        begin = max(begin, needed)
        if needed < begin:  # shorter again: blanks are as good as digits
            header += b" " * (begin - needed)
            break
    rest = _HEAD.pack(_MAGIC, VERSION, len(header), 0, 0, offset)[_CHECKED_FROM:] + header
    rest += bytes(begin - _CHECKED_FROM - len(rest))
    file.write(_HEAD.pack(_MAGIC, VERSION, len(header), crc32(rest), 0, offset)[:_CHECKED_FROM] + rest)
    for each in bare:
        file.write(_bytes(arrays[each.name]))
        file.write(_padding(each.bytes))


def _section(name: str, array: Array) -> _Section:
    return _Section(name, _type(array.dtype), array.shape, 0, array.nbytes, 0)


def _type(dtype: np.dtype[Any]) -> _Type:
    assert not dtype.hasobject, "a file holds numbers"
    assert sys.byteorder == "little" or dtype.byteorder != "=", "files are little-endian"
    if dtype.fields is None:
        return _Type(dtype.str, (), dtype.itemsize)
    fields = tuple(_Field(name, each[0].str, each[1]) for name, each in dtype.fields.items())
    return _Type("", fields, dtype.itemsize)


def _dtype(kind: _Type) -> np.dtype[Any]:
    if kind.plain:
        dtype = np.dtype(kind.plain)
    else:
        dtype = np.dtype(
            {
                "names": [field.name for field in kind.fields],
                "formats": [field.kind for field in kind.fields],
                "offsets": [field.offset for field in kind.fields],
                "itemsize": kind.bytes,
            }
        )
    if dtype.hasobject or not dtype.itemsize:
        raise ValueError("its type holds no numbers")
    return dtype


def _bytes(array: Array) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _checksum(*parts: memoryview | bytes) -> int:
    """In steps, so that other threads go on meanwhile and no count overflows."""
    found = 0
    for part in parts:
        for begin in range(0, len(part), _AT_ONCE):
            found = crc32(part[begin : begin + _AT_ONCE], found)
    return found


def _padding(count: int) -> bytes:
    return bytes(_aligned(count) - count)


def _aligned(count: int) -> int:
    return -(-count // _ALIGNMENT) * _ALIGNMENT


def _settle(directory: Path) -> None:
    """Have the names of a directory on the disk. Where that fails they are there all the same, until power does."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # it is swept later
        path.unlink(missing_ok=True)
