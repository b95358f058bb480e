"""Postings: for each word, the rows that hold it and how much it counts there. Made of the sequences alone."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search import relevance
from highstreet.discovery.search.index.runs import Whole
from highstreet.discovery.search.index.sections import FIELD_MARK, FIELDS
from highstreet.kit.compiling import compiled

MOST_ROWS: Final = 2**24
"""A posting is a row of 24 bits and an impact of 8."""

_WEIGHTS: Final = relevance.FIELD_WEIGHTS
_LENGTHS: Final = relevance.FIELD_LENGTHS
_SHARES: Final = relevance.LENGTH_SHARES


def of_sequences(
    starts: NDArray[np.uint64], sequences: NDArray[np.uint8], words: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Where each word's postings begin, one start more, and the postings. Raises OverflowError for too many rows."""
    if len(starts) - 1 > MOST_ROWS:
        raise OverflowError(f"a segment holds at most {MOST_ROWS:,} deals, and these are {len(starts) - 1:,}")
    posting_starts = np.zeros(words + 1, dtype=np.uint64)
    np.cumsum(_holding(starts, sequences, words), out=posting_starts[1:])
    return posting_starts, _postings(starts, sequences, posting_starts)


@compiled
def word_at(sequences: NDArray[np.uint8], at: Whole) -> np.int64:
    """The number of three bytes, the lowest first."""
    return np.int64(sequences[at]) | np.int64(sequences[at + 1]) << 8 | np.int64(sequences[at + 2]) << 16


@compiled
def used(
    starts: NDArray[np.uint64], sequences: NDArray[np.uint8], rows: NDArray[np.int64], words: int
) -> NDArray[np.bool_]:
    """By word, whether one of these rows holds it."""
    found = np.zeros(words, np.bool_)
    for row in rows:
        for at in range(3 * np.int64(starts[row]), 3 * np.int64(starts[row + 1]), 3):
            word = word_at(sequences, at)
            if word < FIELD_MARK:
                found[word] = True
    return found


@compiled
def _holding(starts: NDArray[np.uint64], sequences: NDArray[np.uint8], words: int) -> NDArray[np.uint64]:
    """By word, how many rows hold it."""
    holding = np.zeros(words, np.uint64)
    seen = np.full(words, -1, np.int64)
    for row in range(len(starts) - 1):
        for at in range(3 * np.int64(starts[row]), 3 * np.int64(starts[row + 1]), 3):
            word = word_at(sequences, at)
            if word < FIELD_MARK and seen[word] != row:
                seen[word] = row
                holding[word] += np.uint64(1)
    return holding


@compiled
def _postings(
    starts: NDArray[np.uint64], sequences: NDArray[np.uint8], posting_starts: NDArray[np.uint64]
) -> NDArray[np.uint32]:
    words = len(posting_starts) - 1
    postings = np.empty(int(posting_starts[words]), np.uint32)
    behind = posting_starts.astype(np.int64)
    seen = np.full(words, -1, np.int64)
    summed = np.zeros(words, np.float64)
    of_row = np.empty(1024, np.int64)
    lengths = np.zeros(FIELDS, np.int64)
    for row in range(len(starts) - 1):
        first, last = 3 * np.int64(starts[row]), 3 * np.int64(starts[row + 1])
        lengths[:] = 0
        field = 0
        for at in range(first, last, 3):
            word = word_at(sequences, at)
            if word >= FIELD_MARK:
                field = word - FIELD_MARK
            else:
                lengths[field] += 1
        distinct = 0
        if (last - first) // 3 > len(of_row):
            of_row = np.empty((last - first) // 3, np.int64)
        for at in range(first, last, 3):
            word = word_at(sequences, at)
            if word >= FIELD_MARK:
                field = word - FIELD_MARK
                continue
            if seen[word] != row:
                seen[word] = row
                summed[word] = 0.0
                of_row[distinct] = word
                distinct += 1
            share = _SHARES[field]
            summed[word] += _WEIGHTS[field] / (1 + share * (lengths[field] / _LENGTHS[field] - 1))
        for place in range(distinct):
            word = of_row[place]
            impact = relevance.saturated(float(summed[word])) if summed[word] > 0 else relevance.CATEGORY_IMPACT
            postings[behind[word]] = np.uint32(row << 8 | impact)
            behind[word] += 1
    return postings
