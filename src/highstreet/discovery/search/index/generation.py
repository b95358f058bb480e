"""One immutable state of everything that can be found. A request reads one, and only one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.domain import Point
from highstreet.discovery.search.index import names, stored
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.lookup import row_of
from highstreet.discovery.search.index.merge import all_alive
from highstreet.discovery.search.index.prepared import Prepared, prepare
from highstreet.discovery.search.index.sections import NONE, Sections
from highstreet.discovery.search.language import guessing
from highstreet.discovery.search.language.lexicon import Lexicon
from highstreet.discovery.search.language.planning import Plan, planner
from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.discovery.search.language.widening import Widening
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import PublishedDeal
from highstreet.market.catalog.domain.places import Division
from highstreet.science import geo

_HALF = 2**64 - 1
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A segment, and which of its rows can be found."""

    uid: str
    """Names the segment for good: the same uid and row are the same deal, in every process and generation."""
    sections: Sections
    alive: NDArray[np.uint8]
    """A bit a row, the lowest of a byte first. A row that is dead was withdrawn, or stands anew in another segment."""

    def rows(self) -> NDArray[np.int64]:
        """The living rows, ascending."""
        return np.flatnonzero(np.unpackbits(self.alive, count=self.sections.meta.rows, bitorder="little"))


@dataclass(frozen=True, eq=False)
class Generation:
    """Segments that no deal is alive in twice, the largest first, and the tables that pages and questions need."""

    number: int
    segments: tuple[Live, ...]
    categories: CategoryTree
    divisions: tuple[Division, ...]
    widening: Widening = field(default_factory=Widening)
    """What words mean besides themselves."""

    @cached_property
    def prepared(self) -> Prepared:
        """The segments as the kernel reads them."""
        return prepare([(live.sections, live.alive) for live in self.segments], self.categories)

    @cached_property
    def plan(self) -> Callable[[str], Plan]:
        """What a question's words mean in each level of `prepared`; the latest are remembered."""
        return planner(self.lexicons, self.widening, sum(live.sections.meta.rows for live in self.segments))

    @cached_property
    def instead(self) -> Callable[[tuple[str, ...]], tuple[tuple[str, str], ...]]:
        """Of words, those that may have been meant to be a much commoner one, and that; the latest are remembered."""
        return lru_cache(_REMEMBERED)(partial(guessing.instead, lexicons=self.lexicons))

    @cached_property
    def lexicons(self) -> tuple[Lexicon, ...]:
        """The words of each level of `prepared`."""
        return tuple(Lexicon.of(sections.arrays, sections.meta.languages) for sections in self.prepared.sections)

    @cached_property
    def divisions_around(self) -> Callable[[Point], tuple[str, ...]]:
        """The slugs of the divisions that a point lies in; the latest are remembered."""
        latitudes = np.array([division.latitude for division in self.divisions])
        longitudes = np.array([division.longitude for division in self.divisions])
        reach_m = np.array([division.radius_km for division in self.divisions]) * 1000

        @lru_cache(_REMEMBERED)
        def around(point: Point) -> tuple[str, ...]:
            metres = geo.distance_m(point.latitude, point.longitude, latitudes, longitudes)
            return tuple(self.divisions[number].slug for number in np.flatnonzero(metres <= reach_m).tolist())

        return around

    @cached_property
    def size(self) -> int:
        """How many deals can be found, whatever the hour."""
        return int(sum(np.bitwise_count(live.alive).sum() for live in self.segments))

    def deals_by_place(self) -> dict[tuple[str, str], int]:
        """How many deals can be found, whatever the hour, by the slug and the name of the town of their first point."""
        counts: Counter[tuple[str, str]] = Counter()
        for live in self.segments:
            meta = live.sections.meta
            places = names.by_row("place", live.sections)[live.rows()]
            found = np.bincount(places[places != NONE], minlength=len(meta.places))
            for slug, name, count in zip(meta.places, meta.place_names, found.tolist(), strict=True):
                counts[slug, name] += count
        return +counts

    def deal(self, deal_id: UUID) -> PublishedDeal | None:
        """A deal that can be found, by its id."""
        high, low = np.uint64(deal_id.int >> 64), np.uint64(deal_id.int & _HALF)
        for live in self.segments:
            arrays = live.sections
            row = row_of(arrays["id_high"], arrays["id_low"], arrays["by_id"], high, low)
            if row >= 0 and live.alive[row >> 3] >> (row & 7) & 1:
                return stored.deal(live.sections, row)
        return None

    def deals(self, first: int = 0, count: int | None = None) -> Iterator[PublishedDeal]:
        """Deals that can be found, whatever the hour, in an order that lasts as long as the generation."""
        left = self.size if count is None else count
        for live in self.segments:
            rows = live.rows()
            taken = rows[first : first + left]
            first, left = max(first - len(rows), 0), left - len(taken)
            yield from (stored.deal(live.sections, row) for row in taken.tolist())


def index_of(
    deals: Iterable[PublishedDeal],
    categories: CategoryTree,
    divisions: tuple[Division, ...],
    synonyms: Iterable[Synonym] = (),
) -> Generation:
    """A generation of these deals alone, in the memory of this process. Ids must be distinct."""
    sections = build(deals, categories)
    live = Live("0", sections, all_alive(sections.meta.rows))
    return Generation(0, (live,), categories, divisions, Widening(synonyms, categories))
