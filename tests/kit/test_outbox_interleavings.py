"""Random writers, held transactions, failing handlers and couriers at once: nothing is lost, doubled or reordered."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from highstreet.kit import outbox, relay
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import VISITOR, Database, Transaction
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.relay import RetryPolicy

AGGREGATES = tuple(UUID(int=number) for number in range(1, 5))
PATIENT = RetryPolicy(attempts=1_000)


class _ChangedMindError(Exception):
    pass


class World:
    """Writers that take turns on an aggregate, and two subscribers that fail now and then."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.rng = Random(seed)
        self.turns = {aggregate: asyncio.Lock() for aggregate in AGGREGATES}
        self.committed: dict[UUID, list[int]] = defaultdict(list)
        self.heard: dict[tuple[str, UUID], list[int]] = defaultdict(list)
        self.numbers = iter(range(1_000_000))
        self.calm = False
        self.subscribers = {name: Subscriber(name, frozenset({"told"}), self._handler(name)) for name in ("one", "two")}

    def _handler(self, name: str) -> outbox.Handler:
        async def handle(tx: Transaction, fact: Fact) -> None:
            await outbox.record(tx, aggregate=name, aggregate_id=fact.aggregate_id, name="heard", payload=fact.payload)
            await self.dawdle()
            if not self.calm and self.rng.random() < 0.2:
                raise _ChangedMindError

        return handle

    async def dawdle(self) -> None:
        await asyncio.sleep(self.rng.choice((0, 0, 0.001, 0.005)))

    @asynccontextmanager
    async def turn(self, aggregate: UUID) -> AsyncGenerator[None]:
        """As a service does that locks the row it changes, until its transaction ends."""
        async with self.turns[aggregate]:
            yield

    async def write(self) -> None:
        """One transaction: facts of one or two aggregates, sometimes held open, sometimes rolled back."""
        chosen = sorted(self.rng.sample(AGGREGATES, self.rng.choice((1, 1, 2))))
        written: list[tuple[UUID, int]] = []
        async with contextlib.AsyncExitStack() as turns:
            with contextlib.suppress(_ChangedMindError):
                async with self.database.transaction(VISITOR) as tx:
                    if self.rng.random() < 0.5:  # takes its transaction id long before its turn
                        await tx.execute("SELECT pg_current_xact_id()")
                        await self.dawdle()
                    for aggregate in chosen:
                        await turns.enter_async_context(self.turn(aggregate))
                        for _ in range(self.rng.choice((1, 3))):
                            number = next(self.numbers)
                            payload = {"number": number}
                            await outbox.record(
                                tx, aggregate="ball", aggregate_id=aggregate, name="told", payload=payload
                            )
                            written.append((aggregate, number))
                        await self.dawdle()
                    if self.rng.random() < 0.2:
                        raise _ChangedMindError
                for aggregate, number in written:
                    self.committed[aggregate].append(number)

    async def carry(self) -> None:
        for _ in range(40):
            if self.rng.random() < 0.3:
                await relay.route(self.database)
            await relay.deliver(self.database, self.subscribers, self.rng, PATIENT)
            await self.dawdle()


def _heard(aggregate: str, aggregate_id: UUID, number: int) -> tuple[str, UUID, int]:
    return aggregate, aggregate_id, number


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_no_fact_is_lost_doubled_or_out_of_order(
    database: Database, clock: FixedClock, seed: int
) -> None:
    world = World(database, seed)
    await relay.subscribe(database, list(world.subscribers.values()))
    for _ in range(4):
        writers = [world.write() for _ in range(5)]
        couriers = [world.carry() for _ in range(2)]
        await asyncio.gather(*writers, *couriers)
        clock.advance(timedelta(minutes=20))
    world.calm = True
    clock.advance(timedelta(minutes=20))
    while await relay.route(database):
        pass
    while await relay.deliver(database, world.subscribers, world.rng, PATIENT):
        pass
    # What the handlers wrote is the witness: it stands exactly where their transactions committed.
    async with database.system() as tx:
        rows = await tx.fetch_all(
            _heard,
            """
            SELECT aggregate, aggregate_id, (payload ->> 'number')::int AS number
            FROM kit.facts WHERE name = 'heard' ORDER BY position
            """,
        )
    for name, aggregate, number in rows:
        world.heard[name, aggregate].append(number)
    assert sum(map(len, world.committed.values())) > 10
    for aggregate in AGGREGATES:
        for name in world.subscribers:
            assert world.heard[name, aggregate] == world.committed[aggregate]
