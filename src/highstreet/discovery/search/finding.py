"""From a question and a generation to a page of answers."""

from collections.abc import Iterable
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.discovery.search import aiming, cursors, facets, relevance
from highstreet.discovery.search.domain import Correction, Hit, SearchQuery, SearchResult, Why
from highstreet.discovery.search.index import kernel, sifting, stored
from highstreet.discovery.search.index.asked import FOUND, Answer
from highstreet.discovery.search.index.build import microseconds
from highstreet.discovery.search.index.generation import Generation
from highstreet.discovery.search.index.sections import NEVER_US
from highstreet.market.catalog.domain.deals import PublishedDeal

_KEY, _HIGH, _LOW, _SUMMED, _ROW, _METRES, _ORDINAL, _SEGMENT, _SCORE = (
    (FOUND.names or ()).index(name)
    for name in ("key", "high", "low", "summed", "row", "metres", "ordinal", "segment", "score")
)
_FILTERS: Final = {
    "category": sifting.IN_CATEGORY,
    "price": sifting.IN_PRICE,
    "discount": sifting.IN_DISCOUNT,
    "days": sifting.ON_DAYS,
    "usable_today": sifting.TODAY,
    "new_merchant": sifting.NEW,
}
"""By the name of a filter, its bit: how many deals fail it alone is known from the question itself."""
_WITHOUT: Final[dict[str, dict[str, Any]]] = {
    "text": {"text": ""},
    "dates": {"ends_after": None, "ends_before": None},
}
"""By the name of what else may be left out, what the question is asked without it."""
WIDEST_KM: Final = 100.0
"""How far away somebody who finds nothing near may be shown something: to count the world would take as long as all of
it does."""


def find(index: Generation, query: SearchQuery) -> SearchResult:
    """Answer from memory. Raises InvalidInput for a cursor that belongs to another question."""
    started = perf_counter()
    after = None if query.cursor is None else cursors.decode(query.cursor, query)
    plan = index.plan(query.text)
    if after is not None and len(after.weights) != len(plan.weights):
        raise cursors.refusal()
    weights = plan.weights if after is None else after.weights
    scored_at_us = microseconds(query.at) if after is None else after.scored_at_us
    answer = _ask(index, query, after, query.limit + 1)
    rows: list[tuple[int, ...]] = answer.found[: query.limit].tolist()
    currency = query.currency or (after.currency if after is not None else None)
    if currency is None and answer.currency >= 0:
        currency = index.prepared.currencies[answer.currency]
    next_cursor = None
    if len(answer.found) > query.limit:
        key, high, low = (rows[-1][field] for field in (_KEY, _HIGH, _LOW))
        position = cursors.Position(scored_at_us, key, high, low, currency, answer.level, weights)
        next_cursor = cursors.encode(position, query)
    return SearchResult(
        hits=_Behind(index, query, scored_at_us, weights).hits(rows),
        total=answer.total,
        facets=facets.count(answer.counted, index.prepared),
        currency=currency,
        next_cursor=next_cursor,
        took_ms=round((perf_counter() - started) * 1000, 3),
        relaxed={} if answer.total else _failing_alone(answer),
        words=len(plan.weights),
        words_met=answer.level,
        corrected=_corrections(plan.corrected),
        instead=() if answer.total else _corrections(index.instead(plan.words)),
    )


def first(index: Generation, query: SearchQuery) -> tuple[Hit, ...]:
    """The hits of the first page, for who needs nothing else."""
    weights = index.plan(query.text).weights
    answer = _ask(index, query, None, query.limit)
    return _Behind(index, query, microseconds(query.at), weights).hits(answer.found.tolist())


def count(index: Generation, query: SearchQuery) -> int:
    """How many deals there are in all, for who needs nothing else: no facets. The question has no cursor."""
    return _ask(index, query, None, 0).total


def widened(index: Generation, query: SearchQuery, widest_km: float = WIDEST_KM) -> dict[str, int]:
    """For a question that finds nothing: how many deals there are without its words, at any time, and in a wide circle.

    By `text`, `dates` and `radius_km`; what finds nothing either is left out. Each is a question of its own, so that
    only who tells somebody asks for them.
    """
    plain = msgspec.structs.replace(query, cursor=None)
    wider = {} if query.centre is None else {"radius_km": {"radius_km": max(query.radius_km, widest_km)}}
    others = {name: msgspec.structs.replace(plain, **otherwise) for name, otherwise in {**_WITHOUT, **wider}.items()}
    counts = {name: count(index, other) for name, other in others.items() if other != plain}
    return {name: number for name, number in counts.items() if number}


def _corrections(words: Iterable[tuple[str, str]]) -> tuple[Correction, ...]:
    return tuple(Correction(word, meant) for word, meant in words)


def _ask(index: Generation, query: SearchQuery, after: cursors.Position | None, limit: int) -> Answer:
    plan = index.plan(query.text)
    return kernel.answer(
        index.prepared.columns,
        plan.held if after is None else plan.pinned(after.weights),
        aiming.heres(index, query),
        aiming.aim(index, query, after, limit),
    )


class _Behind:
    """What stands behind the results of one search. Their rows are those of `asked.FOUND`."""

    __slots__ = ("_divisor", "_query", "_scored_at_us", "_segments")

    def __init__(self, index: Generation, query: SearchQuery, scored_at_us: int, weights: bytes) -> None:
        self._segments = index.segments
        self._query = query
        self._scored_at_us = scored_at_us
        self._divisor = relevance.TEXT_SCALE * max(sum(weights), 1)

    def hits(self, rows: list[tuple[int, ...]]) -> tuple[Hit, ...]:
        uids = [live.uid for live in self._segments]
        return tuple(
            [
                Hit(
                    self,
                    row,
                    (uids[row[_SEGMENT]], row[_ROW]),
                    None if row[_METRES] < 0 else row[_METRES] / 1000,
                    row[_ORDINAL],
                    row[_SCORE] / relevance.SCALE,
                )
                for row in rows
            ]
        )

    def deal_id(self, row: tuple[int, ...]) -> UUID:
        return UUID(int=row[_HIGH] << 64 | row[_LOW])

    def deal(self, row: tuple[int, ...]) -> PublishedDeal:
        return stored.deal(self._segments[row[_SEGMENT]].sections, row[_ROW])

    def why(self, row: tuple[int, ...]) -> Why | None:
        if not self._query.explain:
            return None
        record = self._segments[row[_SEGMENT]].sections["records"][row[_ROW]]
        ends_us = int(record["ends_us"])
        return Why(
            *relevance.weigh(
                row[_SUMMED] / self._divisor,
                row[_METRES],
                self._query.centre is not None,
                self._scored_at_us - int(record["starts_us"]),
                ends_us - self._scored_at_us,
                ends_us == NEVER_US,
                int(record["discount"]),
                int(record["sold"]),
                int(record["availability"]),
            )
        )


def _failing_alone(answer: Answer) -> dict[str, int]:
    """How many deals there would be without each one of the filters that are counted; if any."""
    alone = answer.counted[-sifting.FILTERS :].tolist()
    return {name: alone[bit] for name, bit in _FILTERS.items() if alone[bit]}
