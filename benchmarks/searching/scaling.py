"""What a local question costs in catalogues of several sizes: the same towns, as densely filled, and more of others."""

from pathlib import Path
from typing import Final

from benchmarks.report import Result, percentiles
from benchmarks.searching import engine, questions
from benchmarks.searching.questions import BROWSE, TEXT_GEO
from benchmarks.searching.timing import finding, milliseconds

_PASSES: Final = 3


def local(number: int, segment: Path, smallest: int) -> list[Result]:
    """Questions about the towns that a catalogue of `smallest` deals covers, asked of one of `number`; warm."""
    generation = engine.opened(segment, number)
    asked = questions.warm(smallest)
    results: list[Result] = []
    for shape in (TEXT_GEO, BROWSE):
        queries = [engine.query_of(each) for each in asked if each.shape == shape]
        milliseconds(queries, finding(generation))
        times = [time for _ in range(_PASSES) for time in milliseconds(queries, finding(generation))]
        name = f"local {shape} among {number:,} deals"
        results += [Result(name, "mean", round(sum(times) / len(times), 4), "ms"), *percentiles(name, times)]
    return results
