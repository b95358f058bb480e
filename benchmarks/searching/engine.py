"""The search as it is measured: a generation of one segment from the disk, and questions in its own terms."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.searching import catalogue
from benchmarks.searching.geography import world
from benchmarks.searching.oracle import Answer, Oracle
from benchmarks.searching.questions import Asked
from highstreet.discovery.search import service as search
from highstreet.discovery.search.index.generation import Generation, Live
from highstreet.discovery.search.index.merge import all_alive
from highstreet.discovery.search.language.widening import Widening
from highstreet.discovery.search.service import Point, SearchQuery, SearchResult, Sort
from highstreet.discovery.search.store import files

_UID = "bench"
_WARM_UP = Asked(shape="", text="warm up", latitude=0.0, longitude=0.0)


def opened(path: Path, number: int) -> Generation:
    """The generation of the one segment at `path`, with its compiled code loaded and nothing in its caches."""
    sections = files.open(path)
    live = Live(_UID, sections, all_alive(sections.meta.rows))
    widening = Widening((), catalogue.TREE)
    generation = Generation(1, (live,), catalogue.TREE, world(number).divisions, widening)
    search.find(generation, query_of(_WARM_UP))
    return generation


def query_of(asked: Asked) -> SearchQuery:
    """A question as the search takes it."""
    centre = None
    if asked.latitude is not None and asked.longitude is not None:
        centre = Point(asked.latitude, asked.longitude)
    return SearchQuery(
        at=catalogue.AT,
        text=asked.text,
        centre=centre,
        radius_km=asked.radius_km,
        category=asked.category,
        min_price_minor=asked.min_price_minor,
        max_price_minor=asked.max_price_minor,
        currency=asked.currency,
        min_discount=asked.min_discount,
        days=asked.days,
        usable_today=asked.usable_today,
        new_merchant=asked.new_merchant,
        sort=Sort(asked.sort),
    )


def differences(generation: Generation, oracle: Oracle, questions: Sequence[Asked]) -> list[str]:
    """What the search answers otherwise than the oracle: the question, then both answers where they differ."""
    found: list[str] = []
    for asked in questions:
        ours, right = _told(search.find(generation, query_of(asked))), oracle.answer(asked)
        parts = [
            f"  {name}: {getattr(ours, name)} instead of {getattr(right, name)}"
            for name in ("total", "currency", "ids", "facets")
            if getattr(ours, name) != getattr(right, name)
        ]
        if parts:
            found.append("\n".join([str(query_of(asked)), *parts]))
    return found


def _told(result: SearchResult) -> Answer:
    return Answer(
        total=result.total,
        facets={name: [(each.value, each.count) for each in counts] for name, counts in result.facets.items()},
        ids=[hit.id.int for hit in result.hits],
        currency=result.currency,
    )
