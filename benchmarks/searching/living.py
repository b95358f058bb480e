"""The search as it is lived with: made from the database, started again, asked over HTTP, and told of changes."""

import asyncio
import sys
from collections.abc import Sequence
from random import Random, SystemRandom
from time import perf_counter, sleep
from typing import Final
from uuid import UUID

import psutil

from benchmarks import same_bytes
from benchmarks.load import figures, load
from benchmarks.report import Result, percentiles
from benchmarks.searching import catalogue, questions
from benchmarks.searching.installation import Installation, Serving, installed, serving
from highstreet.discovery.search.store.making import make
from highstreet.discovery.search.store.reader import Follower
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, open_database
from highstreet.web.kept import MOMENT

JSON, PAGE, SAME = "JSON over HTTP", "page over HTTP", "the same JSON, served"
CONNECTIONS: Final = (1, 16, 64)

_MEBIBYTE: Final = 2**20
_A_SECOND: Final = 200
_AT_ONCE: Final = 10
"""Changes that one transaction makes: 20 transactions a second."""
_LOOK_S: Final = 0.002
_CHANGE = "UPDATE catalog.deals SET sold = %s, changed_at = %s WHERE id = ANY(%s)"


def living(number: int, requests: int, changes: int) -> list[Result]:
    """`requests` for each number of connections; `changes` to deals, 200 a second."""
    _tell(f"filling a database with {number:,} deals")
    with installed(number) as installation:
        results = [
            Result("database", "filled through COPY", round(installation.seconds_to_fill, 1), "s"),
            Result("index", "made from the database", round(asyncio.run(_made(installation)), 1), "s"),
        ]
        _tell("serving")
        with serving(installation) as first:
            results.append(Result("highstreet serve", "first start until ready", round(first.seconds_to_ready, 1), "s"))
        with serving(installation) as second:
            results.append(Result("highstreet serve", "start from a snapshot", round(second.seconds_to_ready, 2), "s"))
            results += _over_http(second, number, requests)
            _tell(f"changing {changes:,} deals")
            results += asyncio.run(_changed(installation, changes))
        with serving(installation, workers=2) as pair:
            load(pair.url, _paths(number, requests), 16, requests)
            results += _memory(pair)
    return results


async def _made(installation: Installation) -> float:
    path = installation.directory / "made.segment"
    async with open_database(installation.databases.database, FixedClock(catalogue.AT), SystemRandom()) as database:
        began = perf_counter()
        await make(database, path)
        seconds = perf_counter() - began
    path.unlink()
    return seconds


def _paths(number: int, requests: int) -> list[str]:
    return [asked.path for asked in questions.mixed(questions.warm(number), requests)]


def _over_http(served: Serving, number: int, requests: int) -> list[Result]:
    asked = questions.mixed(questions.warm(number), requests)
    apis, pages = [each.path for each in asked], [questions.page_of(each, number) for each in asked]
    results: list[Result] = []
    for subject, paths in ((JSON, apis), (PAGE, pages)):
        once = list(dict.fromkeys(paths))
        load(served.url, once, 1, 1, warm_up=len(once))
        # What was asked within the same second is answered from memory; here nothing is asked twice.
        sleep(MOMENT.total_seconds())
        results += figures(f"{subject}, each question once", 16, load(served.url, once, 16, len(once), warm_up=0))
        for connections in CONNECTIONS:
            found = load(served.url, paths, connections, requests)
            results += figures(subject, connections, found)
    answers = same_bytes.record(served.url, apis)
    for way in same_bytes.WAYS:
        with same_bytes.serving(answers, way) as url:
            for connections in CONNECTIONS:
                results += figures(f"{SAME} {way}", connections, load(url, apis, connections, requests))
    return results


async def _changed(installation: Installation, changes: int) -> list[Result]:
    """How long after its commit a change is in the index of two readers, as two web processes would have it."""
    directory = installation.directory / "search"
    async with open_database(installation.databases.database, FixedClock(catalogue.AT), Random(0)) as database:
        followers = [Follower(database, directory) for _ in range(2)]
        for follower in followers:
            await follower.start()
        try:
            while not all(follower.ready for follower in followers):  # noqa: ASYNC110 -- a reader tells nobody
                await asyncio.sleep(_LOOK_S)
            times = await _followed(database, followers, changes)
        finally:
            for follower in followers:
                await follower.stop()
    return percentiles(f"a change is visible, {_A_SECOND} a second", [seconds * 1000 for seconds in times])


async def _followed(database: Database, followers: Sequence[Follower], changes: int) -> list[float]:
    rng = Random(1)
    index = followers[0].index
    ids = [deal.id for deal in index.deals(rng.randrange(max(1, index.size - changes)), changes)]
    rng.shuffle(ids)
    waiting: dict[UUID, tuple[int, float]] = {}
    watching = asyncio.create_task(_watched(followers, waiting, len(ids) // _AT_ONCE * _AT_ONCE))
    began = perf_counter()
    for turn in range(len(ids) // _AT_ONCE):
        at_once = ids[turn * _AT_ONCE : (turn + 1) * _AT_ONCE]
        await asyncio.sleep(max(0.0, began + turn * _AT_ONCE / _A_SECOND - perf_counter()))
        sold = 1_000_000 + turn
        async with database.system() as tx:
            await tx.execute(_CHANGE, (sold, tx.now, at_once))
        waiting.update(dict.fromkeys(at_once, (sold, perf_counter())))
    return await watching


async def _watched(followers: Sequence[Follower], waiting: dict[UUID, tuple[int, float]], changes: int) -> list[float]:
    """For each change the seconds from its commit until the last of the readers has it; empties `waiting`."""
    times: list[float] = []
    seen = 0
    while len(times) < changes:
        await asyncio.sleep(_LOOK_S)
        numbers = sum(follower.index.number for follower in followers)
        if numbers == seen:
            continue
        seen, now = numbers, perf_counter()
        for deal_id, (sold, committed_at) in list(waiting.items()):
            if all(_sold(follower, deal_id) == sold for follower in followers):
                times.append(now - committed_at)
                del waiting[deal_id]
    return times


def _sold(follower: Follower, deal_id: UUID) -> int | None:
    deal = follower.index.deal(deal_id)
    return None if deal is None else deal.sold


def _memory(served: Serving) -> list[Result]:
    """What the first web process holds, and what the second has that the first does not share with it."""
    first, second = (psutil.Process(each.pid).memory_full_info() for each in served.web_processes())
    return [
        Result("web process", "resident memory of the first", round(first.rss / _MEBIBYTE), "MiB"),
        Result("web process", "memory that a second adds", round(second.uss / _MEBIBYTE), "MiB"),
        Result("web process", "a second adds, of the first", round(100 * second.uss / first.rss, 1), "%"),
    ]


def _tell(what: str) -> None:
    sys.stderr.write(f"bench: {what}\n")
