"""A process killed at the worst moment takes no fact with it."""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Generator
from contextlib import contextmanager
from random import Random

from highstreet.kit import outbox, relay
from highstreet.kit.database import Database, Transaction
from highstreet.kit.outbox import Fact, Subscriber

BEGINNING = """
    import asyncio, sys, time
    from random import Random
    from uuid import UUID
    from highstreet.kit import outbox, relay
    from datetime import UTC, datetime
    from highstreet.kit.clock import FixedClock
    from highstreet.kit.database import VISITOR, open_database
    from highstreet.kit.outbox import Subscriber

    CLOCK = FixedClock(datetime(2026, 3, 2, 10, tzinfo=UTC))  # the clock of the tests

    async def tell(database, number):
        async with database.transaction(VISITOR) as tx:
            await outbox.record(tx, aggregate="ball", aggregate_id=UUID(int=1), name="told", payload={"n": number})

    async def run(work):
        async with open_database(sys.argv[1], CLOCK, Random()) as database:
            await work(database)
"""


@contextmanager
def process(url: str, program: str) -> Generator[subprocess.Popen[str]]:
    """A real process that is killed with SIGKILL once it has said `now`."""
    text = textwrap.dedent(BEGINNING) + textwrap.dedent(program)
    with subprocess.Popen([sys.executable, "-c", text, url], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            assert running.stdout.readline().strip() == "now"
            yield running
        finally:
            running.kill()


async def hear_everything(database: Database) -> list[int]:
    heard: list[int] = []

    async def handle(tx: Transaction, fact: Fact) -> None:
        await outbox.record(tx, aggregate="echo", aggregate_id=fact.aggregate_id, name="echoed", payload=fact.payload)
        heard.append(fact.payload["n"])

    listener = Subscriber("listener", frozenset({"told"}), handle)
    await relay.subscribe(database, [listener])
    while await relay.route(database):
        pass
    while await relay.deliver(database, {"listener": listener}, Random(1), relay.RetryPolicy()):
        pass
    return heard


async def test_a_process_killed_between_commit_and_delivery_loses_nothing(
    database: Database, database_url: str
) -> None:
    program = """
        async def work(database):
            for number in range(3):
                await tell(database, number)
            print("now", flush=True)
            time.sleep(60)
        asyncio.run(run(work))
    """
    with process(database_url, program):
        pass
    assert await hear_everything(database) == [0, 1, 2]


async def test_a_process_killed_while_it_delivers_leaves_the_delivery_to_the_next(
    database: Database, database_url: str
) -> None:
    program = """
        async def handle(tx, fact):
            await outbox.record(tx, aggregate="echo", aggregate_id=UUID(int=1), name="echoed", payload={"n": -1})
            print("now", flush=True)
            time.sleep(60)

        async def work(database):
            listener = Subscriber("listener", frozenset({"told"}), handle)
            await relay.subscribe(database, [listener])
            await tell(database, 0)
            await tell(database, 1)
            await relay.route(database)
            await relay.deliver(database, {"listener": listener}, Random(), relay.RetryPolicy())
        asyncio.run(run(work))
    """
    with process(database_url, program):
        assert await hear_everything(database) == []  # the other one holds the head of the aggregate
    heard: list[int] = []
    async with asyncio.timeout(60):
        while len(heard) < 2:  # until the server has noticed that the process is gone
            heard += await hear_everything(database)
    assert heard == [0, 1]
    async with database.system() as tx:
        echoes = await tx.fetch_all(
            dict[str, int], "SELECT (payload ->> 'n')::int AS n FROM kit.facts WHERE name = 'echoed'"
        )
    assert sorted(echo["n"] for echo in echoes) == [0, 1]
