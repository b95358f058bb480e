"""The kernel: one question against the three segments of a generation, compiled.

First every segment says which rows answer the question's words, place and dates; then it is settled how many of the
words are needed and in which currency prices are; then filters, facets and order are worked out in one pass.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search import relevance
from highstreet.discovery.search.index import gathering, nearby
from highstreet.discovery.search.index.asked import (
    ANY_CURRENCY,
    BY_DISCOUNT,
    BY_DISTANCE,
    BY_ENDING,
    BY_PRICE,
    BY_RELEVANCE,
    FOUND,
    TOO_FAR,
    UNPLACED,
    Aim,
    Answer,
    Columns,
    Here,
)
from highstreet.discovery.search.index.runs import Whole
from highstreet.discovery.search.index.sections import AT_LOCATIONS, NEVER_US, REACH_BITS
from highstreet.discovery.search.language.clauses import Clauses
from highstreet.kit.compiling import compiled, inlined

DISTANCE_STEPS_KM = (1, 2, 5, 10, 25, 50, 100)
"""Distances that are counted; what is further away counts in none."""
PRICE_BANDS = 64
DISCOUNT_STEPS = 11

LAST = 2**62
"""The key, in any order, of deals that lack what the order needs."""
_DAY_BITS = 7
_THURSDAY = 3
"""The first of January 1970, Monday being 0."""
_IN_CATEGORY, _IN_PRICE, _IN_DISCOUNT, _ON_DAYS, _TODAY, _NEW = 1, 2, 4, 8, 16, 32
"""The filters that are also counted; a deal that fails one alone counts for that one."""

_TOTAL, _FOUND, _USABLE_TODAY, _NEWCOMERS = range(4)
"""What is counted beside the arrays of the answer."""

CANDIDATE = np.dtype([("row", "i4"), ("metres", "i4"), ("summed", "i8"), ("ordinal", "i2"), ("met", "u1")], align=True)

Ints = NDArray[np.int64]
Rows: TypeAlias = Any
"""An array of structures; numpy's types do not say that its elements have fields."""


class Sieve(NamedTuple):
    """The filters of an aim that are numbers."""

    min_price: int
    max_price: int
    min_discount: int
    weekdays: int
    usable_today: bool
    only_new: bool


@compiled
def answer(
    segments: tuple[Columns, Columns, Columns],
    clauses: tuple[Clauses, Clauses, Clauses],
    heres: tuple[Here, Here, Here],
    aim: Aim,
) -> Answer:
    """What the generation answers. Raises nothing: what is asked has been checked."""
    asked = len(clauses[0].weights)
    levels = np.zeros((asked + 1, max(aim.currencies, 1)), np.int64)
    fewest = asked if aim.level == 0 else aim.level
    while True:
        candidates = [
            _candidates(segments[number], clauses[number], heres[number], aim, fewest, levels) for number in range(3)
        ]
        if aim.level > 0 or fewest == relevance.fewest_words(asked) or levels.sum() >= relevance.ENOUGH_MATCHES:
            break
        fewest = relevance.fewest_words(asked)
        levels[:] = 0
    level = _level(levels, aim.level, fewest)
    currency = aim.currency
    if currency == ANY_CURRENCY:
        currency = _commonest(levels, level)
    result = Answer(
        total=0,
        level=level,
        currency=currency,
        found=np.empty(aim.limit, FOUND),
        levels=levels.sum(axis=1),
        categories=np.zeros(len(aim.wanted_categories), np.int64),
        prices=np.zeros(PRICE_BANDS, np.int64),
        discounts=np.zeros(DISCOUNT_STEPS, np.int64),
        distances=np.zeros(len(DISTANCE_STEPS_KM) + 1, np.int64),
        weekdays=np.zeros(1 << _DAY_BITS, np.int64),
        usable_today=0,
        newcomers=0,
    )
    counts = np.zeros(4, np.int64)
    divisor = relevance.TEXT_SCALE * max(clauses[0].weights.sum(), 1)
    for number in range(3):
        passing = _sift(segments[number], heres[number], aim, candidates[number], result, counts)
        _rank(segments[number], aim, candidates[number][:passing], number, divisor, result, counts)
    return Answer(
        counts[_TOTAL],
        level,
        currency,
        result.found[: counts[_FOUND]],
        result.levels,
        result.categories,
        result.prices,
        result.discounts,
        result.distances,
        result.weekdays,
        counts[_USABLE_TODAY],
        counts[_NEWCOMERS],
    )


@compiled
def _candidates(columns: Columns, clauses: Clauses, here: Here, aim: Aim, fewest: Whole, levels: Ints) -> Rows:
    """Rows that meet at least so many clauses, and answer place and dates.

    `levels` counts them by clauses met and currency.
    """
    further = nearby.further_points(columns, aim)
    runs = nearby.runs_of_rows(columns, aim, here.whole_cells, further)
    if len(clauses.weights) == 0:
        return _within(columns, aim, runs, further, levels)
    if len(columns.records) == 0:
        return np.empty(0, CANDIDATE)
    lists, starts = gathering.lists(columns, clauses, runs)
    if fewest == len(clauses.weights):
        rows, summed = gathering.meeting_all(lists, starts, clauses.weights)
        met = np.full(len(rows), fewest, np.int64)
    else:
        rows, summed, met = gathering.meeting_some(lists, starts, clauses.weights, fewest)
    return _live_and_near(columns, aim, rows, summed, met, further, levels)


@compiled
def _within(columns: Columns, aim: Aim, runs: Ints, further: Ints, levels: Ints) -> Rows:
    """The candidates where no word was asked for: all rows of the runs that are live and near enough."""
    records, alive, currency_of = columns.records, columns.alive, columns.currency_of
    centred, x, y, z, radius_m = aim.centred, aim.x, aim.y, aim.z, aim.radius_m
    at_us, ends_after_us, ends_before_us = aim.at_us, aim.ends_after_us, aim.ends_before_us
    chord_squared = nearby.widest_chord_squared(radius_m)
    found = np.empty((runs[:, 1] - runs[:, 0]).sum(), CANDIDATE)
    number, at = 0, 0
    for run in range(len(runs)):
        for row in range(runs[run, 0], runs[run, 1]):
            record = records[row]
            if not _is_live(alive, row, record.starts_us, record.ends_us, at_us, ends_after_us, ends_before_us):
                continue
            metres, ordinal = UNPLACED, UNPLACED
            if centred and record.flags & REACH_BITS == AT_LOCATIONS:
                chord = nearby.chord_squared(record.x - x, record.y - y, record.z - z)
                at = nearby.place_of(row, further, at)
                metres, ordinal = nearby.nearest(row, record.flags, chord, chord_squared, radius_m, further, at)
                if ordinal == TOO_FAR:
                    continue
            candidate = found[number]
            candidate.row, candidate.metres, candidate.ordinal = row, metres, ordinal
            candidate.summed, candidate.met = 0, 0
            levels[0, currency_of[record.currency]] += 1
            number += 1
    return found[:number]


@compiled
def _live_and_near(
    columns: Columns, aim: Aim, rows: Ints, summed: Ints, met: Ints, further: Ints, levels: Ints
) -> Rows:
    """The candidates among rows that meet clauses."""
    records, alive, currency_of = columns.records, columns.alive, columns.currency_of
    centred, x, y, z, radius_m = aim.centred, aim.x, aim.y, aim.z, aim.radius_m
    at_us, ends_after_us, ends_before_us = aim.at_us, aim.ends_after_us, aim.ends_before_us
    chord_squared = nearby.widest_chord_squared(radius_m)
    found = np.empty(len(rows), CANDIDATE)
    number, at = 0, 0
    for place in range(len(rows)):
        row = rows[place]
        record = records[row]
        if not _is_live(alive, row, record.starts_us, record.ends_us, at_us, ends_after_us, ends_before_us):
            continue
        metres, ordinal = UNPLACED, UNPLACED
        if centred and record.flags & REACH_BITS == AT_LOCATIONS:
            chord = nearby.chord_squared(record.x - x, record.y - y, record.z - z)
            at = nearby.place_of(row, further, at)
            metres, ordinal = nearby.nearest(row, record.flags, chord, chord_squared, radius_m, further, at)
            if ordinal == TOO_FAR:
                continue
        candidate = found[number]
        candidate.row, candidate.metres, candidate.ordinal = row, metres, ordinal
        candidate.summed, candidate.met = summed[place], met[place]
        levels[met[place], currency_of[record.currency]] += 1
        number += 1
    return found[:number]


@inlined
def _is_live(
    alive: NDArray[np.uint8],
    row: Whole,
    starts_us: Whole,
    ends_us: Whole,
    at_us: Whole,
    after_us: Whole,
    before_us: Whole,
) -> Whole:
    living = alive[row >> 3] >> (row & 7) & 1 != 0
    return living and starts_us <= at_us < ends_us and after_us <= ends_us <= before_us


@compiled
def _level(levels: Ints, pinned: Whole, fewest: Whole) -> Whole:
    """How many clauses a deal must meet: the most that enough deals meet, or the fewest that were looked for."""
    if pinned > 0:
        return pinned
    meeting = 0
    for level in range(len(levels) - 1, fewest, -1):
        meeting += levels[level].sum()
        if meeting >= relevance.ENOUGH_MATCHES:
            return level
    return fewest


@compiled
def _commonest(levels: Ints, level: Whole) -> Whole:
    """The currency of the most deals; of several the first."""
    best, most = ANY_CURRENCY, 0
    for currency in range(levels.shape[1]):
        number = levels[level:, currency].sum()
        if number > most:
            best, most = currency, number
    return best


@compiled
def _sift(columns: Columns, here: Here, aim: Aim, candidates: Rows, result: Answer, counts: Ints) -> Whole:
    """Filters one segment's candidates and counts them into `result` and `counts`.

    Those that pass all filters are brought to the front; how many they are.
    """
    # Arrays are taken out of their tuples before the loop: to take one out costs more than to look into it.
    records, calendar, zone_days = columns.records, columns.calendar, here.zone_days
    category_of, currency_of, wanted = columns.category_of, columns.currency_of, aim.wanted_categories
    categories, prices, discounts = result.categories, result.prices, result.discounts
    distances, weekdays = result.distances, result.weekdays
    sieve = Sieve(aim.min_price, aim.max_price, aim.min_discount, aim.weekdays, aim.usable_today, aim.only_new)
    passing, usable_today, newcomers = 0, 0, 0
    for place in range(len(candidates)):
        candidate = candidates[place]
        if candidate.met < result.level:
            continue
        record, span = records[candidate.row], calendar[candidate.row]
        category = category_of[min(np.int64(record.category), len(category_of) - 1)]
        in_currency = currency_of[record.currency] == result.currency
        day = zone_days[record.zone]
        usable = (record.weekdays >> _weekday(day)) & 1 != 0 and span.from_day <= day <= span.until_day
        is_new = record.merchant_since >= aim.new_since
        fails = _fails(record.price_minor, record.discount, record.weekdays, in_currency, usable, is_new, sieve)
        if aim.by_category and not wanted[category]:
            fails |= _IN_CATEGORY
        if fails & (fails - 1):
            continue
        categories[category] += fails | _IN_CATEGORY == _IN_CATEGORY
        prices[record.price_band] += in_currency and fails | _IN_PRICE == _IN_PRICE
        discounts[max(record.discount, 0) // 10] += record.discount > 0 and fails | _IN_DISCOUNT == _IN_DISCOUNT
        weekdays[record.weekdays] += fails | _ON_DAYS == _ON_DAYS
        usable_today += usable and fails | _TODAY == _TODAY
        newcomers += is_new and fails | _NEW == _NEW
        if fails == 0:
            if candidate.ordinal >= 0:
                distances[_distance_step(candidate.metres)] += 1
            candidates[passing] = candidate
            passing += 1
    counts[_TOTAL] += passing
    counts[_USABLE_TODAY] += usable_today
    counts[_NEWCOMERS] += newcomers
    return passing


@inlined
def _fails(
    price: Whole,
    discount: Whole,
    weekdays: Whole,
    in_currency: bool,  # noqa: FBT001 -- compiled code takes no names
    usable: bool,  # noqa: FBT001 -- as above
    is_new: bool,  # noqa: FBT001 -- as above
    sieve: Sieve,
) -> Whole:
    """A bit for each filter that a deal fails, but for that of the category."""
    fails = 0
    if (sieve.min_price >= 0 and not (in_currency and price >= sieve.min_price)) or (
        sieve.max_price >= 0 and not (in_currency and price <= sieve.max_price)
    ):
        fails |= _IN_PRICE
    if discount < sieve.min_discount:
        fails |= _IN_DISCOUNT
    if sieve.weekdays != 0 and not weekdays & sieve.weekdays:
        fails |= _ON_DAYS
    if sieve.usable_today and not usable:
        fails |= _TODAY
    if sieve.only_new and not is_new:
        fails |= _NEW
    return fails


@compiled
def _rank(
    columns: Columns, aim: Aim, passing: Rows, segment: Whole, divisor: float, result: Answer, counts: Ints
) -> None:
    """Puts the first of one segment's deals that come behind the cursor in their places in `result.found`."""
    records, currency_of, found = columns.records, columns.currency_of, result.found
    id_high, id_low = columns.id_high, columns.id_low
    limit, number = len(found), counts[_FOUND]
    if limit == 0:
        return
    for place in range(len(passing)):
        one = passing[place]
        record = records[one.row]
        key = _key(
            aim.order,
            aim.centred,
            aim.scored_at_us,
            one.metres,
            one.summed / divisor,
            currency_of[record.currency] == result.currency,
            record.starts_us,
            record.ends_us,
            record.price_minor,
            record.discount,
            record.sold,
            record.availability,
        )
        if number == limit and key > found[limit - 1].key:
            continue
        high, low = id_high[one.row], id_low[one.row]
        if aim.continues and not _is_behind(key, high, low, aim.after_key, aim.after_high, aim.after_low):
            continue
        number = _insert(found, number, key, high, low, one.row, one.metres, one.ordinal, one.summed, segment, one.met)
    counts[_FOUND] = number


@inlined
def _weekday(day: Whole) -> Whole:
    """Monday is 0. Days are whole numbers not below 0."""
    return np.uint64(day + _THURSDAY) % np.uint64(_DAY_BITS)


@inlined
def _distance_step(metres: Whole) -> Whole:
    step = 0
    while step < len(DISTANCE_STEPS_KM) and metres > DISTANCE_STEPS_KM[step] * 1000:
        step += 1
    return step


@inlined
def _key(  # noqa: PLR0913, PLR0917 -- what deals are ordered by
    order: Whole,
    centred: bool,  # noqa: FBT001 -- compiled code takes no names
    scored_at_us: Whole,
    metres: Whole,
    text: float,
    in_currency: bool,  # noqa: FBT001 -- as above
    starts_us: Whole,
    ends_us: Whole,
    price_minor: Whole,
    discount: Whole,
    sold: Whole,
    availability: Whole,
) -> Whole:
    """What a deal is ordered by, least first."""
    if order == BY_RELEVANCE:
        parts: Any = relevance.weigh(
            text,
            metres,
            centred,
            scored_at_us - starts_us,
            ends_us - scored_at_us,
            ends_us == NEVER_US,
            discount,
            sold,
            availability,
        )
        score = parts[0] + parts[1] + parts[2] + parts[3] + parts[4] + parts[5] + parts[6]
        return -np.int64(np.rint(score * relevance.SCALE))
    if order == BY_DISTANCE:
        return np.int64(metres) if metres >= 0 else LAST
    if order == BY_PRICE:
        return price_minor if in_currency else LAST
    if order == BY_DISCOUNT:
        return -np.int64(discount)
    if order == BY_ENDING:
        return ends_us
    return -np.int64(sold)


@compiled
def _insert(  # noqa: PLR0913, PLR0917 -- the facts of a result
    found: Rows,
    number: Whole,
    key: Whole,
    high: Whole,
    low: Whole,
    row: Whole,
    metres: Whole,
    ordinal: Whole,
    summed: Whole,
    segment: Whole,
    met: Whole,
) -> Whole:
    """Puts a deal in its place among the first, if it belongs there; how many there are then."""
    limit = len(found)
    place = number
    while place > 0 and _is_behind(found[place - 1].key, found[place - 1].high, found[place - 1].low, key, high, low):
        place -= 1
    if place == limit:
        return number
    for behind in range(min(number, limit - 1), place, -1):
        found[behind] = found[behind - 1]
    one = found[place]
    one.key, one.high, one.low, one.summed = key, high, low, summed
    one.row, one.metres, one.ordinal, one.segment, one.met = row, metres, ordinal, segment, met
    return min(number + 1, limit)


@inlined
def _is_behind(key: Whole, high: Whole, low: Whole, than_key: Whole, than_high: Whole, than_low: Whole) -> Whole:
    """Whether one deal comes behind another in the order: by its key, then by its id."""
    return key > than_key or (key == than_key and (high > than_high or (high == than_high and low > than_low)))
