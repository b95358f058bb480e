"""What the kernel is given: the columns of a segment, what a question means there, and what it asks for everywhere.

Named tuples, since compiled code takes them apart at no cost; all arrays keep their types from call to call, so that
the kernel is compiled once.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BY_RELEVANCE, BY_DISTANCE, BY_PRICE, BY_DISCOUNT, BY_ENDING, BY_POPULARITY = range(6)

UNPLACED: Final = -1
"""Metres and ordinal of a deal that is not tied to a point, or where no centre was given."""
ANY_CURRENCY: Final = -1
"""The currency of the most deals that are found is to be taken."""

FOUND: Final = np.dtype(
    [
        ("key", "i8"),
        ("high", "u8"),
        ("low", "u8"),
        ("summed", "i8"),
        ("row", "i4"),
        ("metres", "i4"),
        ("ordinal", "i2"),
        ("segment", "u1"),
        ("met", "u1"),
        ("score", "i8"),
    ]
)
"""A result: its key in the order, its id in two halves, the weighted sum of what it has of the words, its row, distance
and nearest point, its segment, how many clauses it meets, and its score in millionths."""


class Columns(NamedTuple):
    """The arrays of a segment that the kernel reads (`sections`), and its living rows.

    `category_of` and `currency_of` give its numbers in the generation's own tables; the last category is none. Numbers
    without a sign, since compiled code otherwise asks of each place whether it is counted from the end.
    """

    records: Any
    calendar: Any
    id_high: NDArray[np.uint64]
    id_low: NDArray[np.uint64]
    cell_keys: NDArray[np.uint32]
    cell_starts: NDArray[np.uint32]
    band_starts: NDArray[np.uint32]
    point_cells: NDArray[np.uint32]
    point_rows: NDArray[np.uint32]
    point_ordinals: NDArray[np.uint16]
    points: Any
    posting_starts: NDArray[np.uint64]
    postings: NDArray[np.uint32]
    sequence_blocks: NDArray[np.uint64]
    sequence_starts: NDArray[np.uint32]
    sequences: NDArray[np.uint8]
    sequence_ranks: NDArray[np.uint32]
    alive: NDArray[np.uint8]
    category_of: NDArray[np.uint16]
    currency_of: NDArray[np.uint16]


class Here(NamedTuple):
    """What else of a question differs between segments.

    `whole_cells` are the cells of the divisions around the centre and of what is online; `zone_days` is, by zone, the
    day since 1970 that it is there at the instant asked for.
    """

    whole_cells: NDArray[np.int64]
    zone_days: NDArray[np.int64]


class Aim(NamedTuple):
    """The rest of a question. Amounts are minor units, instants microseconds since 1970; -1: no such filter.

    `cell_runs` covers the circle (`grid.cover`), `x, y, z` is its centre on the unit sphere, `widest_chord` the squared
    chord of its radius. `wanted_categories` has an
    element for each category, and one for none. `weekdays` has a bit a day, 0 for no such filter. `level` is how many
    clauses a deal must meet, 0 to find out.
    """

    centred: bool
    x: float
    y: float
    z: float
    widest_chord: float
    cell_runs: NDArray[np.int64]
    at_us: int
    scored_at_us: int
    ends_after_us: int
    ends_before_us: int
    level: int
    currency: int
    currencies: int
    by_category: bool
    wanted_categories: NDArray[np.bool_]
    min_price: int
    max_price: int
    min_discount: int
    weekdays: int
    usable_today: bool
    new_since: int
    only_new: bool
    order: int
    limit: int
    continues: bool
    after_key: int
    after_high: np.uint64
    after_low: np.uint64


class Answer(NamedTuple):
    """What the kernel found: how many deals, at which level, in which currency (-1: no deal), and the first of them.

    `levels` counts the deals that meet so many clauses, before all filters that are facets. `counted` says how many
    deals choosing a value would give, facet behind facet: each category and none, `PRICE_BANDS`, `DISCOUNT_STEPS`,
    `DISTANCE_STEPS_KM` and what is further, seven weekdays, what is usable today, new merchants; and behind these, by
    the bit of a filter, how many fail that one alone.
    """

    total: int
    level: int
    currency: int
    found: Any
    levels: NDArray[np.int64]
    counted: NDArray[np.int64]
