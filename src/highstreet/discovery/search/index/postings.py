"""Postings: for each word, the rows that hold it and how much it counts there. Made of the sequences alone."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search import relevance
from highstreet.discovery.search.index.sections import FIELDS
from highstreet.discovery.search.index.sequences import rank_at
from highstreet.kit.compiling import compiled

MOST_ROWS: Final = 2**24
"""A posting is a row of 24 bits and an impact of 8."""

_WEIGHTS: Final = relevance.FIELD_WEIGHTS
_LENGTHS: Final = relevance.FIELD_LENGTHS
_SHARES: Final = relevance.LENGTH_SHARES


def of_sequences(
    starts: NDArray[np.uint64], sequences: NDArray[np.uint8], ranks: NDArray[np.uint32], holding: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Where each word's postings begin, one start more, and the postings; `holding` says how many each word has.

    Raises OverflowError for too many rows.
    """
    if len(starts) - 1 > MOST_ROWS:
        raise OverflowError(f"a segment holds at most {MOST_ROWS:,} deals, and these are {len(starts) - 1:,}")
    posting_starts = np.zeros(len(ranks) + 1, dtype=np.uint64)
    np.cumsum(holding, out=posting_starts[1:])
    behind = np.zeros(FIELDS + len(ranks), dtype=np.int64)
    behind[ranks] = posting_starts[:-1]
    return posting_starts, _postings(starts, sequences, behind, int(posting_starts[-1]))


@compiled
def _postings(
    starts: NDArray[np.uint64], sequences: NDArray[np.uint8], behind: NDArray[np.int64], total: int
) -> NDArray[np.uint32]:
    """`behind` has, by rank, where its next posting is to stand."""
    postings = np.empty(total, np.uint32)
    seen = np.full(len(behind), -1, np.int64)
    summed = np.zeros(len(behind), np.float64)
    read, distinct = np.empty(1024, np.int64), np.empty(1024, np.int64)
    lengths = np.zeros(FIELDS, np.int64)
    for row in range(len(starts) - 1):
        at, end = np.int64(starts[row]), np.int64(starts[row + 1])
        if end - at > len(read):
            read, distinct = np.empty(end - at, np.int64), np.empty(end - at, np.int64)
        lengths[:] = 0
        size, number, field = 0, 0, np.int64(0)
        while at < end:
            rank, at = rank_at(sequences, at)
            read[size] = rank
            size += 1
            if rank < FIELDS:
                field = rank
            else:
                lengths[field] += 1
        for place in range(size):
            rank = read[place]
            if rank < FIELDS:
                field = rank
                continue
            if seen[rank] != row:
                seen[rank] = row
                summed[rank] = 0.0
                distinct[number] = rank
                number += 1
            share = _SHARES[field]
            summed[rank] += _WEIGHTS[field] / (1 + share * (lengths[field] / _LENGTHS[field] - 1))
        for place in range(number):
            rank = distinct[place]
            impact = relevance.saturated(float(summed[rank])) if summed[rank] > 0 else relevance.CATEGORY_IMPACT
            postings[behind[rank]] = np.uint32(row << 8 | impact)
            behind[rank] += 1
    return postings
