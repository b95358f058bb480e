"""Webhooks as rows: each event once."""

from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from highstreet.kit.database import Transaction
from highstreet.market.payments.domain.seen import Notice, Outcome, Received, Seen


class Waiting(msgspec.Struct, frozen=True):
    """An event that came before the payment was known that it names."""

    id: UUID
    seen: dict[str, Any]

    def said(self) -> Seen:
        return msgspec.convert(self.seen, Seen)


async def insert(tx: Transaction, provider: str, notice: Notice, body_sha256: bytes) -> UUID | None:
    """Keep an event, as one that matches nothing yet; its id, or None when it was kept before.

    Of two transactions with one event the second waits here for the first.
    """
    event_id = tx.new_id()
    seen = notice.seen
    inserted = await tx.execute(
        """
        INSERT INTO payments.events (
            id, provider, provider_event_id, kind, outcome, charge_ref, seen, body_sha256, occurred_at, received_at
        )
        VALUES (
            %(id)s, %(provider)s, %(event)s, %(kind)s, %(outcome)s, %(charge)s, %(seen)s, %(digest)s, %(at)s, %(now)s
        )
        ON CONFLICT (provider, provider_event_id) DO NOTHING
        """,
        {
            "id": event_id,
            "provider": provider,
            "event": notice.id,
            "kind": notice.kind,
            "outcome": (Outcome.UNMATCHED if seen else Outcome.UNKNOWN_KIND).value,
            "charge": seen.charge_ref if seen else None,
            "seen": Jsonb(msgspec.to_builtins(seen)) if seen else None,
            "digest": body_sha256,
            "at": notice.occurred_at,
            "now": tx.now,
        },
    )
    return event_id if inserted else None


async def settle(tx: Transaction, event_id: UUID, outcome: Outcome, payment_id: UUID, problem: str | None) -> None:
    await tx.execute(
        "UPDATE payments.events SET outcome = %s, payment_id = %s, problem = %s WHERE id = %s",
        [outcome.value, payment_id, problem, event_id],
    )


async def waiting_for(tx: Transaction, provider: str, charge_ref: str) -> list[Waiting]:
    return await tx.fetch_all(
        Waiting,
        """
        SELECT id, seen FROM payments.events
        WHERE outcome = 'unmatched' AND provider = %s AND charge_ref = %s ORDER BY id FOR UPDATE
        """,
        [provider, charge_ref],
    )


async def of_payment(tx: Transaction, payment_id: UUID) -> list[Received]:
    """In the order in which they came."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT provider_event_id, kind, outcome, problem, occurred_at, received_at
        FROM payments.events WHERE payment_id = %s ORDER BY received_at, id
        """,
        [payment_id],
    )
    return msgspec.convert(rows, list[Received])
