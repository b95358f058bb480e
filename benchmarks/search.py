"""Search on the demonstration's catalogue: over HTTP with one client, in the process, and beside PostgreSQL.

Before anything is timed, our answers and PostgreSQL's are compared: the total, the counts of every category, and the
first page in the order of price.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http.client import HTTPConnection
from random import Random
from time import perf_counter
from typing import TypeVar

import msgspec
import psycopg

from benchmarks import postgresql_peer, same_bytes
from benchmarks.load import figures, load
from benchmarks.marketplace import Marketplace, demonstration
from benchmarks.questions import Question, questions, town_slugs
from benchmarks.report import Ratio, Report, Result, Target, percentiles, report, value
from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import Builder, Generation, Sort
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import open_database
from highstreet.market.catalog import service as catalog

T = TypeVar("T")

_TARGET_P99_MS = 15.0
_CONNECTIONS = (1, 16, 64)
_JSON, _PAGE = "JSON over HTTP", "page over HTTP"
_OURS, _OURS_BY_PRICE, _PEER = "search.find", "search.find by price", "PostgreSQL by price"


def run(*, quick: bool) -> Report:
    """Raises AssertionError when the two do not agree."""
    number = 60 if quick else 1000
    with demonstration() as marketplace:
        at = datetime.now(UTC)
        index, currency_of = asyncio.run(_load(marketplace, at))
        asked = list(questions(index, number, at, currency_of))
        results = [
            Result("catalogue", "deals", index.size, ""),
            Result("highstreet demo", "first start until ready", round(marketplace.seconds_to_ready, 1), "s"),
        ]
        results += _over_http(marketplace, asked)
        results += percentiles(_OURS, _times(asked, lambda question: search.find(index, question.query)))
        results += _beside_postgresql(marketplace, index, asked)
    ratios = [
        Ratio(_PEER, _OURS_BY_PRICE, metric, value(results, _PEER, metric) / value(results, _OURS_BY_PRICE, metric))
        for metric in ("p50", "p99")
    ]
    targets = [
        Target(f"{subject}, p99 in ms", p99, _TARGET_P99_MS, p99 < _TARGET_P99_MS)
        for subject in (_JSON, _PAGE)
        for p99 in [value(results, subject, "p99")]
    ]
    return report("search", results, ratios, targets)


async def _load(marketplace: Marketplace, at: datetime) -> tuple[Generation, dict[str, str]]:
    """The index that a web process of this marketplace holds, and the currencies of its towns."""
    url = marketplace.databases.database
    async with open_database(url, FixedClock(at), Random(0)) as database, database.system() as tx:
        changes = await catalog.changed_deals(tx, None)
        categories, divisions = await catalog.categories(tx), tuple(await catalog.divisions(tx))
        index = Builder().apply(changes.published, (), categories, divisions)
        places = [await catalog.place_by_slug(tx, slug) for slug in sorted(town_slugs(index))]
    return index, {place.slug: place.currency for place in places if place}


def _over_http(marketplace: Marketplace, asked: list[Question]) -> list[Result]:
    connection = marketplace.connect()
    for question in asked[:50]:  # the server's first answers fill its caches
        _get(connection, question.api)
        _get(connection, question.page)
    found = [
        *percentiles(_JSON, _times(asked, lambda question: _get(connection, question.api))),
        *percentiles(_PAGE, _times(asked, lambda question: _get(connection, question.page))),
    ]
    for subject, paths in ((_JSON, [each.api for each in asked]), (_PAGE, [each.page for each in asked])):
        for connections in _CONNECTIONS:
            found += figures(subject, connections, load(marketplace.url, paths, connections, 2 * len(paths)))
    found += _same_bytes(marketplace, [each.api for each in asked])
    sizes = sorted(len(_get(connection, question.page)) for question in asked[:50])
    totals = [json.loads(_get(connection, question.api))["total"] for question in asked[:50]]
    sys.stderr.write(f"bench: pages of {sizes[25]:,} bytes, answers of {sum(totals) / len(totals):.0f} deals\n")
    return found


def _same_bytes(marketplace: Marketplace, paths: list[str]) -> list[Result]:
    """The rate at which the same JSON leaves where nothing is searched."""
    answers = same_bytes.record(marketplace.url, paths)
    found: list[Result] = []
    for way in same_bytes.WAYS:
        with same_bytes.serving(answers, way) as url:
            for connections in _CONNECTIONS:
                subject = f"the same JSON, served {way}"
                found += figures(subject, connections, load(url, paths, connections, 2 * len(paths)))
    return found


def _beside_postgresql(marketplace: Marketplace, index: Generation, asked: list[Question]) -> list[Result]:
    assert not index.overlay.deals, "the whole catalogue is in the base just after the start"
    queries = [msgspec.structs.replace(question.query, sort=Sort.PRICE) for question in asked]
    with psycopg.connect(marketplace.databases.migrations, autocommit=True) as connection:
        postgresql_peer.fill(connection, index)
        for query in queries:
            ours = postgresql_peer.Answer.of(search.find(index, query))
            theirs = postgresql_peer.ask(connection, index, query)
            assert ours == theirs, f"answers differ for {query}:\n{ours}\n{theirs}"
        return [
            *percentiles(_OURS_BY_PRICE, _times(queries, lambda query: search.find(index, query))),
            *percentiles(_PEER, _times(queries, lambda query: postgresql_peer.ask(connection, index, query))),
        ]


def _times(asked: Iterable[T], answer: Callable[[T], object]) -> list[float]:
    """How many milliseconds each answer took."""
    found: list[float] = []
    for question in asked:
        began = perf_counter()
        answer(question)
        found.append((perf_counter() - began) * 1000)
    return found


def _get(connection: HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, f"{path} answered {answer.status}: {body[:200]!r}"
    return body
