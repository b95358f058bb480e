"""What the search must answer, by brute force: every deal is looked at, by the rules as they are written down.

It imports nothing of the search. Costs some ten milliseconds a question at a million deals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.searching.oracle_words import Clause, Language
from benchmarks.searching.questions import Asked
from benchmarks.searching.reading import IN_DIVISION, NEVER_US, NONE, ONLINE, Read
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.places import Division
from highstreet.science.geo import EARTH_RADIUS_M, distance_m

TOP: Final = 24
_ENOUGH: Final = 10
_NEW_DAYS: Final = 90
_PRICE_STEPS: Final = (0, *(digit * 10**zeros for zeros in range(2, 15) for digit in (1, 2, 5)), 10**15 + 1)
_DISTANCE_STEPS_KM: Final = (1, 2, 5, 10, 25, 50, 100)
_DAY_US: Final = 86_400_000_000
_LAST: Final = 2**62
_METRES_PER_DEGREE: Final = EARTH_RADIUS_M * np.pi / 180

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Facets = dict[str, list[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What must be the same. `ids` are of the first 24, in their order."""

    total: int
    facets: Facets
    ids: list[int]
    currency: str | None


@dataclass(frozen=True, slots=True)
class _Matches:
    """Deals that answer words, place and dates. `metres` is -1 where a deal is not tied to a point."""

    deals: Ints
    metres: Ints
    text: NDArray[np.float64]
    """How much of the words is met, 0 to 1."""


class Oracle:
    """Answers questions at one instant about everything that was read."""

    def __init__(self, read: Read, tree: CategoryTree, divisions: Sequence[Division], at: datetime) -> None:
        self._read, self._tree, self._divisions, self._at = read, tree, divisions, at
        self._at_us = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        self._language = Language(read, tree)
        self._by_latitude: Ints = np.argsort(read.point_latitudes, kind="stable")
        self._latitudes = read.point_latitudes[self._by_latitude]

    def answer(self, asked: Asked) -> Answer:
        """Total, facets and first page."""
        matches = self._matches(asked)
        currency = self._currency(asked, matches.deals)
        passes = self._passes(asked, matches.deals, currency)
        everything = np.logical_and.reduce(list(passes.values()))
        chosen = np.flatnonzero(everything)
        keys = self._keys(asked, matches, chosen, currency)
        deals = matches.deals[chosen]
        order = np.lexsort((self._read.id_low[deals], self._read.id_high[deals], keys))[:TOP]
        return Answer(
            total=len(chosen),
            facets=self._facets(matches, passes, currency),
            ids=[self._id(deal) for deal in deals[order].tolist()],
            currency=None if currency == NONE else self._read.tables["currencies"][currency],
        )

    def _id(self, deal: int) -> int:
        return int(self._read.id_high[deal]) << 64 | int(self._read.id_low[deal])

    def _column(self, name: str, deals: Ints) -> Ints:
        return self._read.columns[name][deals]

    def _matches(self, asked: Asked) -> _Matches:
        deals, metres = self._placed(asked)
        live = (self._column("starts_us", deals) <= self._at_us) & (self._column("ends_us", deals) > self._at_us)
        deals, metres = deals[live], metres[live]
        clauses = self._language.clauses(asked.text)
        if not clauses:
            return _Matches(deals, metres, np.zeros(len(deals)))
        values = np.stack([self._values(clause, deals) for clause in clauses])
        met = (values > 0).sum(axis=0)
        keep = met >= _needed(met, len(clauses))
        weights = np.array([clause.weight for clause in clauses], dtype=np.int64)
        summed = weights @ values
        return _Matches(deals[keep], metres[keep], (summed / (2_550_000.0 * weights.sum()))[keep])

    def _placed(self, asked: Asked) -> tuple[Ints, Ints]:
        """Deals that the question's place lets through, each once, and how far their nearest point is."""
        read = self._read
        if asked.latitude is None or asked.longitude is None:
            return np.arange(len(read)), np.full(len(read), NONE)
        radius_m = asked.radius_km * 1000
        reach = (radius_m + 10) / _METRES_PER_DEGREE
        band = slice(
            int(np.searchsorted(self._latitudes, asked.latitude - reach)),
            int(np.searchsorted(self._latitudes, asked.latitude + reach, side="right")),
        )
        points = self._by_latitude[band]
        metres = distance_m(
            asked.latitude, asked.longitude, read.point_latitudes[points], read.point_longitudes[points]
        )
        within = metres <= radius_m
        deals, metres = read.point_deals[points[within]], metres[within]
        order = np.lexsort((metres, deals))
        deals, metres = deals[order], metres[order]
        first = np.append(True, deals[1:] != deals[:-1]) if len(deals) else np.zeros(0, dtype=np.bool_)
        everywhere = np.concatenate((self._in_divisions(asked.latitude, asked.longitude), self._online))
        return (
            np.concatenate((deals[first], everywhere)),
            np.concatenate((metres[first], np.full(len(everywhere), NONE))),
        )

    @cached_property
    def _online(self) -> Ints:
        return np.flatnonzero(self._read.columns["reach"] == ONLINE)

    @cached_property
    def _of_divisions(self) -> Ints:
        return np.flatnonzero(self._read.columns["reach"] == IN_DIVISION)

    def _in_divisions(self, latitude: float, longitude: float) -> Ints:
        metres = distance_m(
            latitude,
            longitude,
            np.array([division.latitude for division in self._divisions]),
            np.array([division.longitude for division in self._divisions]),
        )
        names = self._read.tables["divisions"]
        around = [
            names.index(division.slug)
            for division, away in zip(self._divisions, metres.tolist(), strict=True)
            if away <= division.radius_km * 1000 and division.slug in names
        ]
        return self._of_divisions[np.isin(self._column("division", self._of_divisions), around)]

    def _values(self, clause: Clause, deals: Ints) -> Ints:
        """By deal, the best of what meets a clause: impact times percent, times a hundred."""
        best = np.zeros(len(self._read), dtype=np.int64)
        for word, percent in clause.alternatives.items():
            run = self._read.holding(word)
            holding = self._read.posting_deals[run]
            best[holding] = np.maximum(best[holding], self._read.posting_impacts[run].astype(np.int64) * percent)
        return best[deals] * 100

    def _currency(self, asked: Asked, deals: Ints) -> int:
        names = self._read.tables["currencies"]
        if asked.currency is not None:
            return names.index(asked.currency) if asked.currency in names else NONE - 1
        if not len(deals):
            return NONE
        counts = np.bincount(self._column("currency", deals), minlength=len(names))
        return min(np.flatnonzero(counts == counts.max()).tolist(), key=lambda number: names[number])

    def _passes(self, asked: Asked, deals: Ints, currency: int) -> dict[str, Mask]:
        """By filter, which deals pass it."""
        everything = np.ones(len(deals), dtype=np.bool_)
        wanted = [
            number
            for number, slug in enumerate(self._read.tables["categories"])
            if asked.category in {category.slug for category in self._tree.path(slug)}
        ]
        price = self._column("price", deals)
        price_passes = everything
        if asked.min_price_minor is not None or asked.max_price_minor is not None:
            most = _LAST if asked.max_price_minor is None else asked.max_price_minor
            price_passes = (price >= (asked.min_price_minor or 0)) & (price <= most)
            price_passes &= self._column("currency", deals) == currency
        days = sum(1 << day - 1 for day in asked.days)
        return {
            "category": everything if asked.category is None else np.isin(self._column("category", deals), wanted),
            "price": price_passes,
            "discount": self._column("discount", deals) >= (NONE if asked.min_discount is None else asked.min_discount),
            "day": (self._column("weekdays", deals) & days) != 0 if days else everything,
            "usable_today": self._usable_today(deals) if asked.usable_today else everything,
            "new_merchant": self._is_new(deals) if asked.new_merchant else everything,
        }

    def _usable_today(self, deals: Ints) -> Mask:
        zones = [self._at.astimezone(ZoneInfo(zone)).date() for zone in self._read.tables["zones"]]
        days = np.array([(day - date(1970, 1, 1)).days for day in zones])[self._column("zone", deals)]
        weekdays = np.array([day.weekday() for day in zones])[self._column("zone", deals)]
        within = (self._column("from_day", deals) <= days) & (days <= self._column("until_day", deals))
        return (self._column("weekdays", deals) >> weekdays & 1 != 0) & within

    def _is_new(self, deals: Ints) -> Mask:
        return self._column("since", deals) >= self._at_us // _DAY_US - _NEW_DAYS

    def _facets(self, matches: _Matches, passes: dict[str, Mask], currency: int) -> Facets:
        def under(name: str) -> Ints:
            """Places of the matches that pass all filters but this."""
            return np.flatnonzero(np.logical_and.reduce([mask for other, mask in passes.items() if other != name]))

        def deals(name: str) -> Ints:
            return matches.deals[under(name)]

        priced, metres = deals("price"), matches.metres[under("")]
        discounts = self._column("discount", deals("discount"))
        weekdays = self._column("weekdays", deals("day"))
        facets = {
            "category": self._categories(deals("category")),
            "price": _bands(self._column("price", priced[self._column("currency", priced) == currency])),
            "discount": [(str(step), int((discounts >= step).sum())) for step in range(10, 100, 10)],
            "distance": [
                (str(step), int(((metres >= 0) & (metres <= step * 1000)).sum())) for step in _DISTANCE_STEPS_KM
            ],
            "day": [(str(day), int((weekdays >> day - 1 & 1).sum())) for day in range(1, 8)],
            "usable_today": [("true", int(self._usable_today(deals("usable_today")).sum()))],
            "new_merchant": [("true", int(self._is_new(deals("new_merchant")).sum()))],
        }
        return {name: [each for each in counts if each[1]] for name, counts in facets.items()}

    def _categories(self, deals: Ints) -> list[tuple[str, int]]:
        numbers = self._column("category", deals)
        counts: dict[str, int] = {}
        for number, slug in enumerate(self._read.tables["categories"]):
            for above in self._tree.path(slug):
                counts[above.slug] = counts.get(above.slug, 0) + int((numbers == number).sum())
        return [(category.slug, counts.get(category.slug, 0)) for category in self._tree.categories]

    def _keys(self, asked: Asked, matches: _Matches, chosen: Ints, currency: int) -> Ints:
        """What deals are ordered by, least first."""
        deals, metres = matches.deals[chosen], matches.metres[chosen]
        match asked.sort:
            case "relevance":
                return -np.rint(self._score(asked, deals, metres, matches.text[chosen]) * 1_000_000).astype(np.int64)
            case "distance":
                return np.where(metres >= 0, metres, _LAST)
            case "price":
                in_currency = self._column("currency", deals) == currency
                return np.where(in_currency, self._column("price", deals), _LAST)
            case "discount":
                return -self._column("discount", deals)
            case "ending":
                return self._column("ends_us", deals)
            case _:
                return -self._column("sold", deals)

    def _score(self, asked: Asked, deals: Ints, metres: Ints, text: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of what relevance, nearness, newness, ending, saving, popularity and supply give."""
        age = np.maximum(self._at_us - self._column("starts_us", deals), 0)
        ends = self._column("ends_us", deals)
        left = np.maximum(ends - self._at_us, 0)
        sold = self._column("sold", deals)
        near = np.where(metres < 0, 0.3, 5_000.0 / (5_000.0 + metres)) if asked.latitude is not None else 0.0 * metres
        half_age, half_left = 30.0 * _DAY_US, 2.0 * _DAY_US
        beside = np.where(text > 0, 0.0625, 1.0)
        return (
            1.0 * text
            + 0.5 * near
            + beside * 0.1 * (half_age / (half_age + age))
            + np.where(ends == NEVER_US, 0.0, beside * 0.05 * (half_left / (half_left + left)))
            + beside * 0.2 * (np.maximum(self._column("discount", deals), 0) / 100)
            + beside * 0.2 * (sold / (200.0 + sold))
            + beside * 0.05 * (self._column("availability", deals) / 255)
        )


def _needed(met: Ints, asked: int) -> int:
    """How many words a deal must meet: all, or if fewer than ten do, the most that ten meet, and half at least."""
    fewest = (asked + 1) // 2
    return next((level for level in range(asked, fewest, -1) if (met >= level).sum() >= _ENOUGH), fewest)


def _bands(prices: Ints) -> list[tuple[str, int]]:
    return [
        (f"{start}-{end - 1}", int(((prices >= start) & (prices < end)).sum()))
        for start, end in pairwise(_PRICE_STEPS)
        if len(prices)
    ]
