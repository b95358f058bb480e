"""Facts reach every subscriber, in the order of their aggregate, whatever fails on the way."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from random import Random
from typing import ClassVar
from uuid import UUID

import psycopg
import pytest

from highstreet.kit import outbox, relay
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import VISITOR, Database, Transaction
from highstreet.kit.errors import Forbidden, NotFound
from highstreet.kit.facts import FactPayload
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.outbox_repository import CHANNEL
from highstreet.kit.relay import RetryPolicy

RED, BLUE = UUID(int=1), UUID(int=2)
QUICK = RetryPolicy(attempts=3)


class Numbered(FactPayload, frozen=True):
    version: ClassVar[int] = 2
    number: int


async def tell(tx: Transaction, aggregate_id: UUID, number: int, name: str = "told") -> None:
    payload = Numbered(number=number)
    await outbox.record(tx, aggregate="ball", aggregate_id=aggregate_id, name=name, payload=payload)


class Listener:
    """A subscriber that remembers what it was handed and fails for the numbers that it is told to fail for."""

    def __init__(self, name: str = "listener") -> None:
        self.heard: list[tuple[UUID, int]] = []
        self.failing: set[int] = set()
        self.arrived = asyncio.Event()
        self.subscriber = Subscriber(name, frozenset({"told"}), self.handle)

    async def handle(self, tx: Transaction, fact: Fact) -> None:
        number = outbox.read(fact, Numbered).number
        await tell(tx, fact.aggregate_id, number, "heard")
        if number in self.failing:
            raise RuntimeError(f"no {number} today")
        self.heard.append((fact.aggregate_id, number))
        self.arrived.set()


async def carry(database: Database, subscribers: Sequence[Subscriber], policy: RetryPolicy = QUICK) -> None:
    """One round: everything that can be handed over now is."""
    await relay.subscribe(database, subscribers)
    while await relay.route(database):
        pass
    by_name = {subscriber.name: subscriber for subscriber in subscribers}
    while await relay.deliver(database, by_name, Random(1), policy):
        pass


async def count_facts(database: Database, name: str) -> int:
    async with database.system() as tx:
        count = await tx.fetch_one(dict[str, int], "SELECT count(*) AS n FROM kit.facts WHERE name = %s", (name,))
    assert count is not None
    return count["n"]


async def test_a_fact_exists_if_and_only_if_its_transaction_commits(database: Database) -> None:
    listener = Listener()

    async def fail_after_telling() -> None:
        async with database.transaction(VISITOR) as tx:
            await tell(tx, RED, 1)
            raise NotFound("on second thoughts")

    with pytest.raises(NotFound):
        await fail_after_telling()
    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 2)
    await carry(database, [listener.subscriber])
    assert listener.heard == [(RED, 2)]


async def test_the_app_role_can_record_facts_but_not_read_them(database: Database) -> None:
    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 1)
    with pytest.raises(Forbidden):
        async with database.transaction(VISITOR) as tx:
            await tx.execute("SELECT * FROM kit.facts")


async def test_every_subscriber_hears_all_facts_of_an_aggregate_in_their_order(database: Database) -> None:
    one, two = Listener("one"), Listener("two")
    async with database.transaction(VISITOR) as tx:  # one instant, and so ids in no order
        for number in range(30):
            await tell(tx, RED if number % 2 else BLUE, number)
    await carry(database, [one.subscriber, two.subscriber])
    for listener in (one, two):
        assert [number for ball, number in listener.heard if ball == RED] == list(range(1, 30, 2))
        assert [number for ball, number in listener.heard if ball == BLUE] == list(range(0, 30, 2))


async def test_a_transaction_held_open_while_others_commit_loses_and_reorders_nothing(database: Database) -> None:
    listener = Listener()
    async with database.transaction(VISITOR) as slow:
        await tell(slow, RED, 1)
        async with database.transaction(VISITOR) as quick:
            await tell(quick, BLUE, 2)
        async with database.transaction(VISITOR) as quick:
            await tell(quick, RED, 3)
        await carry(database, [listener.subscriber])
        assert listener.heard == []
    await carry(database, [listener.subscriber])
    assert listener.heard == [(RED, 1), (BLUE, 2), (RED, 3)]


async def test_a_writer_that_began_first_and_had_its_turn_last_is_heard_last(database: Database) -> None:
    listener = Listener()
    async with database.transaction(VISITOR) as early:
        await tell(early, BLUE, 1)  # its transaction id is the oldest
        async with database.transaction(VISITOR) as between:
            await tell(between, BLUE, 2)
            async with database.transaction(VISITOR) as first:
                await tell(first, RED, 3)
            await tell(early, RED, 4)
            await early.connection.commit()
            # `between` still holds the bound below `first`, whose fact on RED came before that of `early`.
            await carry(database, [listener.subscriber])
            assert listener.heard == [(BLUE, 1)]
    await carry(database, [listener.subscriber])
    assert [number for ball, number in listener.heard if ball == RED] == [3, 4]


async def test_a_failing_handler_stops_only_its_own_aggregate_for_its_own_subscriber(database: Database) -> None:
    fine, failing = Listener("fine"), Listener("failing")
    failing.failing = {1}
    async with database.transaction(VISITOR) as tx:
        for ball, number in ((RED, 1), (RED, 2), (BLUE, 3)):
            await tell(tx, ball, number)
    await carry(database, [fine.subscriber, failing.subscriber])
    assert fine.heard == [(RED, 1), (RED, 2), (BLUE, 3)]
    assert failing.heard == [(BLUE, 3)]


async def test_a_failed_delivery_is_undone_and_tried_again_when_it_is_due(
    database: Database, clock: FixedClock
) -> None:
    listener = Listener()
    listener.failing = {1}
    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 1)
    await carry(database, [listener.subscriber])
    listener.failing.clear()
    await carry(database, [listener.subscriber])
    assert listener.heard == []
    assert await count_facts(database, "heard") == 0
    clock.advance(timedelta(seconds=1))
    await carry(database, [listener.subscriber])
    assert listener.heard == [(RED, 1)]
    assert await count_facts(database, "heard") == 1


def test_waits_double_up_to_the_longest_and_are_spread() -> None:
    policy, rng = RetryPolicy(first_s=1.0, longest_s=60.0), Random(3)
    for failures, longest in ((1, 1.0), (2, 2.0), (5, 16.0), (30, 60.0)):
        waits = {policy.wait(failures, rng).total_seconds() for _ in range(50)}
        assert len(waits) > 10
        assert longest / 2 <= min(waits) <= max(waits) <= longest


async def die(database: Database, clock: FixedClock, listener: Listener) -> UUID:
    """RED's fact 1 becomes a dead letter, and its fact 2 waits behind it."""
    listener.failing = {1}
    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 1)
        await tell(tx, RED, 2)
    for _ in range(QUICK.attempts):
        await carry(database, [listener.subscriber])
        clock.advance(timedelta(minutes=5))
    async with database.system() as tx:
        (letter,) = await outbox.letters(tx)
    assert (letter.attempts, letter.waiting) == (QUICK.attempts, 1)
    assert letter.error == "RuntimeError: no 1 today"
    assert listener.heard == []
    return letter.fact_id


async def test_a_replayed_dead_letter_comes_before_what_waited_behind_it(database: Database, clock: FixedClock) -> None:
    listener = Listener()
    fact_id = await die(database, clock, listener)
    listener.failing.clear()
    async with database.system() as tx:
        assert await outbox.replay(tx, fact_id) == 1
    await carry(database, [listener.subscriber])
    assert listener.heard == [(RED, 1), (RED, 2)]
    async with database.system() as tx:
        assert await outbox.letters(tx) == []
        with pytest.raises(NotFound):
            await outbox.replay(tx, fact_id)


async def test_a_discarded_dead_letter_lets_the_rest_go_on_without_it(database: Database, clock: FixedClock) -> None:
    listener = Listener()
    fact_id = await die(database, clock, listener)
    async with database.system() as tx:
        assert await outbox.discard(tx, fact_id) == 1
    await carry(database, [listener.subscriber])
    assert listener.heard == [(RED, 2)]


async def test_a_payload_of_an_older_version_is_dead_at_once_with_its_reason(database: Database) -> None:
    listener = Listener()
    async with database.transaction(VISITOR) as tx:
        await outbox.record(tx, aggregate="ball", aggregate_id=RED, name="told", payload={"number": 1})
        await tell(tx, BLUE, 2)
    await carry(database, [listener.subscriber])
    assert listener.heard == [(BLUE, 2)]
    async with database.system() as tx:
        (letter,) = await outbox.letters(tx)
    assert letter.attempts == 1
    assert letter.error == "UnreadableFact: told has version 1, and its reader knows version 2"


@pytest.mark.parametrize("garbage", ['{"number": "many"}', "[]", "null", '"text"', "{}"])
async def test_garbage_of_the_right_version_is_dead_at_once_with_its_reason(database: Database, garbage: str) -> None:
    listener = Listener()
    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 1)
    async with database.system() as tx:
        await tx.execute("UPDATE kit.facts SET payload = %s::jsonb", (garbage,))
    await carry(database, [listener.subscriber])
    async with database.system() as tx:
        (letter,) = await outbox.letters(tx)
    assert letter.error.startswith("UnreadableFact: told version 2 is not as its reader knows it: ")


def _subscriber(handle: Callable[[Transaction, Fact], Awaitable[None]]) -> Subscriber:
    return Subscriber("odd", frozenset({"told"}), handle)


async def test_a_handler_that_breaks_its_transaction_and_hides_it_has_failed(database: Database) -> None:
    async def handle(tx: Transaction, fact: Fact) -> None:
        del fact
        with contextlib.suppress(psycopg.Error):
            await tx.execute("SELECT 1 / 0")

    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 1)
    await carry(database, [_subscriber(handle)], RetryPolicy(attempts=1))
    async with database.system() as tx:
        (letter,) = await outbox.letters(tx)
    assert letter.error == "RuntimeError: the handler went on after a statement had failed"


async def test_a_handler_that_never_ends_has_failed(database: Database) -> None:
    async def handle(tx: Transaction, fact: Fact) -> None:
        del fact
        await tx.execute("SELECT pg_sleep(30)")

    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 1)
    await carry(database, [_subscriber(handle)], RetryPolicy(attempts=1, handler_timeout_s=0.1))
    async with database.system() as tx:
        (letter,) = await outbox.letters(tx)
    assert letter.error.startswith("TimeoutError")


async def test_several_couriers_hand_nothing_over_twice_and_keep_the_order(database: Database) -> None:
    listener = Listener()
    balls = [UUID(int=number) for number in range(1, 7)]
    await relay.subscribe(database, [listener.subscriber])
    for start in range(0, 120, 20):
        async with database.transaction(VISITOR) as tx:
            for number in range(start, start + 20):
                await tell(tx, balls[number % len(balls)], number)
    await relay.route(database)

    async def courier(seed: int) -> None:
        for _ in range(200):
            await relay.deliver(database, {"listener": listener.subscriber}, Random(seed), QUICK)

    await asyncio.gather(*(courier(seed) for seed in range(5)))
    assert await count_facts(database, "heard") == 120
    for ball in balls:
        numbers = [number for heard, number in listener.heard if heard == ball]
        assert numbers == sorted(numbers)
        assert len(numbers) == 20


async def test_a_new_subscriber_is_handed_what_happens_from_then_on(database: Database) -> None:
    old, new = Listener("old"), Listener("new")
    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 1)
    await carry(database, [old.subscriber])
    await relay.subscribe(database, [old.subscriber, new.subscriber])
    async with database.transaction(VISITOR) as tx:
        await tell(tx, RED, 2)
    await carry(database, [old.subscriber, new.subscriber])
    assert old.heard == [(RED, 1), (RED, 2)]
    assert new.heard == [(RED, 2)]


async def test_only_the_relay_notifies_and_once_for_many_facts(database: Database, database_url: str) -> None:
    listener = Listener()
    await relay.subscribe(database, [listener.subscriber])
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as ears:
        await ears.execute(f"LISTEN {CHANNEL}".encode())
        for number in range(5):
            async with database.transaction(VISITOR) as tx:
                await tell(tx, RED, number)
        assert [note async for note in ears.notifies(timeout=0.2)] == []
        await relay.route(database)
        assert len([note async for note in ears.notifies(timeout=0.2)]) == 1


async def test_the_running_relay_hands_over_soon_after_the_commit(
    database: Database, database_url: str, rng: Random
) -> None:
    listener = Listener()
    running = asyncio.create_task(relay.run_relay(database, database_url, [listener.subscriber], rng))
    try:
        await asyncio.sleep(0.5)
        async with database.transaction(VISITOR) as tx:
            await tell(tx, RED, 1)
        async with asyncio.timeout(60):
            await listener.arrived.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_settled_facts_are_kept_for_a_while_and_unsettled_ones_for_ever(
    database: Database, clock: FixedClock
) -> None:
    listener = Listener()
    await die(database, clock, listener)
    async with database.transaction(VISITOR) as tx:
        await tell(tx, BLUE, 3)
    await carry(database, [listener.subscriber])
    await relay.route(database)
    clock.advance(outbox.KEPT_FOR - timedelta(hours=1))
    async with database.system() as tx:
        assert await outbox.sweep(tx) == 0
    clock.advance(timedelta(hours=2))
    async with database.system() as tx:
        # BLUE's fact and what its handler recorded are gone; the dead letter and what waits behind it stay.
        assert await outbox.sweep(tx) == 2
        (standing,) = await outbox.standing(tx)
    assert (standing.pending, standing.dead) == (1, 1)
    assert outbox.seconds_behind(standing, clock.now()) > outbox.KEPT_FOR.total_seconds()
