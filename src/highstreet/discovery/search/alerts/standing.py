"""The saved searches that stand, in the memory of who matches: in columns, so that a deal is held against all at once.

What is found here are candidates: those that a deal cannot match are left out by words, category and place, and whether
it does match is for the kernel to say.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.alerts.words import Words
from highstreet.discovery.search.index import grid
from highstreet.discovery.search.language.widening import Widening
from highstreet.discovery.search.saved import SavedSearch
from highstreet.market.catalog.domain.deals import PublishedDeal, Reach
from highstreet.market.catalog.domain.places import Division
from highstreet.science.geo import EARTH_RADIUS_M

_ROW: Final = np.dtype([("centre", "f8", 3), ("chord_squared", "f8"), ("category", "i8")])
"""Of a search: its centre on the unit sphere, how far a point may be from it, the number of its category."""
_NO_SEARCH: Final = 0
"""The number of the text of rows that are free; those of texts follow."""
_LEAST_ROWS: Final = 1024
_ANY_CATEGORY: Final = 0
_SLACK_M: Final = 1.0
_ANYWHERE: Final = np.inf


class Standing:
    """Rows are given again to others once their saved search has gone."""

    def __init__(self, widening: Widening) -> None:
        self.searches: dict[int, SavedSearch] = {}
        """By row."""
        self._widening = widening
        self._rows: dict[UUID, int] = {}
        self._free: list[int] = []
        self._columns = np.zeros(_LEAST_ROWS, _ROW)
        self._text_of = np.zeros(_LEAST_ROWS, np.int32)
        """Apart from the columns: what is looked at of every search, for every deal."""
        self._texts: dict[str, int] = {}
        self._categories: dict[str, int] = {}
        self._words: dict[tuple[str, ...], Words] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def texts(self) -> int:
        """How many texts are held, those included that no search has any more."""
        return len(self._texts)

    def widen(self, widening: Widening) -> None:
        """Words mean something else from now on."""
        self._widening = widening
        self._words.clear()

    def put(self, search: SavedSearch) -> None:
        """Hold a search, in place of what it was before."""
        row = self._rows.get(search.id)
        if row is None:
            row = self._free.pop() if self._free else len(self._rows)
            if row == len(self._columns):
                self._columns = np.concatenate((self._columns, np.zeros_like(self._columns)))
                self._text_of = np.concatenate((self._text_of, np.zeros_like(self._text_of)))
            self._rows[search.id] = row
        self.searches[row] = search
        self._text_of[row] = self._texts.setdefault(search.text, len(self._texts) + 1)
        column = self._columns[row]
        column["category"] = _ANY_CATEGORY
        if search.category is not None:
            column["category"] = self._categories.setdefault(search.category, len(self._categories) + 1)
        centre, radius_km = search.centre, search.radius_km
        column["chord_squared"] = _ANYWHERE
        column["centre"] = 0.0
        if centre is not None and radius_km is not None:
            column["centre"] = _on_sphere(centre.latitude, centre.longitude)
            column["chord_squared"] = _chord_squared(radius_km)

    def drop(self, search_ids: Iterable[UUID]) -> None:
        """Hold these no longer, where they are held."""
        for search_id in search_ids:
            row = self._rows.pop(search_id, None)
            if row is not None:
                del self.searches[row]
                self._text_of[row] = _NO_SEARCH
                self._free.append(row)

    def ids(self) -> set[UUID]:
        return set(self._rows)

    def words(self, algorithms: tuple[str, ...]) -> Words:
        """All texts, as deals in languages of these stemming algorithms meet them."""
        words = self._words.get(algorithms)
        if words is None:
            words = self._words[algorithms] = Words(algorithms, self._widening)
        for text in islice(self._texts, len(words), None):
            words.add(text)
        return words

    def candidates(
        self,
        deal: PublishedDeal,
        texts: NDArray[np.bool_],
        above: Iterable[str],
        divisions: Mapping[str, Division],
    ) -> list[int]:
        """Rows of the searches that the deal may match.

        `texts` says of each text whether the deal may have its words; `above` are the slugs of the deal's category and
        of those above it.
        """
        columns = self._columns
        categories = np.zeros(len(self._categories) + 1, np.bool_)
        categories[[_ANY_CATEGORY, *(self._categories[slug] for slug in above if slug in self._categories)]] = True
        rows = np.flatnonzero(np.concatenate(([False], texts))[self._text_of])
        rows = rows[categories[columns["category"][rows]]]
        return rows[_near(columns[rows], deal, divisions)].tolist()


def _near(columns: NDArray[Any], deal: PublishedDeal, divisions: Mapping[str, Division]) -> NDArray[np.bool_]:
    centres, reach = columns["centre"], columns["chord_squared"]
    anywhere = reach == _ANYWHERE
    if deal.reach is Reach.ONLINE:
        return np.ones(len(columns), np.bool_)
    if deal.reach is Reach.DIVISION:
        division = divisions.get(deal.division_slug or "")
        if division is None:
            return anywhere
        middle = _on_sphere(division.latitude, division.longitude)
        return anywhere | (_squared(centres, middle) <= _chord_squared(division.radius_km))
    if deal.reach is Reach.LOCATIONS:
        for point in deal.points:
            anywhere |= _squared(centres, _on_sphere(point.latitude, point.longitude)) <= reach
    return anywhere


def _squared(centres: NDArray[Any], point: NDArray[np.float64]) -> NDArray[np.float64]:
    return ((centres - point) ** 2).sum(axis=1)


def _on_sphere(latitude: float, longitude: float) -> NDArray[np.float64]:
    return grid.vectors(np.array([latitude]), np.array([longitude]))[0]


def _chord_squared(radius_km: float) -> float:
    """The square of the longest chord on the unit sphere within a radius, a little more than less."""
    angle = (radius_km * 1000 + _SLACK_M) / EARTH_RADIUS_M
    return float((2 * np.sin(min(angle, np.pi) / 2)) ** 2) * (1 + 1e-9)
