"""Payouts: rows whose state changes step by step, each step by one conditional statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.settlement.domain.payouts import Payout, PayoutState

_COLUMNS: Final[LiteralString] = """
    id, statement_id, merchant_id, currency, amount_minor, destination, state, transfer_ref, problem, due_at, attempts,
    proposed_at, sent_at, settled_at
"""


class _Key(msgspec.Struct, frozen=True):
    id: UUID


async def insert(tx: Transaction, payout: Payout) -> None:
    await tx.execute(
        """
        INSERT INTO settlement.payouts (
            id, statement_id, merchant_id, currency, amount_minor, destination, state, due_at, attempts, proposed_at
        )
        VALUES (
            %(id)s, %(statement_id)s, %(merchant_id)s, %(currency)s, %(amount_minor)s, %(destination)s, %(state)s,
            %(due_at)s, %(attempts)s, %(proposed_at)s
        )
        """,
        {**msgspec.structs.asdict(payout), "state": str(payout.state)},
    )


async def find(tx: Transaction, payout_id: UUID) -> Payout | None:
    return await tx.fetch_one(_payout, "SELECT" + _COLUMNS + "FROM settlement.payouts WHERE id = %s", [payout_id])


async def lock(tx: Transaction, payout_id: UUID) -> Payout | None:
    """As it stands, for this transaction alone to change."""
    return await tx.fetch_one(
        _payout, "SELECT" + _COLUMNS + "FROM settlement.payouts WHERE id = %s FOR UPDATE", [payout_id]
    )


async def listed(
    tx: Transaction, states: Sequence[PayoutState], merchant_id: UUID | None, before: UUID | None, limit: int
) -> list[Payout]:
    """Newest first, behind the one with the id `before`."""
    return await tx.fetch_all(
        _payout,
        "SELECT"
        + _COLUMNS
        + """
        FROM settlement.payouts
        WHERE state = ANY(%(states)s)
            AND (%(merchant)s::uuid IS NULL OR merchant_id = %(merchant)s)
            AND (%(before)s::uuid IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"states": [str(state) for state in states], "merchant": merchant_id, "before": before, "limit": limit},
    )


async def take_due(tx: Transaction, provider: str, until: datetime, limit: int) -> list[UUID]:
    """Whatever is due to be sent by a provider; nobody else takes it until the moment `until`, when it is due again."""
    rows = await tx.fetch_all(
        _Key,
        """
        UPDATE settlement.payouts SET due_at = %(until)s
        WHERE id IN (
            SELECT id FROM settlement.payouts
            WHERE due_at <= %(now)s AND starts_with(destination, %(provider)s || ':')
            ORDER BY due_at LIMIT %(limit)s
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id
        """,
        {"until": until, "now": tx.now, "provider": provider, "limit": limit},
    )
    return [row.id for row in rows]


async def step(
    tx: Transaction,
    payout: Payout,
    state: PayoutState,
    *,
    transfer_ref: str | None = None,
    problem: str | None = None,
    due_at: datetime | None = None,
) -> int:
    """Take a step from the state in which `payout` was seen; 0 where it is no longer in it."""
    return await tx.execute(
        """
        UPDATE settlement.payouts SET
            state = %(state)s, transfer_ref = coalesce(%(transfer_ref)s, transfer_ref), problem = %(problem)s,
            due_at = %(due_at)s, attempts = %(attempts)s, sent_at = coalesce(sent_at, %(sent_at)s),
            settled_at = %(settled_at)s
        WHERE id = %(id)s AND state = %(before)s
        """,
        {
            "id": payout.id,
            "before": str(payout.state),
            "state": str(state),
            "transfer_ref": transfer_ref,
            "problem": problem,
            "due_at": due_at,
            "attempts": payout.attempts + (state is PayoutState.SENT),
            "sent_at": tx.now if state is PayoutState.SENT else None,
            "settled_at": tx.now if state in {PayoutState.PAID, PayoutState.FAILED} else None,
        },
    )


def _payout(**columns: object) -> Payout:
    return msgspec.convert(columns, Payout)
