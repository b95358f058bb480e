"""Filters and facets: which candidates pass, and how many deals choosing another value would give, in one pass.

A deal that fails one filter alone counts for that filter's own facet, since each is counted under all filters but its
own; one that fails two counts for none.
"""

from typing import NamedTuple

import numpy as np

from highstreet.discovery.search.index import grid
from highstreet.discovery.search.index.asked import Aim, Columns, Here
from highstreet.discovery.search.index.runs import Ints, Rows, Whole
from highstreet.kit.compiling import compiled, inlined
from highstreet.kit.native import prefetch

PRICE_BANDS = 64
DISCOUNT_STEPS = 11
DISTANCE_STEPS_KM = (1, 2, 5, 10, 25, 50, 100)
"""Distances that are counted; what is further away counts in none."""
DAYS = 7

IN_CATEGORY, IN_PRICE, IN_DISCOUNT, ON_DAYS, TODAY, NEW = 1, 2, 4, 8, 16, 32
"""The filters that are also counted, a bit each."""
FILTERS = 64

AHEAD = 24
"""So many rows before it is looked at, a record is asked for from memory."""
_STEPS = np.array([*(grid.widest_chord(1000 * km) for km in DISTANCE_STEPS_KM), np.inf])
_STRETCHES = 1 / grid.widest_chord(1000)
"""Squared chords are cut into stretches so short that no two steps end in one."""
_ENDS = (_STEPS[:-1] * _STRETCHES).astype(np.int64)
_STEPS_BEFORE = np.cumsum(np.bincount(_ENDS + 1)).astype(np.uint8)
"""By stretch, how many steps end in one before."""
_THURSDAY = 3
"""The first of January 1970, Monday being 0."""

CANDIDATE = np.dtype([("row", "u4"), ("ordinal", "i2"), ("met", "u1"), ("chord", "f8"), ("summed", "i8")], align=True)


class Counts(NamedTuple):
    """What is counted: parts of one array. `weekdays` by the bits of the days, `alone` by those of failed filters."""

    categories: Ints
    prices: Ints
    discounts: Ints
    distances: Ints
    days: Ints
    singles: Ints
    """What is usable today, and new merchants."""
    alone: Ints
    weekdays: Ints


class _Sieve(NamedTuple):
    """The filters of an aim that are numbers: what lies outside fails, where there is such a filter."""

    is_priced: Whole
    min_price: Whole
    max_price: Whole
    by_discount: Whole
    min_discount: Whole
    by_day: Whole
    weekdays: Whole
    usable_today: Whole
    only_new: Whole


@compiled
def counts_of(counted: Ints, categories: Whole) -> Counts:
    """The parts of an array of `room` elements."""
    prices = categories
    discounts = prices + PRICE_BANDS
    distances = discounts + DISCOUNT_STEPS
    days = distances + len(DISTANCE_STEPS_KM) + 1
    singles = days + DAYS
    alone = singles + 2
    return Counts(
        counted[:prices],
        counted[prices:discounts],
        counted[discounts:distances],
        counted[distances:days],
        counted[days:singles],
        counted[singles:alone],
        counted[alone:],
        np.zeros(1 << DAYS, np.int64),
    )


@inlined
def room(categories: Whole) -> Whole:
    """How many numbers are counted."""
    return categories + PRICE_BANDS + DISCOUNT_STEPS + len(DISTANCE_STEPS_KM) + 1 + DAYS + 2 + FILTERS


@compiled
def sift(
    columns: Columns, here: Here, aim: Aim, candidates: Rows, level: Whole, currency: Whole, counts: Counts
) -> Whole:
    """Filters one segment's candidates and counts them; where none is to be shown, only those that pass all filters.

    These are brought to the front; how many they are.
    """
    # Arrays are taken out of their tuples before the loop: to take one out costs more than to look into it.
    records, calendar, zone_days = columns.records, columns.calendar, here.zone_days
    category_of, currency_of, wanted = columns.category_of, columns.currency_of, aim.wanted_categories
    categories, prices, discounts = counts.categories, counts.prices, counts.discounts
    distances, weekdays, alone = counts.distances, counts.weekdays, counts.alone
    zone_weekdays = (zone_days + _THURSDAY) % DAYS
    sieve = _sieve(aim)
    # A circle that nobody has narrowed is the commonest question, and the one with the most candidates.
    filtered = aim.by_category or _is_filter(sieve)
    by_category, new_since = np.int64(aim.by_category) * IN_CATEGORY, aim.new_since
    passing, usable_today, newcomers, only_total = 0, 0, 0, aim.limit == 0
    for place in range(len(candidates)):
        candidate = candidates[place]
        ahead = candidates[min(place + AHEAD, len(candidates) - 1)].row
        prefetch(records, ahead)
        prefetch(calendar, ahead)
        if candidate.met < level:
            continue
        record, span = records[candidate.row], calendar[candidate.row]
        category = category_of[min(np.int64(record.category), len(category_of) - 1)]
        in_currency = np.int64(currency_of[record.currency] == currency)
        day = zone_days[record.zone]
        on_day = np.int64(record.weekdays) >> zone_weekdays[record.zone] & 1
        usable = on_day & (span.from_day <= day) & (day <= span.until_day)
        is_new = np.int64(record.merchant_since >= new_since)
        fails = 0
        if filtered:
            fails = by_category & (1 - np.int64(wanted[category]))
            fails |= _fails(record.price_minor, record.discount, record.weekdays, in_currency, usable, is_new, sieve)
        if fails & (fails - 1):
            continue
        if only_total:
            passing += fails == 0
            continue
        categories[category] += fails | IN_CATEGORY == IN_CATEGORY
        prices[record.price_band] += in_currency & (fails | IN_PRICE == IN_PRICE)
        discounts[max(record.discount, 0) // 10] += (record.discount > 0) & (fails | IN_DISCOUNT == IN_DISCOUNT)
        weekdays[record.weekdays] += fails | ON_DAYS == ON_DAYS
        usable_today += usable & (fails | TODAY == TODAY)
        newcomers += is_new & (fails | NEW == NEW)
        if fails:
            alone[fails] += 1
            continue
        distances[distance_step(candidate.chord)] += candidate.ordinal >= 0
        if passing < place:
            candidates[passing] = candidate
        passing += 1
    alone[0] += passing
    counts.singles[0] += usable_today
    counts.singles[1] += newcomers
    return passing


@compiled
def spread(weekdays: Ints, days: Ints) -> None:
    """From counts by the bits of the days to counts by day."""
    for bits in range(len(weekdays)):
        for day in range(DAYS):
            days[day] += weekdays[bits] * (bits >> day & 1)


@compiled
def _sieve(aim: Aim) -> _Sieve:
    return _Sieve(
        np.int64(aim.min_price >= 0 or aim.max_price >= 0) * IN_PRICE,
        aim.min_price,
        aim.max_price if aim.max_price >= 0 else np.int64(2**62),
        np.int64(aim.min_discount >= 0) * IN_DISCOUNT,
        aim.min_discount,
        np.int64(aim.weekdays != 0) * ON_DAYS,
        aim.weekdays,
        np.int64(aim.usable_today) * TODAY,
        np.int64(aim.only_new) * NEW,
    )


@inlined
def _is_filter(sieve: _Sieve) -> bool:
    return sieve.is_priced | sieve.by_discount | sieve.by_day | sieve.usable_today | sieve.only_new != 0


@inlined
def _fails(
    price: Whole, discount: Whole, weekdays: Whole, in_currency: Whole, usable: Whole, is_new: Whole, sieve: _Sieve
) -> Whole:
    """A bit for each filter that a deal fails, but for that of the category; without a branch."""
    in_price = in_currency & (price >= sieve.min_price) & (price <= sieve.max_price)
    on_days = np.int64(weekdays & sieve.weekdays != 0)
    return (
        sieve.is_priced * (1 - in_price)
        | sieve.by_discount * np.int64(discount < sieve.min_discount)
        | sieve.by_day * (1 - on_days)
        | sieve.usable_today * (1 - usable)
        | sieve.only_new * (1 - is_new)
    )


@inlined
def distance_step(chord: float) -> Whole:
    """Looked up and held against one chord only, without a branch, since none could be foretold."""
    step = np.int64(_STEPS_BEFORE[min(np.uint64(chord * _STRETCHES), np.uint64(len(_STEPS_BEFORE) - 1))])
    return step + np.int64(chord > _STEPS[np.uint64(step)])
