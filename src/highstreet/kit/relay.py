"""The relay: carries recorded facts to their subscribers. Every worker runs one; together they keep order.

Two loops. The router turns facts into deliveries, at most every ROUTE_EVERY_S, and tells all workers in the transaction
in which it does so: a writer's transaction never notifies. The couriers hand deliveries over one by one, woken by that
word, and look for themselves now and then, since a notification can be lost and a retry falls due without one.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, Final

import psycopg
import structlog
from psycopg.pq import TransactionStatus

from highstreet.kit import failures, tracing
from highstreet.kit import outbox_repository as repository
from highstreet.kit.cancellation import pause, raise_if_cancelled
from highstreet.kit.database import Database, Transaction
from highstreet.kit.metrics import DELIVERIES
from highstreet.kit.outbox import Subscriber, UnreadableFact
from highstreet.kit.outbox_repository import Claim

ROUTE_EVERY_S: Final = 0.1
LOOK_EVERY_S: Final = 1.0
_ROUTE_BATCH: Final = 1_000
_COURIERS: Final = 4
_AFTER_FAILURE_S: Final = 1.0

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and when a failed delivery is tried again.

    The wait doubles from `first_s` to `longest_s`, and each is cut by up to half at random, so that what failed
    together does not come back together. The defaults give up after a good quarter of an hour.
    """

    attempts: int = 12
    first_s: float = 1.0
    longest_s: float = 600.0
    handler_timeout_s: float = 60.0

    def wait(self, failures: int, rng: Random) -> timedelta:
        """How long to wait after the failure number `failures`, counted from 1."""
        longest = min(self.longest_s, self.first_s * 2.0 ** (failures - 1))
        return timedelta(seconds=longest * rng.uniform(0.5, 1.0))


async def run_relay(
    database: Database, url: str, subscribers: Sequence[Subscriber], rng: Random, policy: RetryPolicy | None = None
) -> None:
    """Carry facts until cancelled. `url` is for the one connection that listens."""
    await subscribe(database, subscribers)
    raise_if_cancelled()
    wake = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_forever("router", lambda: _route_continually(database)))
        tasks.create_task(_forever("listener", lambda: _listen(url, wake)))
        for number in range(_COURIERS):
            rounds = _Rounds(database, subscribers, Random(rng.random()), policy or RetryPolicy(), wake)
            tasks.create_task(_forever(f"courier {number + 1}", rounds.run))


async def subscribe(database: Database, subscribers: Sequence[Subscriber]) -> None:
    """Make these the only subscribers: a new one is handed what is routed from now on, a missing one nothing more."""
    async with database.system() as tx:
        await repository.subscribe(tx, ((one.name, fact) for one in subscribers for fact in sorted(one.facts)))


async def route(database: Database) -> int:
    """One round of the router; how many facts it routed."""
    async with database.system() as tx:
        routed = await repository.route(tx, _ROUTE_BATCH)
        if routed.deliveries:
            await repository.wake(tx)
    return routed.facts


async def deliver(database: Database, subscribers: Mapping[str, Subscriber], rng: Random, policy: RetryPolicy) -> bool:
    """Hand over the next due fact; False when nothing is due.

    The handler's writes, the mark and the commit are one. A failing handler is undone to where it began, and the
    failure is written down in its place.
    """
    async with database.system() as tx:
        held = await repository.claim(tx, list(subscribers))
        if held is None:
            return False
        with _traced(held) as span:
            try:
                async with tx.connection.transaction(), asyncio.timeout(policy.handler_timeout_s):
                    await subscribers[held.subscriber].handle(tx, held.fact)
                    if tx.connection.info.transaction_status is TransactionStatus.INERROR:
                        raise RuntimeError("the handler went on after a statement had failed")
            except Exception as problem:
                if tx.connection.broken:
                    raise
                span.fail(type(problem).__qualname__)
                await _note_failure(tx, held, problem, rng, policy)
            else:
                await repository.settle(tx, held, "delivered")
                DELIVERIES.labels(held.subscriber, "delivered").inc()
    return True


def _traced(held: Claim) -> AbstractContextManager[tracing.Span]:
    known: dict[str, tracing.Value] = {"highstreet.fact": held.fact.name, "highstreet.attempt": held.attempts + 1}
    return tracing.processing(held.subscriber, str(held.fact.id), held.fact.traceparent, known)


async def _note_failure(tx: Transaction, held: Claim, problem: Exception, rng: Random, policy: RetryPolicy) -> None:
    attempt = held.attempts + 1
    reason = failures.told(problem)
    final = isinstance(problem, UnreadableFact) or attempt >= policy.attempts
    await failures.keep_of_delivery(tx, held.fact.id, held.subscriber, attempt, reason)
    if final:
        await repository.settle(tx, held, "dead", reason)
    else:
        await repository.postpone(tx, held, tx.now + policy.wait(attempt, rng), reason)
    outcome = "dead" if final else "failed"
    DELIVERIES.labels(held.subscriber, outcome).inc()
    _log.warning(
        "delivery failed",
        outcome=outcome,
        subscriber=held.subscriber,
        fact=held.fact.name,
        fact_id=str(held.fact.id),
        attempts=attempt,
        error=type(problem).__name__,
    )


@dataclass(frozen=True, slots=True)
class _Rounds:
    """What one courier needs for its rounds."""

    database: Database
    subscribers: Sequence[Subscriber]
    rng: Random
    policy: RetryPolicy
    wake: asyncio.Event

    async def run(self) -> None:
        by_name = {subscriber.name: subscriber for subscriber in self.subscribers}
        while True:
            self.wake.clear()
            while await deliver(self.database, by_name, self.rng, self.policy):
                raise_if_cancelled()
            raise_if_cancelled()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self.wake.wait()


async def _route_continually(database: Database) -> None:
    while True:
        await route(database)
        await pause(ROUTE_EVERY_S)


async def _listen(url: str, wake: asyncio.Event) -> None:
    async with await psycopg.AsyncConnection[Any].connect(url, autocommit=True) as connection:
        await connection.execute(f"LISTEN {repository.CHANNEL}")
        wake.set()  # what was said before we listened
        async for _ in connection.notifies():
            wake.set()


async def _forever(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Start a loop anew when it fails: the database may be away for a while, and nothing is lost meanwhile."""
    while True:
        try:
            await run()
        except Exception as problem:  # noqa: BLE001 - a relay that stops delivers nothing; it says so and goes on
            _log.error("relay interrupted", part=name, error=f"{type(problem).__name__}: {problem}")
        await pause(_AFTER_FAILURE_S)
