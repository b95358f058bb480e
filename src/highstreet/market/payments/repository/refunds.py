"""Refunds as rows."""

from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.payments.domain.refunds import Refund, RefundState

_SELECT: Final[LiteralString] = """
    SELECT
        refunds.id, refunds.payment_id, refunds.amount_minor, payments.currency, refunds.state, refunds.own,
        refunds.provider_ref, refunds.first_sent_at, refunds.attempts, refunds.problem, refunds.requested_at,
        refunds.changed_at
    FROM payments.refunds INNER JOIN payments.payments ON refunds.payment_id = payments.id
"""


class _Id(msgspec.Struct, frozen=True):
    id: UUID


async def insert(tx: Transaction, refund_id: UUID, payment_id: UUID, amount_minor: int, due_at: datetime) -> bool:
    """A refund of ours that is to be sent; False when there is one by that id."""
    return bool(
        await tx.execute(
            """
            INSERT INTO payments.refunds (
                id, payment_id, amount_minor, state, own, due_at, attempts, requested_at, changed_at
            )
            VALUES (%(id)s, %(payment)s, %(amount)s, 'requested', true, %(due)s, 0, %(now)s, %(now)s)
            ON CONFLICT (id) DO NOTHING
            """,
            {"id": refund_id, "payment": payment_id, "amount": amount_minor, "due": due_at, "now": tx.now},
        )
    )


async def insert_foreign(
    tx: Transaction, payment_id: UUID, provider_ref: str, amount_minor: int, state: RefundState, problem: str | None
) -> UUID:
    """A refund that was made past us, as it was seen; its id."""
    refund_id = tx.new_id()
    await tx.execute(
        """
        INSERT INTO payments.refunds (
            id, payment_id, amount_minor, state, own, provider_ref, attempts, problem, requested_at, changed_at
        )
        VALUES (%(id)s, %(payment)s, %(amount)s, %(state)s, false, %(ref)s, 0, %(problem)s, %(now)s, %(now)s)
        """,
        {
            "id": refund_id,
            "payment": payment_id,
            "amount": amount_minor,
            "state": state.value,
            "ref": provider_ref,
            "problem": problem,
            "now": tx.now,
        },
    )
    return refund_id


async def by_id(tx: Transaction, refund_id: UUID) -> Refund | None:
    return await tx.fetch_one(_refund, f"{_SELECT} WHERE refunds.id = %s", [refund_id])


async def of_payment(tx: Transaction, payment_id: UUID) -> list[Refund]:
    return await tx.fetch_all(_refund, f"{_SELECT} WHERE refunds.payment_id = %s ORDER BY refunds.id", [payment_id])


async def move(
    tx: Transaction, refund_id: UUID, state: RefundState, provider_ref: str | None, problem: str | None
) -> None:
    """Write what is now known of a refund; `due_at` stays only where it still waits to be sent."""
    await tx.execute(
        """
        UPDATE payments.refunds SET
            state = %(state)s, provider_ref = coalesce(provider_ref, %(ref)s), problem = %(problem)s,
            due_at = CASE %(state)s WHEN 'requested' THEN due_at END, changed_at = %(now)s
        WHERE id = %(id)s
        """,
        {"id": refund_id, "state": state.value, "ref": provider_ref, "problem": problem, "now": tx.now},
    )


async def take_due(tx: Transaction, until: datetime, limit: int) -> list[UUID]:
    """Refunds that are to be sent, longest due first; each is due again at `until` unless it was."""
    taken = await tx.fetch_all(
        _Id,
        """
        UPDATE payments.refunds SET due_at = %(until)s
        WHERE id IN (
            SELECT id FROM payments.refunds WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id
        """,
        {"until": until, "now": tx.now, "limit": limit},
    )
    return [each.id for each in taken]


async def begin_sending(tx: Transaction, refund_id: UUID) -> None:
    """Note that it may arrive from now on."""
    await tx.execute(
        """
        UPDATE payments.refunds SET first_sent_at = coalesce(first_sent_at, %s), attempts = attempts + 1 WHERE id = %s
        """,
        [tx.now, refund_id],
    )


async def postpone(tx: Transaction, refund_id: UUID, due_at: datetime, problem: str) -> None:
    """Send it at another time, because of a problem."""
    await tx.execute(
        "UPDATE payments.refunds SET due_at = %s, problem = %s WHERE id = %s AND state = 'requested'",
        [due_at, problem, refund_id],
    )


def _refund(**columns: object) -> Refund:
    return msgspec.convert(columns, Refund)
