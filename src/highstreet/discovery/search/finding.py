"""From a question and a generation to a page of answers."""

from time import perf_counter
from typing import Any

import msgspec
import numpy as np

from highstreet.discovery.search import cursors, facets, weighing
from highstreet.discovery.search.domain import Hit, Point, SearchQuery, SearchResult, Sort
from highstreet.discovery.search.facets import Sifted
from highstreet.discovery.search.generations import SearchIndex
from highstreet.discovery.search.matches import Matches, matching
from highstreet.discovery.search.segments import UNSTATED, Ints, microseconds
from highstreet.discovery.search.text import terms
from highstreet.discovery.search.weighing import Parts
from highstreet.market.catalog.domain.deals import DealPoint, PublishedDeal
from highstreet.science import geo

_LAST = 2**62
"""The key, in any order, of deals that lack what the order needs."""

_RELAXED: dict[str, dict[str, Any]] = {
    "text": {"text": ""},
    "place": {"centre": None, "sort": Sort.RELEVANCE},
    "category": {"category": None},
    "price": {"min_price_minor": None, "max_price_minor": None},
    "discount": {"min_discount": None},
    "dates": {"ends_after": None, "ends_before": None},
}
"""By the name of a filter, what a question without it looks like."""


def find(index: SearchIndex, query: SearchQuery) -> SearchResult:
    """Answer from memory. Raises InvalidInput for a cursor that belongs to another question."""
    started = perf_counter()
    after = None if query.cursor is None else cursors.decode(query.cursor, query)
    scored_at_us = microseconds(query.at) if after is None else after.scored_at_us
    matches = matching(index, query)
    sifted = facets.sift(index, query, matches, after.currency if after else None)
    selected = np.flatnonzero(sifted.everything)
    keys = _keys(query, matches, sifted, selected, scored_at_us)
    high, low = matches.column("id_high")[selected], matches.column("id_low")[selected]
    ahead = _ahead(keys, high, low, after)
    order = ahead[_first(keys[ahead], high[ahead], low[ahead], query.limit + 1)]
    page, more = order[: query.limit], len(order) > query.limit
    next_cursor = None
    if more:
        last = page[-1]
        position = cursors.Position(scored_at_us, int(keys[last]), int(high[last]), int(low[last]), sifted.currency)
        next_cursor = cursors.encode(position, query)
    return SearchResult(
        hits=_hits(query, matches, selected[page], scored_at_us),
        total=len(selected),
        facets=facets.count(index, sifted),
        currency=sifted.currency,
        next_cursor=next_cursor,
        took_ms=round((perf_counter() - started) * 1000, 3),
        relaxed=_relaxed(index, query) if not len(selected) else {},
    )


def _keys(query: SearchQuery, matches: Matches, sifted: Sifted, selected: Ints, scored_at_us: int) -> Ints:
    """What the selected deals are ordered by, least first."""
    match query.sort:
        case Sort.RELEVANCE:
            return -_parts(query, matches, selected, scored_at_us).millionths()
        case Sort.DISTANCE:
            metres = matches.metres[selected]
            return np.where(metres == UNSTATED, _LAST, metres)
        case Sort.PRICE:
            return np.where(sifted.in_currency[selected], sifted.prices[selected], _LAST)
        case Sort.DISCOUNT:
            return -sifted.discounts[selected]
        case Sort.ENDING:
            return matches.column("ends_us")[selected]
        case Sort.POPULAR:
            return -matches.column("sold")[selected]


def _parts(query: SearchQuery, matches: Matches, positions: Ints, scored_at_us: int) -> Parts:
    return weighing.weigh(
        weighing.Signals(
            words=matches.words[positions],
            terms=len(terms(query.text)),
            metres=None if query.centre is None else matches.metres[positions],
            age_us=scored_at_us - matches.column("starts_us")[positions],
            discount=matches.column("discount")[positions],
            sold=matches.column("sold")[positions],
        )
    )


def _ahead(keys: Ints, high: Ints, low: Ints, after: cursors.Position | None) -> Ints:
    """Which of the selected deals come behind the cursor."""
    if after is None:
        return np.arange(len(keys))
    same_high = high == np.uint64(after.id_high)
    later_id = (high > np.uint64(after.id_high)) | (same_high & (low > np.uint64(after.id_low)))
    return np.flatnonzero((keys > after.key) | ((keys == after.key) & later_id))


def _first(keys: Ints, high: Ints, low: Ints, count: int) -> Ints:
    """Where the first `count` stand, in order. Only those that can be among them are sorted."""
    if len(keys) <= 4 * count:
        return np.lexsort((low, high, keys))[:count]
    candidates = np.flatnonzero(keys <= np.partition(keys, count - 1)[count - 1])
    order = np.lexsort((low[candidates], high[candidates], keys[candidates]))
    return candidates[order[:count]]


def _hits(query: SearchQuery, matches: Matches, page: Ints, scored_at_us: int) -> tuple[Hit, ...]:
    parts = _parts(query, matches, page, scored_at_us)
    scores = parts.millionths() / weighing.SCALE
    hits: list[Hit] = []
    for place, position in enumerate(page.tolist()):
        deal, metres = matches.deal(position), int(matches.metres[position])
        near = query.centre if metres != UNSTATED else None
        hits.append(
            Hit(
                deal=deal,
                distance_km=None if near is None else metres / 1000,
                nearest=None if near is None else _nearest(deal, near),
                score=float(scores[place]),
                why=parts.why(place) if query.explain else None,
            )
        )
    return tuple(hits)


def _nearest(deal: PublishedDeal, centre: Point) -> DealPoint:
    if len(deal.points) == 1:
        return deal.points[0]
    latitudes = np.array([point.latitude for point in deal.points])
    longitudes = np.array([point.longitude for point in deal.points])
    metres = geo.distance_m(centre.latitude, centre.longitude, latitudes, longitudes)
    return deal.points[int(np.argmin(metres))]


def _relaxed(index: SearchIndex, query: SearchQuery) -> dict[str, int]:
    """How many deals there would be without each one of the filters that are set."""
    counts: dict[str, int] = {}
    for name, without in _RELAXED.items():
        wider = msgspec.structs.replace(query, cursor=None, **without)
        if any(getattr(wider, field) != getattr(query, field) for field in without if field != "sort"):
            sifted = facets.sift(index, wider, matching(index, wider), None)
            counts[name] = int(np.count_nonzero(sifted.everything))
    return {name: number for name, number in counts.items() if number}
