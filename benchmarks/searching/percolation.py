"""How quickly deals that go live are held against the saved searches of a hundred thousand people.

The searches are those of `questions` that ask for words near a place, and those that narrow by many filters, two thirds
and one third, by people all over the world of `catalogue`. The deals are others than those that the searches were made
of. Time is that of one thread, for matching alone, as a worker does it every half second with what went live meanwhile.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from random import Random
from time import perf_counter
from typing import Final

import numpy as np

from benchmarks.report import Result
from benchmarks.searching import catalogue, questions
from benchmarks.searching.geography import world
from highstreet.discovery.search.alerts.matching import matches
from highstreet.discovery.search.alerts.standing import Standing
from highstreet.discovery.search.language.synonyms import shipped
from highstreet.discovery.search.language.widening import Widening
from highstreet.discovery.search.saved import SavedSearch
from highstreet.discovery.search.store.tables import Tables
from highstreet.kit.ids import uuid7s
from highstreet.market.catalog.domain.deals import PublishedDeal

SUBJECT: Final = "saved searches"
_SEARCHES: Final = 100_000
_DEALS: Final = 5_000
_AT_ONCE: Final = 50
"""What goes live in half a second, at the rate that is to be kept up with."""
_SHAPES: Final = (questions.TEXT_GEO, questions.FILTERS)
_WORLD: Final = 1_000_000
_NEW: Final = 57
"""A part of the catalogue that no question was made of."""


def percolation(searches: int = _SEARCHES, deals: int = _DEALS) -> list[Result]:
    """How long it takes to take up so many searches, and to hold so many deals against them."""
    synonyms = tuple(shipped().values())
    widening = Widening(synonyms, catalogue.TREE)
    tables = Tables(categories=catalogue.TREE, divisions=tuple(world(_WORLD).divisions), synonyms=synonyms)
    new = _live(catalogue.chunk(_WORLD, _NEW))[: deals + _AT_ONCE]
    saved = list(_saved(searches))
    began = perf_counter()
    standing = Standing(widening)
    for each in saved:
        standing.put(each)
    matches(standing, new[:_AT_ONCE], tables, widening, catalogue.AT)
    taken_up = perf_counter() - began
    times: list[float] = []
    found = 0
    for first in range(_AT_ONCE, len(new), _AT_ONCE):
        began = perf_counter()
        found += len(matches(standing, new[first : first + _AT_ONCE], tables, widening, catalogue.AT))
        times.append((perf_counter() - began) / len(new[first : first + _AT_ONCE]))
    rate = 1 / float(np.mean(times))
    return [
        Result(SUBJECT, "searches", len(standing), ""),
        Result(SUBJECT, "deals", len(new) - _AT_ONCE, ""),
        Result(SUBJECT, "matches a deal", round(found / (len(new) - _AT_ONCE), 1), ""),
        Result(SUBJECT, "taken up", round(taken_up, 1), "s"),
        Result(SUBJECT, "deals a second", round(rate), "1/s"),
        *(
            Result(SUBJECT, f"p{percent}", round(float(np.percentile(times, percent)) * 1000, 3), "ms")
            for percent in (50, 99)
        ),
    ]


def _saved(number: int) -> Iterator[SavedSearch]:
    share = number / sum(questions.COUNTS[shape] for shape in _SHAPES) + 0.01
    asked = [each for each in questions.warm(_WORLD, share) if each.shape in _SHAPES]
    ids = uuid7s(catalogue.AT, Random(catalogue.SEED))
    for each in islice(asked, number):
        priced = each.currency is not None
        yield SavedSearch(
            id=next(ids),
            owner_id=None,
            created_at=catalogue.AT,
            expires_at=catalogue.AT + timedelta(days=90),
            paused=False,
            text=each.text,
            latitude=each.latitude,
            longitude=each.longitude,
            radius_km=None if each.latitude is None else each.radius_km,
            category=each.category,
            min_price_minor=each.min_price_minor if priced else None,
            max_price_minor=each.max_price_minor if priced else None,
            currency=each.currency,
            min_discount=each.min_discount,
            days=each.days,
            usable_today=each.usable_today,
            new_merchant=each.new_merchant,
        )


def _live(deals: Sequence[PublishedDeal]) -> list[PublishedDeal]:
    return [deal for deal in deals if deal.starts_at <= catalogue.AT < (deal.ends_at or catalogue.AT + timedelta(1))]
