"""The SQL of the outbox."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from highstreet.kit.database import Transaction

CHANNEL = "highstreet_outbox"
_ROUTER_KEY = 0x6F7574626F78
"""The advisory lock of whoever routes: one process at a time."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, as its subscribers are handed it. `traceparent` is the span in which it was recorded."""

    id: UUID
    position: int
    aggregate: str
    aggregate_id: UUID
    name: str
    version: int
    payload: Any
    recorded_at: datetime
    traceparent: str | None


class Claim(msgspec.Struct, frozen=True):
    """A delivery whose row this transaction holds."""

    fact: Fact
    subscriber: str
    attempts: int


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter. `waiting` counts the facts of its aggregate that wait behind it for the same subscriber."""

    fact_id: UUID
    subscriber: str
    name: str
    aggregate: str
    aggregate_id: UUID
    recorded_at: datetime
    died_at: datetime
    attempts: int
    error: str
    waiting: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Where one fact stands with one subscriber: pending, delivered, dead or discarded.

    `due_at` is when it is tried next, `settled_at` when that ended. `behind` is the fact of the same aggregate that has
    to be settled first, and `waiting` are the later ones that wait for this one, of which only some are named.
    """

    subscriber: str
    state: str
    attempts: int
    due_at: datetime
    settled_at: datetime | None
    error: str | None
    behind: UUID | None
    waiting: int
    waiting_facts: list[UUID]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a subscriber is: deliveries to come, dead letters, and when the oldest of both was recorded."""

    subscriber: str
    pending: int
    dead: int
    oldest_at: datetime | None


class Routed(msgspec.Struct, frozen=True):
    facts: int
    deliveries: int


async def insert_fact(
    tx: Transaction,
    aggregate: str,
    aggregate_id: UUID,
    name: str,
    version: int,
    payload: dict[str, Any],
    traceparent: str | None,
) -> None:
    await tx.execute(
        """
        INSERT INTO kit.facts (id, aggregate, aggregate_id, name, version, payload, recorded_at, traceparent)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (tx.new_id(), aggregate, aggregate_id, name, version, Jsonb(payload), tx.now, traceparent),
    )


async def insert_facts(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Rows as JSON can hold them, by column; they are numbered in their order."""
    await tx.execute(
        """
        INSERT INTO kit.facts (id, aggregate, aggregate_id, name, version, payload, recorded_at, traceparent)
        SELECT id, aggregate, aggregate_id, name, version, payload, recorded_at, traceparent
        FROM json_to_recordset(%s::json) AS given (
            id uuid, aggregate text, aggregate_id uuid, name text, version integer, payload jsonb,
            recorded_at timestamptz, traceparent text
        )
        """,
        (msgspec.json.encode(rows).decode(),),
    )


async def fact(tx: Transaction, fact_id: UUID) -> Fact | None:
    return await tx.fetch_one(
        Fact,
        """
        SELECT id, position, aggregate, aggregate_id, name, version, payload, recorded_at, traceparent
        FROM kit.facts WHERE id = %s
        """,
        (fact_id,),
    )


async def subscribe(tx: Transaction, wanted: Iterable[tuple[str, str]]) -> None:
    """Make the subscriptions exactly these pairs of subscriber and fact name."""
    pairs = list(wanted)
    subscribers, facts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    await tx.execute(
        """
        DELETE FROM kit.subscriptions
        WHERE (subscriber, fact) NOT IN (SELECT * FROM unnest(%s::text[], %s::text[]))
        """,
        (subscribers, facts),
    )
    await tx.execute(
        """
        INSERT INTO kit.subscriptions (subscriber, fact)
        SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING
        """,
        (subscribers, facts),
    )


async def route(tx: Transaction, limit: int) -> Routed:
    """Make a delivery of each fact for each subscriber that wants it, once no transaction from before it is open.

    Below pg_snapshot_xmin every transaction has ended, so a fact numbered early and committed late is waited for. That
    bound alone does not keep an aggregate's order: a writer may have been given its xid long before its turn on the
    aggregate came. So a fact also waits for every visible one of its aggregate that was recorded before it. Returns
    zeros when another process is routing.
    """
    routed = await tx.fetch_one(
        Routed,
        """
        WITH turn AS MATERIALIZED (
            SELECT pg_try_advisory_xact_lock(%(key)s) AS mine
        ), horizon AS MATERIALIZED (
            SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid FROM turn WHERE mine
        ), ready AS MATERIALIZED (
            SELECT fact.id, fact.name, fact.aggregate, fact.aggregate_id, fact.position
            FROM horizon, kit.facts AS fact
            WHERE NOT fact.routed AND fact.xid < horizon.xid
                AND NOT EXISTS (
                    SELECT FROM kit.facts AS earlier
                    WHERE NOT earlier.routed AND earlier.xid >= horizon.xid
                        AND earlier.aggregate_id = fact.aggregate_id AND earlier.aggregate = fact.aggregate
                        AND earlier.position < fact.position
                )
            ORDER BY fact.position
            LIMIT %(limit)s
            FOR UPDATE OF fact
        ), marked AS (
            UPDATE kit.facts AS fact SET routed = true FROM ready WHERE fact.id = ready.id
        ), delivered AS (
            INSERT INTO kit.deliveries (fact_id, subscriber, aggregate, aggregate_id, position, state, due_at)
            SELECT ready.id, wanted.subscriber, ready.aggregate, ready.aggregate_id, ready.position, 'pending', %(now)s
            FROM ready JOIN kit.subscriptions AS wanted ON wanted.fact = ready.name
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM ready) AS facts, (SELECT count(*) FROM delivered) AS deliveries
        """,
        {"key": _ROUTER_KEY, "limit": limit, "now": tx.now},
    )
    assert routed is not None
    return routed


async def wake(tx: Transaction) -> None:
    """Tell every worker that there is something to deliver, when this transaction commits."""
    await tx.execute("SELECT pg_notify(%s, '')", (CHANNEL,))


async def claim(tx: Transaction, subscribers: list[str]) -> Claim | None:
    """The next due delivery that heads its aggregate for its subscriber, locked until this transaction ends.

    What another worker holds is passed over together with everything behind it, because it still stands as pending.
    """

    def build(subscriber: str, attempts: int, **columns: Any) -> Claim:  # noqa: ANN401 - the columns of a fact
        return Claim(Fact(**columns), subscriber, attempts)

    return await tx.fetch_one(
        build,
        """
        WITH head AS (
            SELECT delivery.fact_id, delivery.subscriber, delivery.attempts
            FROM kit.deliveries AS delivery
            WHERE delivery.state = 'pending' AND delivery.due_at <= %(now)s
                AND delivery.subscriber = ANY(%(subscribers)s)
                AND NOT EXISTS (
                    SELECT FROM kit.deliveries AS earlier
                    WHERE earlier.state IN ('pending', 'dead') AND earlier.subscriber = delivery.subscriber
                        AND earlier.aggregate_id = delivery.aggregate_id AND earlier.aggregate = delivery.aggregate
                        AND earlier.position < delivery.position
                )
            ORDER BY delivery.position
            LIMIT 1
            FOR UPDATE OF delivery SKIP LOCKED
        )
        SELECT head.subscriber, head.attempts, fact.id, fact.position, fact.aggregate, fact.aggregate_id, fact.name,
            fact.version, fact.payload, fact.recorded_at, fact.traceparent
        FROM head JOIN kit.facts AS fact ON fact.id = head.fact_id
        """,
        {"now": tx.now, "subscribers": subscribers},
    )


async def settle(tx: Transaction, held: Claim, state: str, error: str | None = None) -> None:
    """`state` is delivered or dead."""
    await tx.execute(
        """
        UPDATE kit.deliveries SET state = %s, attempts = attempts + 1, settled_at = %s, error = %s
        WHERE fact_id = %s AND subscriber = %s
        """,
        (state, tx.now, error, held.fact.id, held.subscriber),
    )


async def postpone(tx: Transaction, held: Claim, due_at: datetime, error: str) -> None:
    await tx.execute(
        """
        UPDATE kit.deliveries SET attempts = attempts + 1, due_at = %s, error = %s
        WHERE fact_id = %s AND subscriber = %s
        """,
        (due_at, error, held.fact.id, held.subscriber),
    )


async def dead_letters(tx: Transaction, subscriber: str | None, fact_id: UUID | None, limit: int) -> list[Letter]:
    return await tx.fetch_all(
        Letter,
        """
        SELECT dead.fact_id, dead.subscriber, fact.name, dead.aggregate, dead.aggregate_id, fact.recorded_at,
            dead.settled_at AS died_at, dead.attempts, dead.error,
            (
                SELECT count(*) FROM kit.deliveries AS later
                WHERE later.state = 'pending' AND later.subscriber = dead.subscriber
                    AND later.aggregate_id = dead.aggregate_id AND later.aggregate = dead.aggregate
                    AND later.position > dead.position
            ) AS waiting
        FROM kit.deliveries AS dead JOIN kit.facts AS fact ON fact.id = dead.fact_id
        WHERE dead.state = 'dead' AND (%(subscriber)s::text IS NULL OR dead.subscriber = %(subscriber)s)
            AND (%(fact_id)s::uuid IS NULL OR dead.fact_id = %(fact_id)s)
        ORDER BY dead.position, dead.subscriber
        LIMIT %(limit)s
        """,
        {"subscriber": subscriber, "fact_id": fact_id, "limit": limit},
    )


async def deliveries(tx: Transaction, fact_id: UUID, named: int) -> list[Delivery]:
    """Of each subscriber that the fact was routed to; `named` is the most waiting facts that are named."""
    return await tx.fetch_all(
        Delivery,
        """
        SELECT delivery.subscriber, delivery.state, delivery.attempts, delivery.due_at, delivery.settled_at,
            delivery.error, earlier.fact_id AS behind, coalesce(later.waiting, 0) AS waiting,
            coalesce(later.facts, ARRAY[]::uuid[]) AS waiting_facts
        FROM kit.deliveries AS delivery
        LEFT JOIN LATERAL (
            SELECT before.fact_id FROM kit.deliveries AS before
            WHERE delivery.state = 'pending' AND before.state IN ('pending', 'dead')
                AND before.subscriber = delivery.subscriber AND before.aggregate_id = delivery.aggregate_id
                AND before.aggregate = delivery.aggregate AND before.position < delivery.position
            ORDER BY before.position LIMIT 1
        ) AS earlier ON true
        LEFT JOIN LATERAL (
            SELECT count(*) AS waiting, (array_agg(after.fact_id ORDER BY after.position))[1:%(named)s] AS facts
            FROM kit.deliveries AS after
            WHERE delivery.state IN ('pending', 'dead') AND after.state = 'pending'
                AND after.subscriber = delivery.subscriber AND after.aggregate_id = delivery.aggregate_id
                AND after.aggregate = delivery.aggregate AND after.position > delivery.position
        ) AS later ON true
        WHERE delivery.fact_id = %(fact_id)s
        ORDER BY delivery.subscriber
        """,
        {"fact_id": fact_id, "named": named},
    )


async def is_routed(tx: Transaction, fact_id: UUID) -> bool:
    return bool(await tx.execute("SELECT FROM kit.facts WHERE id = %s AND routed", (fact_id,)))


async def revive(tx: Transaction, fact_id: UUID | None, subscriber: str | None) -> int:
    return await tx.execute(
        """
        UPDATE kit.deliveries SET state = 'pending', attempts = 0, settled_at = NULL, due_at = %(now)s
        WHERE state = 'dead' AND (%(fact_id)s::uuid IS NULL OR fact_id = %(fact_id)s)
            AND (%(subscriber)s::text IS NULL OR subscriber = %(subscriber)s)
        """,
        {"now": tx.now, "fact_id": fact_id, "subscriber": subscriber},
    )


async def discard(tx: Transaction, fact_id: UUID, subscriber: str | None) -> int:
    return await tx.execute(
        """
        UPDATE kit.deliveries SET state = 'discarded', settled_at = %(now)s
        WHERE state = 'dead' AND fact_id = %(fact_id)s
            AND (%(subscriber)s::text IS NULL OR subscriber = %(subscriber)s)
        """,
        {"now": tx.now, "fact_id": fact_id, "subscriber": subscriber},
    )


async def standing(tx: Transaction) -> list[Standing]:
    return await tx.fetch_all(
        Standing,
        """
        WITH unsettled AS (
            SELECT delivery.subscriber, delivery.state, fact.recorded_at
            FROM kit.deliveries AS delivery JOIN kit.facts AS fact ON fact.id = delivery.fact_id
            WHERE delivery.state IN ('pending', 'dead')
            UNION ALL
            SELECT wanted.subscriber, 'pending', fact.recorded_at
            FROM kit.facts AS fact JOIN kit.subscriptions AS wanted ON wanted.fact = fact.name
            WHERE NOT fact.routed
        ), known AS (
            SELECT subscriber FROM kit.subscriptions UNION SELECT subscriber FROM unsettled
        )
        SELECT known.subscriber, count(*) FILTER (WHERE unsettled.state = 'pending') AS pending,
            count(*) FILTER (WHERE unsettled.state = 'dead') AS dead, min(unsettled.recorded_at) AS oldest_at
        FROM known LEFT JOIN unsettled ON unsettled.subscriber = known.subscriber
        GROUP BY known.subscriber
        ORDER BY known.subscriber
        """,
    )


async def drop_settled(tx: Transaction, recorded_before: datetime, limit: int) -> int:
    return await tx.execute(
        """
        DELETE FROM kit.facts WHERE id IN (
            SELECT fact.id FROM kit.facts AS fact
            WHERE fact.routed AND fact.recorded_at < %s
                AND NOT EXISTS (
                    SELECT FROM kit.deliveries AS open
                    WHERE open.fact_id = fact.id AND open.state IN ('pending', 'dead')
                )
            ORDER BY fact.recorded_at
            LIMIT %s
        )
        """,
        (recorded_before, limit),
    )
