"""Rows on their way into a segment: made of deals, or taken from older segments; `assembling` sorts and joins them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import grid, names
from highstreet.discovery.search.index.sections import Meta, Sections
from highstreet.discovery.search.index.starts import from_blocks
from highstreet.discovery.search.language import tables


@dataclass(frozen=True, slots=True)
class Draft:
    """Rows of one origin. `rows` are those to take; words, in UTF-8 with one start more, and merchants are numbered."""

    rows: NDArray[np.int64]
    meta: Meta
    word_bytes: NDArray[np.uint8]
    word_starts: NDArray[np.uint64]
    word_languages: NDArray[np.uint32]
    merchants: Sequence[str]
    records: NDArray[Any]
    calendar: NDArray[Any]
    cells: NDArray[np.uint32]
    id_high: NDArray[np.uint64]
    id_low: NDArray[np.uint64]
    place: NDArray[np.uint32]
    merchant: NDArray[np.uint32]
    point_cells: NDArray[np.uint32]
    point_rows: NDArray[np.uint32]
    point_ordinals: NDArray[np.uint16]
    points: NDArray[Any]
    sequence_starts: NDArray[np.uint64]
    sequences: NDArray[np.uint8]
    sequence_ranks: NDArray[np.uint32]
    stored_starts: NDArray[np.uint64]
    stored_crc: NDArray[np.uint32]
    stored: NDArray[np.uint8]


def of_segment(sections: Sections, alive: NDArray[np.uint8]) -> Draft:
    """The living rows of a segment. `alive` has a bit a row."""
    rows = np.flatnonzero(np.unpackbits(alive, count=sections.meta.rows, bitorder="little"))
    return Draft(
        rows=rows.astype(np.int64),
        meta=sections.meta,
        word_bytes=sections["lex_bytes"],
        word_starts=sections["lex_starts"],
        word_languages=sections["lex_languages"],
        merchants=names.merchants(sections),
        records=sections["records"],
        calendar=sections["calendar"],
        cells=np.repeat(sections["cell_keys"], np.diff(sections["cell_starts"])),
        id_high=sections["id_high"],
        id_low=sections["id_low"],
        place=names.by_row("place", sections),
        merchant=names.by_row("merchant", sections),
        point_cells=sections["point_cells"],
        point_rows=sections["point_rows"],
        point_ordinals=sections["point_ordinals"],
        points=sections["points"],
        sequence_starts=from_blocks(sections["sequence_blocks"], sections["sequence_starts"]),
        sequences=sections["sequences"],
        sequence_ranks=sections["sequence_ranks"],
        stored_starts=sections["stored_starts"],
        stored_crc=sections["stored_crc"],
        stored=sections["stored"],
    )


def strings(data: NDArray[np.uint8], starts: NDArray[np.uint64]) -> list[str]:
    """The strings that an array holds in UTF-8, one behind the other."""
    text = data.tobytes()
    places: list[int] = starts.tolist()
    return [text[start:end].decode() for start, end in pairwise(places)]


def packed(values: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Strings as an array of UTF-8, and where each begins; one start more."""
    data, starts = tables.packed(values)
    return data, starts.astype(np.uint64)


def division_of(cells: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which cells stand for divisions."""
    return (cells >= grid.DIVISION_CELL) & (cells < grid.ONLINE_CELL)
