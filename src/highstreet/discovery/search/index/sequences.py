"""Sequences: the words of a deal as they are read, with a mark before each field, in few bytes that are quick to read.

Marks and words are ranked by how often they stand in the segment, the marks first, in the order of the fields. A rank
takes a byte or more, the lowest first where there are several behind the leading one:

| ranks | bytes |
|---|---|
| below 128 | 1: the rank |
| below 31,872 | 2: 128 to 251, then one more |
| below 228,480 | 3: 252 to 254, then two more |
| any other | 5: 255, then four more |
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.numbering import FIELD_MARK
from highstreet.discovery.search.index.runs import Whole
from highstreet.discovery.search.index.sections import FIELDS
from highstreet.discovery.search.index.starts import Starts
from highstreet.kit.compiling import compiled, inlined

_TWO, _THREE, _FIVE = 128, 252, 255
"""The lowest byte that leads so many."""
_TWO_FROM: Final = _TWO
_THREE_FROM: Final = _TWO_FROM + ((_THREE - _TWO) << 8)
_FIVE_FROM: Final = _THREE_FROM + ((_FIVE - _THREE) << 16)
_LONGEST: Final = 5

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Ranks = NDArray[np.uint32]


@inlined
def rank_at(sequences: Bytes, at: Whole) -> tuple[Whole, Whole]:
    """The rank that begins there, and where the next one does."""
    lead = np.int64(sequences[at])
    if lead < _TWO:
        return lead, at + 1
    low = np.int64(sequences[at + 1])
    if lead < _THREE:
        return _TWO_FROM + ((lead - _TWO) << 8 | low), at + 2
    low |= np.int64(sequences[at + 2]) << 8
    if lead < _FIVE:
        return _THREE_FROM + ((lead - _THREE) << 16 | low), at + 3
    return np.int64(sequences[at + 4]) << 24 | np.int64(sequences[at + 3]) << 16 | low, at + 5


@inlined
def width(lead: Whole) -> Whole:
    """How many bytes a rank takes that begins with this one; without a branch, which is often foretold wrongly."""
    return 1 + (lead >= _TWO) + (lead >= _THREE) + 2 * (lead >= _FIVE)


@inlined
def lead_of(rank: Whole) -> Whole:
    """The byte that a rank begins with."""
    if rank < _TWO_FROM:
        return rank
    if rank < _THREE_FROM:
        return _TWO + ((rank - _TWO_FROM) >> 8)
    return _THREE + ((rank - _THREE_FROM) >> 16) if rank < _FIVE_FROM else _FIVE


@inlined
def _put(sequences: Bytes, at: Whole, rank: Whole) -> Whole:
    """Write a rank; where the next one is to begin."""
    sequences[at] = lead_of(rank)
    if rank < _TWO_FROM:
        return at + 1
    if rank < _THREE_FROM:
        sequences[at + 1] = (rank - _TWO_FROM) & 255
        return at + 2
    low = rank if rank >= _FIVE_FROM else rank - _THREE_FROM
    sequences[at + 1], sequences[at + 2] = low & 255, low >> 8 & 255
    if rank < _FIVE_FROM:
        return at + 3
    sequences[at + 3], sequences[at + 4] = low >> 16 & 255, low >> 24
    return at + _LONGEST


@compiled
def coded(tokens: NDArray[np.uint32], row_ends: Ints) -> tuple[Starts, Bytes]:
    """Where each row begins, one start more, and the rows, of what `numbering` numbered.

    Words are ranked as they were met: what is common is met early.
    """
    starts, data = np.zeros(len(row_ends) + 1, np.uint64), np.empty(_LONGEST * len(tokens), np.uint8)
    at, place = 0, 0
    for row in range(len(row_ends)):
        while place < row_ends[row]:
            token = np.int64(tokens[place])
            at = _put(data, at, token - FIELD_MARK if token >= FIELD_MARK else token + FIELDS)
            place += 1
        starts[row + 1] = at
    return starts, data[:at].copy()


def as_met(words: int) -> Ranks:
    """By word, the rank that `coded` gives it."""
    return np.arange(FIELDS, FIELDS + words, dtype=np.uint32)


def counted(starts: Starts, sequences: Bytes, rows: Ints, ranks: Ranks) -> tuple[Ints, Ints]:
    """By word, how often it stands in these rows, and in how many of them."""
    often, holding = _counted(starts, sequences, rows, FIELDS + len(ranks))
    return often[ranks], holding[ranks]


@compiled
def _counted(starts: Starts, sequences: Bytes, rows: Ints, ranks: int) -> tuple[Ints, Ints]:
    often, holding = np.zeros(ranks, np.int64), np.zeros(ranks, np.int64)
    seen = np.full(ranks, -1, np.int64)
    for row in rows:
        at, end = np.int64(starts[row]), np.int64(starts[row + 1])
        while at < end:
            rank, at = rank_at(sequences, at)
            often[rank] += 1
            if seen[rank] != row:
                seen[rank] = row
                holding[rank] += 1
    return often, holding


def ranked(often: Ints) -> Ranks:
    """By word, its rank among words that stand so often; of equally common ones the first comes first."""
    ranks = np.empty(len(often), np.uint32)
    ranks[np.argsort(-often, kind="stable")] = as_met(len(often))
    return ranks


def moved(ranks: Ranks, numbers: Ints, new_ranks: Ranks) -> Ints:
    """By rank, the new rank of that word, whose new number is given by its old one; the marks of fields stay.

    -1 for a word without a new number.
    """
    found = np.full(FIELDS + len(ranks), -1, np.int64)
    found[:FIELDS] = np.arange(FIELDS)
    known = numbers >= 0
    found[ranks[known]] = new_ranks[numbers[known]]
    return found


@compiled
def sizes(starts: Starts, sequences: Bytes, rows: Ints, new_ranks: Ints) -> Starts:
    """By row of `rows`, how many bytes it takes with the new ranks."""
    found = np.zeros(len(rows), np.uint64)
    for place in range(len(rows)):
        at, end = np.int64(starts[rows[place]]), np.int64(starts[rows[place] + 1])
        size = 0
        while at < end:
            rank, at = rank_at(sequences, at)
            size += width(lead_of(new_ranks[rank]))
        found[place] = size
    return found


@compiled
def copy(
    source_starts: Starts,
    source: Bytes,
    rows: Ints,
    new_ranks: Ints,
    target: Bytes,
    target_starts: Starts,
    target_rows: Ints,
) -> None:
    """Each of `rows`, with the new ranks, to where the row that it becomes has its own."""
    for place in range(len(rows)):
        at, end = np.int64(source_starts[rows[place]]), np.int64(source_starts[rows[place] + 1])
        to = np.int64(target_starts[target_rows[place]])
        while at < end:
            rank, at = rank_at(source, at)
            to = _put(target, to, new_ranks[rank])
