"""The outbox: what happened is recorded in the transaction that made it true, and delivered afterwards.

Each subscriber is handed every fact that it asked for at least once, and the facts of one aggregate in their order.
What a handler writes through its transaction takes effect exactly once, because it commits together with the delivery.

The order of an aggregate is the order in which its writers recorded. It is meaningful when they take turns, as every
service does that locks the row which it changes. A fact whose delivery keeps failing becomes a dead letter, and the
later facts of its aggregate wait for that subscriber until the letter is replayed or discarded: skipping it would hand
them over out of order. Other aggregates and other subscribers go on.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, TypeVar, cast
from uuid import UUID

import msgspec

from highstreet.kit import failures, tracing
from highstreet.kit import outbox_repository as repository
from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.kit.facts import FactPayload
from highstreet.kit.failures import Failure
from highstreet.kit.outbox_repository import Delivery, Fact, Letter, Standing

KEPT_FOR: Final = timedelta(days=14)
"""How long a fact stays after it was recorded, once every delivery of it is settled."""

_SWEEP_BATCH = 5_000
_NAMED: Final = 10


P = TypeVar("P", bound=FactPayload)


class UnreadableFact(Exception):
    """The payload is not what its reader knows. No retry can help, so the delivery is dead at once."""


Handler: TypeAlias = Callable[[Transaction, Fact], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who wants which facts, by name.

    `handle` runs in a system transaction that commits with the delivery; it may be called again after a failure, so
    what it does outside that transaction must bear repetition. `name` stays the same for ever: deliveries are kept
    under it.
    """

    name: str
    facts: frozenset[str]
    handle: Handler


async def record(
    tx: Transaction, *, aggregate: str, aggregate_id: UUID, name: str, payload: msgspec.Struct | dict[str, Any]
) -> None:
    """Write a fact in the caller's transaction: it exists if and only if that transaction commits."""
    version = payload.version if isinstance(payload, FactPayload) else 1
    content = cast("dict[str, Any]", msgspec.to_builtins(payload))
    await repository.insert_fact(tx, aggregate, aggregate_id, name, version, content, tracing.traceparent())


class Happening(msgspec.Struct, frozen=True):
    """A fact that is about to be recorded."""

    aggregate: str
    aggregate_id: UUID
    name: str
    payload: msgspec.Struct


async def record_many(tx: Transaction, happenings: Sequence[Happening]) -> None:
    """Write facts as `record` does, thousands in one statement, in their order."""
    if not happenings:
        return
    traceparent, new_ids = tracing.traceparent(), tx.new_ids()
    await repository.insert_facts(
        tx,
        [
            {
                "id": next(new_ids),
                "aggregate": happening.aggregate,
                "aggregate_id": happening.aggregate_id,
                "name": happening.name,
                "version": happening.payload.version if isinstance(happening.payload, FactPayload) else 1,
                "payload": happening.payload,
                "recorded_at": tx.now,
                "traceparent": traceparent,
            }
            for happening in happenings
        ],
    )


def read(fact: Fact, kind: type[P]) -> P:
    """The payload as `kind`. Raises UnreadableFact, which says why, for another version or another shape."""
    if fact.version != kind.version:
        raise UnreadableFact(f"{fact.name} has version {fact.version}, and its reader knows version {kind.version}")
    try:
        return msgspec.convert(fact.payload, kind)
    except msgspec.ValidationError as problem:
        raise UnreadableFact(f"{fact.name} version {fact.version} is not as its reader knows it: {problem}") from None


async def letters(
    tx: Transaction, *, subscriber: str | None = None, fact_id: UUID | None = None, limit: int = 100
) -> list[Letter]:
    """Dead letters, oldest first, each with the number of facts that wait behind it."""
    return await repository.dead_letters(tx, subscriber, fact_id, limit)


class DeliveryExplained(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with every error that was met on the way, in their order."""

    delivery: Delivery
    failures: list[Failure]


class FactExplained(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept about what became of a fact. `routed` says that its deliveries were made."""

    fact: Fact
    trace_id: str | None
    routed: bool
    deliveries: list[DeliveryExplained]


async def explain(tx: Transaction, fact_id: UUID) -> FactExplained:
    """What became of a fact with each subscriber. Raises NotFound for one that never was or is no longer kept."""
    found = await fact(tx, fact_id)
    return FactExplained(
        fact=found,
        trace_id=tracing.trace_id_of(found.traceparent),
        routed=await repository.is_routed(tx, fact_id),
        deliveries=[
            DeliveryExplained(delivery=each, failures=await failures.of_delivery(tx, fact_id, each.subscriber))
            for each in await repository.deliveries(tx, fact_id, _NAMED)
        ],
    )


async def replay(tx: Transaction, fact_id: UUID | None, *, subscriber: str | None = None) -> int:
    """Give dead letters a fresh set of attempts, due at once; how many. None for `fact_id` means all of them.

    Raises NotFound when `fact_id` names no dead letter.
    """
    return _some(await repository.revive(tx, fact_id, subscriber), fact_id)


async def discard(tx: Transaction, fact_id: UUID, *, subscriber: str | None = None) -> int:
    """Give up on a dead letter for good, so that what waits behind it goes on; how many deliveries that were.

    Raises NotFound when `fact_id` names no dead letter.
    """
    return _some(await repository.discard(tx, fact_id, subscriber), fact_id)


async def fact(tx: Transaction, fact_id: UUID) -> Fact:
    """Raises NotFound for a fact that never was or is no longer kept."""
    found = await repository.fact(tx, fact_id)
    if found is None:
        raise NotFound(f"There is no fact {fact_id}")
    return found


async def standing(tx: Transaction) -> list[Standing]:
    """How far each subscriber is."""
    return await repository.standing(tx)


async def sweep(tx: Transaction) -> int:
    """Drop facts that are settled with everyone and older than KEPT_FOR, a batch at a time; how many."""
    return await repository.drop_settled(tx, tx.now - KEPT_FOR, _SWEEP_BATCH)


def seconds_behind(standing: Standing, now: datetime) -> float:
    """The age of the oldest fact that the subscriber has not been handed, in seconds; 0 when there is none."""
    return max(0.0, (now - standing.oldest_at).total_seconds()) if standing.oldest_at else 0.0


def _some(count: int, fact_id: UUID | None) -> int:
    if count == 0 and fact_id is not None:
        raise NotFound(f"Fact {fact_id} is not a dead letter")
    return count
