"""Relevance on the real feeds: nDCG@10 of search and of its peers, on questions that were graded beforehand.

PROCEDURE.md, beside this file, says how. Weights are tuned on one half of the first questions; the other half, and the
questions that were written later, are what counts.
"""

import csv
import os
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any, Final, NamedTuple

import psycopg

from benchmarks.relevance.documents import AT, FILES, TREE, Document, documents
from benchmarks.relevance.judged import (
    HELD_BACK,
    REGRADED,
    TUNE,
    WRITTEN_SECOND,
    WRITTEN_THIRD,
    Grades,
    halves,
    judgments,
    questions,
)
from benchmarks.relevance.ndcg import Difference, kappa, ndcg, paired, unjudged
from benchmarks.relevance.peers import DEPTH, Engine, peers
from benchmarks.report import Report, Result, Target, report
from highstreet.discovery.search.language.synonyms import shipped
from highstreet.discovery.search.service import SearchQuery, Synonym, find, index_of
from highstreet.kit.postgres.addresses import database_urls
from highstreet.kit.settings import load_settings

OURS: Final = "search.find"
"""With the synonyms that every installation starts with."""
_PLAIN: Final = "search.find without synonyms"
_NOT_TUNED: Final = (HELD_BACK, WRITTEN_SECOND, WRITTEN_THIRD)
_ALL: Final = "not tuned on"
_SETS: Final[Mapping[str, Sequence[str]]] = {_ALL: _NOT_TUNED, **{name: (name,) for name in (*_NOT_TUNED, TUNE)}}
_COUNT: Final = (_ALL, WRITTEN_THIRD)
"""What the targets are about, as PROCEDURE.md settled it."""
_QUICK: Final = "groupon_nyc"
_PEERS: Final = ("PostgreSQL", "SQLite FTS5", "tantivy")


class Score(NamedTuple):
    """What one engine did with one question."""

    question: str
    feed: str
    kind: str
    half: str
    engine: str
    ndcg: float
    unjudged: int
    looked_at: int


def run(*, quick: bool) -> Report:
    folder = os.environ.get("HIGHSTREET_BENCH_DATA")
    if not folder:
        return report("relevance", [], [], [], ["all of it: HIGHSTREET_BENCH_DATA does not name the feeds' folder"])
    present = [feed for feed in FILES if all((Path(folder) / feed / name).is_file() for name in FILES[feed])]
    skipped = [f"{feed}: HIGHSTREET_BENCH_DATA does not lead to it" for feed in FILES if feed not in present]
    skipped.append("groupon_recent_2009_2011: its rows state no words that a question could find, only towns and dates")
    feeds = [feed for feed in present if not quick or feed == _QUICK]
    found = scores({feed: answers(documents(Path(folder), feed), feed) for feed in feeds})
    results = [*_about_grades(), *_means(found, feeds)]
    targets: list[Target] = []
    for peer in _PEERS:
        way = _better_way(peer, found)
        results += _against(way, found, feeds)
        for name in _COUNT:
            behind = round(-_difference(way, found, _SETS[name]).low, 4)
            targets.append(Target(f"{way} minus {OURS}, {name}: upper end of nDCG@10", behind, 0, behind < 0))
    return report("relevance", results, [], targets, skipped)


def answers(of_feed: Sequence[Document], feed: str) -> dict[str, dict[str, list[str]]]:
    """By engine and question, the ids of what it found first."""
    asked = [question for question in questions() if question.feed == feed]
    with _postgresql() as connection, peers(connection, of_feed) as others:
        engines = {OURS: ours(of_feed, shipped().values()), _PLAIN: ours(of_feed, ()), **others}
        return {name: {each.id: list(engine(each.text)) for each in asked} for name, engine in engines.items()}


def ours(of_feed: Sequence[Document], synonyms: Iterable[Synonym]) -> Engine:
    index = index_of([document.deal for document in of_feed], TREE, (), synonyms)
    ids = {document.deal.id: document.id for document in of_feed}
    return lambda text: [ids[hit.deal.id] for hit in find(index, SearchQuery(at=AT, text=text, limit=DEPTH)).hits]


def scores(found: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]) -> list[Score]:
    """Every engine's score for every question for which a better order exists."""
    half_of, graded = halves(questions()), judgments()
    kind_of = {question.id: question.kind for question in questions()}
    return [
        Score(
            question,
            feed,
            kind_of[question],
            half_of[question],
            engine,
            value,
            unjudged(ids, grades),
            min(len(ids), 10),
        )
        for feed, engines in found.items()
        for engine, by_question in engines.items()
        for question, ids in by_question.items()
        for grades in [_known(graded, question)]
        for value in [ndcg(ids, grades)]
        if value is not None
    ]


def _known(graded: Mapping[str, Grades], question: str) -> Grades:
    return graded.get(question, {})


@contextmanager
def _postgresql() -> Generator[psycopg.Connection[Any]]:
    with tempfile.TemporaryDirectory(prefix="highstreet-bench-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)  # as root, PostgreSQL runs as another user, who has to pass through
        settings = load_settings({"HIGHSTREET_ENV": "test", "HIGHSTREET_DATA_DIR": directory}, serving=False)
        with database_urls(settings) as urls, psycopg.connect(urls.migrations, autocommit=True) as connection:
            yield connection


def _about_grades() -> list[Result]:
    graded = judgments()
    with REGRADED.open(encoding="utf-8", newline="") as lines:
        again = [(row["question"], row["document"], int(row["grade"])) for row in csv.DictReader(lines)]
    pairs = [(graded[question][document], grade) for question, document, grade in again]
    return [
        Result("grades", "questions", len(questions()), ""),
        Result("grades", "questions with a relevant document", sum(any(each.values()) for each in graded.values()), ""),
        Result("grades", "pairs graded", sum(map(len, graded.values())), ""),
        Result("grades", "pairs graded twice", len(pairs), ""),
        Result("grades", "of these the same", round(100 * fmean(one == other for one, other in pairs), 1), "%"),
        Result("grades", "weighted kappa of the two", round(kappa(pairs), 3), ""),
    ]


def _means(found: Sequence[Score], feeds: Sequence[str]) -> Iterator[Result]:
    for engine in dict.fromkeys(score.engine for score in found):
        for name, which in _SETS.items():
            of_set = [score for score in found if score.engine == engine and score.half in which]
            yield Result(engine, f"nDCG@10, {name}, {len(of_set)} questions", round(_mean(of_set), 4), "")
            for feed in feeds:
                of_feed = [score for score in of_set if score.feed == feed]
                yield Result(engine, f"nDCG@10, {name}, {feed}, {len(of_feed)} questions", round(_mean(of_feed), 4), "")
        of_engine = [score for score in found if score.engine == engine]
        share = sum(score.unjudged for score in of_engine) / max(1, sum(score.looked_at for score in of_engine))
        yield Result(engine, "without a grade among the first ten", round(100 * share, 2), "%")


def _mean(of: Sequence[Score]) -> float:
    return fmean(score.ndcg for score in of)


def _better_way(peer: str, found: Sequence[Score]) -> str:
    """Of the ways in which a peer was asked, the one that did better on the half that may be looked at."""
    ways = dict.fromkeys(score.engine for score in found if score.engine.startswith(peer))
    return max(ways, key=lambda way: _mean([s for s in found if s.engine == way and s.half == TUNE]))


def _against(way: str, found: Sequence[Score], feeds: Sequence[str]) -> Iterator[Result]:
    """Ours minus the peer's, with the ends of the 95 % interval."""
    parts: dict[str, tuple[Sequence[Score], Sequence[str]]] = {name: (found, which) for name, which in _SETS.items()}
    for feed in feeds:
        parts[f"{_ALL}, {feed}"] = [score for score in found if score.feed == feed], _NOT_TUNED
    for kind in dict.fromkeys(question.kind for question in questions()):
        parts[f"{_ALL}, kind: {kind}"] = [score for score in found if score.kind == kind], _NOT_TUNED
    parts[f"{WRITTEN_THIRD}, but Spanish"] = [score for score in found if score.kind != "spanish"], (WRITTEN_THIRD,)
    plain = [score for score in found if score.kind not in {"spanish", "typo"}]
    parts[f"{_ALL}, but Spanish and misspelt"] = plain, _NOT_TUNED
    for name, (part, which) in parts.items():
        for metric, value in _difference(way, part, which)._asdict().items():
            yield Result(f"{OURS} minus {way}", f"nDCG@10, {name}: {metric}", round(value, 4), "")


def _difference(way: str, found: Sequence[Score], which: Sequence[str]) -> Difference:
    by_engine = {
        engine: {score.question: score.ndcg for score in found if score.engine == engine and score.half in which}
        for engine in (OURS, way)
    }
    asked = sorted(by_engine[OURS])
    return paired([by_engine[OURS][each] for each in asked], [by_engine[way][each] for each in asked])
