"""How long answers take, shape by shape: cold and warm, one client, in this process."""

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Final, TypeVar

import msgspec

from benchmarks.report import Result, percentiles
from benchmarks.searching.engine import query_of
from benchmarks.searching.questions import PREFIX, Asked
from highstreet.discovery.search import service as search
from highstreet.discovery.search.index.generation import Generation

T = TypeVar("T")

SUGGESTIONS: Final = "suggestions"
_PASSES: Final = 3
_SUGGESTED: Final = 6


def milliseconds(asked: Iterable[T], answer: Callable[[T], object]) -> list[float]:
    """How long each answer took."""
    found: list[float] = []
    for question in asked:
        began = perf_counter()
        answer(question)
        found.append((perf_counter() - began) * 1000)
    return found


def cold(generation: Generation, asked: Sequence[Asked]) -> list[Result]:
    """Of questions that are asked for the first time of a generation that was just opened."""
    return _by_shape("cold", asked, [milliseconds([query_of(each) for each in asked], finding(generation))])


def warm(generation: Generation, asked: Sequence[Asked]) -> list[Result]:
    """Of questions that have been asked once before; each is timed three times."""
    queries, find = [query_of(each) for each in asked], finding(generation)
    milliseconds(queries, find)
    return _by_shape("warm", asked, [milliseconds(queries, find) for _ in range(_PASSES)])


def suggesting(generation: Generation, asked: Sequence[Asked]) -> list[Result]:
    """Of suggestions for words that are not written to their end; first when they are asked for, then again."""
    queries = [msgspec.structs.replace(query_of(each), limit=_SUGGESTED) for each in asked if each.shape == PREFIX]

    def suggest(query: search.SearchQuery) -> object:
        return search.suggest(generation, query, language="en")

    first = milliseconds(queries, suggest)
    again = [time for _ in range(_PASSES) for time in milliseconds(queries, suggest)]
    return [*percentiles(f"{SUGGESTIONS}, cold", first), *percentiles(f"{SUGGESTIONS}, warm", again)]


def finding(generation: Generation) -> Callable[[search.SearchQuery], object]:
    """What answers from a generation."""
    return lambda query: search.find(generation, query)


def _by_shape(state: str, asked: Sequence[Asked], passes: Sequence[Sequence[float]]) -> list[Result]:
    found: dict[str, list[float]] = {}
    for times in passes:
        for each, time in zip(asked, times, strict=True):
            found.setdefault(each.shape, []).append(time)
    return [result for shape, times in found.items() for result in percentiles(f"{shape}, {state}", times)]
