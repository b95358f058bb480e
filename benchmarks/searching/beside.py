"""The search beside its oracle and its peers: first every answer is compared, then all are timed on the same questions.

Runs in a process of its own, since all of it together takes gigabytes.
"""

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final, TypeVar

from benchmarks.report import Result, percentiles
from benchmarks.searching import catalogue, engine, questions
from benchmarks.searching.documents import Answer, Corpus, Peer
from benchmarks.searching.geography import world
from benchmarks.searching.oracle import Oracle
from benchmarks.searching.peer_postgresql import PostGIS, PostgreSQL
from benchmarks.searching.peer_sqlite import Sqlite
from benchmarks.searching.peer_tantivy import Tantivy
from benchmarks.searching.plain import Plain
from benchmarks.searching.questions import BROWSE, TEXT_GEO, Asked
from benchmarks.searching.reading import read
from benchmarks.searching.server import serving, with_postgis
from benchmarks.searching.timing import milliseconds
from highstreet.discovery.search import service as search
from highstreet.discovery.search.index.generation import Generation

T = TypeVar("T")

OURS: Final = "highstreet"
_AT_US: Final = (catalogue.AT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
_SHOWN: Final = 5
_PASSES: Final = 2


def beside(number: int, segment: Path, share: float) -> list[Result]:
    """Raises AssertionError where an answer is not the right one, with the questions in point."""
    generation = engine.opened(segment, number)
    _tell("reading the deals for oracle and peers")
    corpus = Corpus(read(catalogue.deals(number), catalogue.TREE), catalogue.TREE, world(number).divisions)
    results = _compared(generation, corpus, number, share)
    results += _beside_peers(generation, corpus, number, share)
    return results


def _compared(generation: Generation, corpus: Corpus, number: int, share: float) -> list[Result]:
    asked = [*questions.warm(number, share), *questions.cold(number, share)]
    _tell(f"comparing {len(asked):,} answers with the oracle's")
    oracle = Oracle(corpus.read, catalogue.TREE, corpus.divisions, catalogue.AT)
    differing = engine.differences(generation, oracle, asked)
    assert not differing, f"{len(differing)} of {len(asked)} answers differ:\n" + "\n".join(differing[:_SHOWN])
    words = corpus.read.words
    return [
        Result("oracle", "answers that are the same: total, facets, first 24", len(asked), ""),
        Result("deals", "distinct words", sum(word[0] != "\x01" for word in words), ""),
        Result("deals", "distinct words a deal", round(len(corpus.read.posting_deals) / number, 1), ""),
    ]


def _beside_peers(generation: Generation, corpus: Corpus, number: int, share: float) -> list[Result]:
    asked = questions.for_peers(questions.warm(number, share), number)
    prepared = [corpus.prepared(each, _AT_US) for each in asked]
    plain = Plain(corpus)
    in_circles = [plain.answer(each, by_cells=False) for each in prepared]
    results = _ours(generation, corpus, asked, in_circles)
    for kind, opened in _PEERS.items():
        if kind is PostGIS and with_postgis() is None:
            continue
        _tell(f"filling {kind.name}")
        began = perf_counter()
        with opened(corpus) as peer:
            results.append(Result(kind.name, "filled in", round(perf_counter() - began, 1), "s"))
            right = in_circles
            if kind is Tantivy:
                right = [plain.answer(each, by_cells=True) for each in prepared]
            for question, expected in zip(prepared, right, strict=True):
                found = peer.ask(question)
                assert found == expected, f"{kind.name} differs for {question}:\n{found}\n{expected}"
            results += _timed(kind.name, asked, prepared, peer.ask)
    return results


def _ours(generation: Generation, corpus: Corpus, asked: Sequence[Asked], right: Sequence[Answer]) -> list[Result]:
    """Compared where all words are met: fewer than ten such deals, and we show those with most of the words as well."""
    queries = [engine.query_of(each) for each in asked]
    compared = 0
    for query, expected in zip(queries, right, strict=True):
        found = search.find(generation, query)
        if found.words_met < found.words:
            continue
        compared += 1
        counted = {each.value: each.count for each in found.facets["category"]}
        ours = Answer(found.total, counted, [corpus.rank(hit.id.int) for hit in found.hits])
        assert ours == expected, f"we differ from what all engines should answer to {query}:\n{ours}\n{expected}"
    return [
        Result("peers' questions", "asked", len(asked), ""),
        Result("peers' questions", "where all words are met, and answers compared", compared, ""),
        *_timed(OURS, asked, queries, lambda query: search.find(generation, query)),
    ]


def _timed(name: str, asked: Sequence[Asked], forms: Sequence[T], answer: Callable[[T], object]) -> list[Result]:
    """All questions have been asked once before."""
    results: list[Result] = []
    for shape in (TEXT_GEO, BROWSE):
        of_shape = [form for each, form in zip(asked, forms, strict=True) if each.shape == shape]
        times = [time for _ in range(_PASSES) for time in milliseconds(of_shape, answer)]
        results += percentiles(f"{name}, {shape} by price", times)
    return results


@contextmanager
def _postgresql(corpus: Corpus) -> Generator[Peer]:
    with serving() as connection:
        yield PostgreSQL(connection, corpus)


@contextmanager
def _postgis(corpus: Corpus) -> Generator[Peer]:
    with serving(with_postgis()) as connection:
        yield PostGIS(connection, corpus)


@contextmanager
def _sqlite(corpus: Corpus) -> Generator[Peer]:
    with (
        TemporaryDirectory(prefix="highstreet-bench-") as directory,
        closing(Sqlite(Path(directory, "db"), corpus)) as peer,
    ):
        yield peer


@contextmanager
def _tantivy(corpus: Corpus) -> Generator[Peer]:
    with TemporaryDirectory(prefix="highstreet-bench-") as directory:
        yield Tantivy(Path(directory), corpus)


_PEERS: Final[dict[type[Peer], Callable[[Corpus], AbstractContextManager[Peer]]]] = {
    PostgreSQL: _postgresql,
    PostGIS: _postgis,
    Sqlite: _sqlite,
    Tantivy: _tantivy,
}


def _tell(what: str) -> None:
    sys.stderr.write(f"bench: {what}\n")
