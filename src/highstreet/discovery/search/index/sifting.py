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
_STEPS = tuple(grid.widest_chord(1000 * km) for km in DISTANCE_STEPS_KM)
_THURSDAY = 3
"""The first of January 1970, Monday being 0."""

CANDIDATE = np.dtype([("row", "i4"), ("ordinal", "i2"), ("met", "u1"), ("chord", "f8"), ("summed", "i8")], align=True)


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
    """The filters of an aim that are numbers."""

    min_price: int
    max_price: int
    min_discount: int
    weekdays: int
    usable_today: bool
    only_new: bool


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
    sieve = _Sieve(aim.min_price, aim.max_price, aim.min_discount, aim.weekdays, aim.usable_today, aim.only_new)
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
        in_currency = currency_of[record.currency] == currency
        day = zone_days[record.zone]
        usable = (record.weekdays >> zone_weekdays[record.zone]) & 1 != 0 and span.from_day <= day <= span.until_day
        is_new = record.merchant_since >= aim.new_since
        fails = _fails(record.price_minor, record.discount, record.weekdays, in_currency, usable, is_new, sieve)
        if aim.by_category and not wanted[category]:
            fails |= IN_CATEGORY
        if fails & (fails - 1):
            continue
        if only_total:
            passing += fails == 0
            continue
        categories[category] += fails | IN_CATEGORY == IN_CATEGORY
        prices[record.price_band] += in_currency and fails | IN_PRICE == IN_PRICE
        discounts[max(record.discount, 0) // 10] += record.discount > 0 and fails | IN_DISCOUNT == IN_DISCOUNT
        weekdays[record.weekdays] += fails | ON_DAYS == ON_DAYS
        usable_today += usable and fails | TODAY == TODAY
        newcomers += is_new and fails | NEW == NEW
        if fails:
            alone[fails] += 1
            continue
        distances[_distance_step(candidate.chord)] += candidate.ordinal >= 0
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


@inlined
def _fails(
    price: Whole,
    discount: Whole,
    weekdays: Whole,
    in_currency: bool,  # noqa: FBT001 -- compiled code takes no names
    usable: bool,  # noqa: FBT001 -- as above
    is_new: bool,  # noqa: FBT001 -- as above
    sieve: _Sieve,
) -> Whole:
    """A bit for each filter that a deal fails, but for that of the category."""
    fails = 0
    if (sieve.min_price >= 0 and not (in_currency and price >= sieve.min_price)) or (
        sieve.max_price >= 0 and not (in_currency and price <= sieve.max_price)
    ):
        fails |= IN_PRICE
    if discount < sieve.min_discount:
        fails |= IN_DISCOUNT
    if sieve.weekdays != 0 and not weekdays & sieve.weekdays:
        fails |= ON_DAYS
    if sieve.usable_today and not usable:
        fails |= TODAY
    if sieve.only_new and not is_new:
        fails |= NEW
    return fails


@inlined
def _distance_step(chord: float) -> Whole:
    """Counted without a branch, since none could be foretold."""
    step = 0
    for widest in _STEPS:
        step += chord > widest
    return step
