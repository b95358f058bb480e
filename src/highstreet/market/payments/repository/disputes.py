"""Disputes as rows."""

from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.payments.domain.disputes import Dispute, DisputeSeen, DisputeState

_SELECT: Final[LiteralString] = """
    SELECT
        disputes.id, disputes.payment_id, disputes.provider_ref, disputes.amount_minor, payments.currency,
        disputes.reason, disputes.state, disputes.evidence_due_at, disputes.opened_at, disputes.changed_at
    FROM payments.disputes INNER JOIN payments.payments ON disputes.payment_id = payments.id
"""


async def by_name(tx: Transaction, payment_id: UUID, provider_ref: str) -> Dispute | None:
    return await tx.fetch_one(
        _dispute, f"{_SELECT} WHERE disputes.payment_id = %s AND disputes.provider_ref = %s", [payment_id, provider_ref]
    )


async def of_payment(tx: Transaction, payment_id: UUID) -> list[Dispute]:
    return await tx.fetch_all(_dispute, f"{_SELECT} WHERE disputes.payment_id = %s ORDER BY disputes.id", [payment_id])


async def insert(tx: Transaction, payment_id: UUID, seen: DisputeSeen) -> UUID:
    """A dispute, as it was seen; its id."""
    dispute_id = tx.new_id()
    await tx.execute(
        """
        INSERT INTO payments.disputes (
            id, payment_id, provider_ref, amount_minor, reason, state, evidence_due_at, opened_at, changed_at
        )
        VALUES (
            %(id)s, %(payment)s, %(ref)s, %(amount)s, %(reason)s, %(state)s, %(due)s, %(now)s, %(now)s
        )
        """,
        {
            "id": dispute_id,
            "payment": payment_id,
            "ref": seen.provider_ref,
            "amount": seen.amount_minor,
            "reason": seen.reason,
            "state": seen.state.value,
            "due": seen.evidence_due_at,
            "now": tx.now,
        },
    )
    return dispute_id


async def move(tx: Transaction, dispute_id: UUID, state: DisputeState, evidence_due_at: datetime | None) -> None:
    await tx.execute(
        """
        UPDATE payments.disputes SET
            state = %(state)s, evidence_due_at = greatest(evidence_due_at, %(due)s), changed_at = %(now)s
        WHERE id = %(id)s
        """,
        {"id": dispute_id, "state": state.value, "due": evidence_due_at, "now": tx.now},
    )


def _dispute(**columns: object) -> Dispute:
    return msgspec.convert(columns, Dispute)
