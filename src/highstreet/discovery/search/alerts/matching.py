"""Which saved searches some deals match: by the kernel, on a segment of these deals, with all words required.

Whether a deal matches hangs on the deal and the search alone, not on what else changed at the same time: so deals are
held apart by how their language is stemmed, and no word is taken for a mistyped one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.discovery.search import aiming
from highstreet.discovery.search.alerts.standing import Standing
from highstreet.discovery.search.index import kernel
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.generation import Generation, Live
from highstreet.discovery.search.index.merge import all_alive
from highstreet.discovery.search.language import planning, stems
from highstreet.discovery.search.language.lexicon import Lexicon
from highstreet.discovery.search.language.planning import Plan
from highstreet.discovery.search.language.widening import Widening
from highstreet.discovery.search.saved import SavedSearch
from highstreet.discovery.search.store.tables import Tables
from highstreet.kit.threads import raise_if_stopped
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import PublishedDeal

Pair = tuple[UUID, UUID]
"""A saved search, and a deal that it matches."""


def matches(
    standing: Standing, deals: Sequence[PublishedDeal], tables: Tables, widening: Widening, at: datetime
) -> list[Pair]:
    """Every saved search with every deal that it would find, if it were asked at this instant. Ids must be distinct."""
    groups: defaultdict[tuple[str, ...], list[PublishedDeal]] = defaultdict(list)
    for deal in deals:
        # It is live: where the clocks of two machines differ, it has begun by the one that counted.
        begun = msgspec.structs.replace(deal, starts_at=min(deal.starts_at, at))
        groups[stems.algorithms([deal.language])].append(begun)
    return [
        pair
        for algorithms, group in groups.items()
        for pair in _matches(standing, algorithms, group, tables, widening, at)
    ]


def _matches(
    standing: Standing,
    algorithms: tuple[str, ...],
    deals: Sequence[PublishedDeal],
    tables: Tables,
    widening: Widening,
    at: datetime,
) -> Iterator[Pair]:
    sections = build(deals, tables.categories)
    named = tuple(division for division in tables.divisions if division.slug in sections.meta.divisions)
    index = Generation(0, (Live("0", sections, all_alive(len(deals))),), tables.categories, named, widening)
    asking = _Asking(index, at)
    for row in sorted(_candidates(standing, algorithms, index, tables)):
        raise_if_stopped()
        search = standing.searches[row]
        for deal_id in asking.found(search):
            yield search.id, deal_id


def _candidates(standing: Standing, algorithms: tuple[str, ...], index: Generation, tables: Tables) -> set[int]:
    divisions = {division.slug: division for division in tables.divisions}
    met = standing.words(algorithms).met(index.segments[0].sections)
    found: set[int] = set()
    for deal, texts in zip(index.deals(), met, strict=True):
        found.update(standing.candidates(deal, texts, _above(tables.categories, deal.category_slug), divisions))
    return found


def _above(categories: CategoryTree, slug: str | None) -> list[str]:
    if slug is None or categories.by_slug(slug) is None:
        return []
    return [category.slug for category in categories.path(slug)]


class _Asking:
    """One generation, asked many saved searches."""

    def __init__(self, index: Generation, at: datetime) -> None:
        self._index = index
        self._at = at
        self._lexicons = [Lexicon.of(each.arrays, each.meta.languages) for each in index.prepared.sections]
        self._plans: dict[str, Plan] = {}

    def found(self, search: SavedSearch) -> Iterable[UUID]:
        """The deals that meet all that is asked for."""
        index, query = self._index, search.query(self._at)
        plan = self._plans.get(search.text)
        if plan is None:
            plan = planning.plan(search.text, self._lexicons, index.widening, index.size, as_said=True)
            self._plans[search.text] = plan
        aim = aiming.aim(index, query, None, index.size)._replace(level=len(plan.weights))
        answer = kernel.answer(index.prepared.columns, plan.held, aiming.heres(index, query), aim)
        return [
            UUID(int=int(high) << 64 | int(low))
            for high, low in zip(answer.found["high"], answer.found["low"], strict=True)
        ]
