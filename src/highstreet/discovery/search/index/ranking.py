"""Ranking: of the deals that pass, the first in the order that was asked for."""

from typing import Any, NamedTuple

import numpy as np

from highstreet.discovery.search import relevance
from highstreet.discovery.search.index import grid
from highstreet.discovery.search.index.asked import (
    BY_DISCOUNT,
    BY_DISTANCE,
    BY_ENDING,
    BY_PRICE,
    BY_RELEVANCE,
    UNPLACED,
    Aim,
    Columns,
)
from highstreet.discovery.search.index.runs import Rows, Whole
from highstreet.discovery.search.index.sections import NEVER_US
from highstreet.kit.compiling import compiled, inlined
from highstreet.science.geo import EARTH_RADIUS_M

LAST = 2**62
"""The key, in any order, of deals that lack what the order needs."""
_ROUNDING = 2.0
"""Millionths that a bound of a score may be off by."""


class _Facts(NamedTuple):
    """What a score is made of besides distance."""

    text: float
    age_us: int
    left_us: int
    endless: bool
    discount: int
    sold: int
    availability: int


@compiled
def rank(
    columns: Columns, aim: Aim, passing: Rows, segment: Whole, currency: Whole, divisor: float, found: Rows, size: Whole
) -> Whole:
    """Puts the first of one segment's deals that come behind the cursor in their places among the `size` found.

    How many there are then.
    """
    records, currency_of = columns.records, columns.currency_of
    id_high, id_low = columns.id_high, columns.id_low
    limit = len(found)
    if limit == 0:
        return size
    by_relevance = aim.order == BY_RELEVANCE
    bounded = by_relevance and aim.centred
    reach = _reach(found, size, bounded)
    for place in range(len(passing)):
        one = passing[place]
        if one.chord > reach and one.summed == 0:
            continue
        record = records[one.row]
        facts = _Facts(
            one.summed / divisor,
            aim.scored_at_us - record.starts_us,
            record.ends_us - aim.scored_at_us,
            record.ends_us == NEVER_US,
            record.discount,
            record.sold,
            record.availability,
        )
        if by_relevance:
            if size == limit and _is_below(found[limit - 1].score, facts, one.ordinal, one.chord, aim.centred):
                continue
            metres = grid.metres_of_chord(one.chord) if one.ordinal >= 0 else UNPLACED
            score = _score(facts, metres, aim.centred)
            key = -score
        else:
            in_currency = currency_of[record.currency] == currency
            key = _key(
                aim.order, one.ordinal, one.chord, record.price_minor if in_currency else LAST, record.ends_us, facts
            )
            metres, score = UNPLACED, np.int64(0)
        if size == limit and key > found[limit - 1].key:
            continue
        high, low = id_high[one.row], id_low[one.row]
        if aim.continues and not _is_behind(key, high, low, aim.after_key, aim.after_high, aim.after_low):
            continue
        at = _place(found, size, key, high, low)
        if at < limit:
            size = min(size + 1, limit)
            if not by_relevance:  # an arc sine is worked out for who needs it
                metres = grid.metres_of_chord(one.chord) if one.ordinal >= 0 else UNPLACED
                score = _score(facts, metres, aim.centred)
            new = found[at]
            new.key, new.high, new.low, new.summed, new.score = key, high, low, one.summed, score
            new.row, new.metres, new.ordinal, new.segment, new.met = one.row, metres, one.ordinal, segment, one.met
            reach = _reach(found, size, bounded)
    return size


@inlined
def _weighed(facts: _Facts, metres: float, centred: bool) -> float:  # noqa: FBT001 -- compiled code takes no names
    """The sum of a score's parts."""
    parts: Any = relevance.weigh(
        facts.text,
        metres,
        centred,
        facts.age_us,
        facts.left_us,
        facts.endless,
        facts.discount,
        facts.sold,
        facts.availability,
    )
    return parts[0] + parts[1] + parts[2] + parts[3] + parts[4] + parts[5] + parts[6]


@inlined
def _score(facts: _Facts, metres: Whole, centred: bool) -> Whole:  # noqa: FBT001 -- as above
    """In millionths."""
    return np.int64(np.rint(_weighed(facts, float(metres), centred) * relevance.SCALE))


@inlined
def _reach(found: Rows, size: Whole, bounded: bool) -> float:  # noqa: FBT001 -- as above
    """The squared chord beyond which nothing that has none of the words can be among the first.

    It is `bounded` where scores decide, and distance has a part in them.
    """
    if size < len(found) or not bounded:
        return np.inf
    metres = relevance.farthest((found[size - 1].score - _ROUNDING) / relevance.SCALE) + 1.0
    return (metres / EARTH_RADIUS_M) ** 2


@inlined
def _is_below(
    worst: Whole,
    facts: _Facts,
    ordinal: Whole,
    chord: float,
    centred: bool,  # noqa: FBT001 -- as above
) -> bool:
    """Whether a score is surely less, by two bounds of it: a chord is shorter than its arc, and needs no arc sine."""
    shortest = float(UNPLACED)
    if ordinal >= 0:
        shortest = max(EARTH_RADIUS_M * np.sqrt(chord) - 1.0, 0.0)
    least = worst - _ROUNDING
    return (
        relevance.most(facts.text, shortest, centred) * relevance.SCALE < least
        or _weighed(facts, shortest, centred) * relevance.SCALE < least
    )


@inlined
def _key(order: Whole, ordinal: Whole, chord: float, price_minor: Whole, ends_us: Whole, facts: _Facts) -> Whole:
    """What a deal is ordered by, least first, where that is not its score."""
    if order == BY_DISTANCE:
        return np.int64(grid.metres_of_chord(chord)) if ordinal >= 0 else LAST
    if order == BY_PRICE:
        return price_minor
    if order == BY_DISCOUNT:
        return -np.int64(facts.discount)
    if order == BY_ENDING:
        return ends_us
    return -np.int64(facts.sold)


@compiled
def _place(found: Rows, size: Whole, key: Whole, high: Whole, low: Whole) -> Whole:
    """The place among the first that a deal is due, all behind it moved on by one; `len(found)` where there is none."""
    limit = len(found)
    place = size
    while place > 0 and _is_behind(found[place - 1].key, found[place - 1].high, found[place - 1].low, key, high, low):
        place -= 1
    for behind in range(min(size, limit - 1), place, -1):
        found[behind] = found[behind - 1]
    return place


@inlined
def _is_behind(key: Whole, high: Whole, low: Whole, than_key: Whole, than_high: Whole, than_low: Whole) -> Whole:
    """Whether one deal comes behind another in the order: by its key, then by its id."""
    return key > than_key or (key == than_key and (high > than_high or (high == than_high and low > than_low)))
