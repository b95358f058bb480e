"""Drafts on their way from the processes that make them to the one that joins them.

Each process adds its drafts to a file of its own. The files have no name, so that nothing is left of them, however the
processes end.
"""

import mmap
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import drafts
from highstreet.discovery.search.index.drafts import Draft
from highstreet.discovery.search.index.sections import CALENDAR, POINT, RECORD, Meta

_ALIGNMENT: Final = 8
_TYPES: Final[Mapping[str, np.dtype[Any]]] = {
    "records": RECORD,
    "calendar": CALENDAR,
    "points": POINT,
    **dict.fromkeys(("cells", "place", "merchant", "point_cells", "point_rows", "stored_crc"), np.dtype(np.uint32)),
    "point_ordinals": np.dtype(np.uint16),
    **dict.fromkeys(("word_languages", "sequence_ranks"), np.dtype(np.uint32)),
    **dict.fromkeys(("id_high", "id_low", "sequence_starts", "stored_starts"), np.dtype(np.uint64)),
    **dict.fromkeys(("word_starts", "merchant_starts"), np.dtype(np.uint64)),
    **dict.fromkeys(("sequences", "stored", "word_bytes", "merchant_bytes"), np.dtype(np.uint8)),
}


class Part(msgspec.Struct, frozen=True):
    """Where a draft is: in which of the files, from where on, and how many bytes of it are the table of its arrays."""

    file: int
    at: int
    table_bytes: int
    rows: int


class _Table(msgspec.Struct, frozen=True, array_like=True):
    meta: Meta
    counts: dict[str, int]
    """By array, in the order of the file, how many elements it has."""


def append(file: BinaryIO, number: int, draft: Draft) -> Part:
    """Add a draft, which takes all of its rows, to the file of that number. Raises OSError."""
    merchant_bytes, merchant_starts = drafts.packed(draft.merchants)
    texts = {"merchant_bytes": merchant_bytes, "merchant_starts": merchant_starts}
    arrays = {name: texts[name] if name in texts else getattr(draft, name) for name in _TYPES}
    assert {name: array.dtype for name, array in arrays.items()} == dict(_TYPES)
    table = msgspec.msgpack.encode(_Table(draft.meta, {name: len(array) for name, array in arrays.items()}))
    at = file.tell()
    file.write(table)
    for array in arrays.values():
        file.write(bytes(-file.tell() % _ALIGNMENT))
        file.write(np.ascontiguousarray(array).view(np.uint8).data)
    file.write(bytes(-file.tell() % _ALIGNMENT))
    file.flush()
    return Part(number, at, len(table), draft.meta.rows)


def taken(mapped: mmap.mmap, part: Part) -> Draft:
    """The draft, in views of the mapped file."""
    at = part.at + part.table_bytes
    table = msgspec.msgpack.decode(memoryview(mapped)[part.at : at], type=_Table)
    arrays: dict[str, NDArray[Any]] = {}
    for name, count in table.counts.items():
        at += -at % _ALIGNMENT
        arrays[name] = np.frombuffer(mapped, _TYPES[name], count, at)
        at += arrays[name].nbytes
    return Draft(
        rows=np.arange(part.rows, dtype=np.int64),
        meta=table.meta,
        merchants=drafts.strings(arrays.pop("merchant_bytes"), arrays.pop("merchant_starts")),
        **arrays,
    )
