"""The SQL of the capacity guard, on the PostgreSQL schema `capacity`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.capacity.domain.guard import Guard, GuardState
from highstreet.market.capacity.domain.plans import Plan, Served

_GUARDS: Final[LiteralString] = """
    SELECT deal_id, merchant_id, own_tax_rate, pause_percent, resume_percent, state, load_percent, look_at
    FROM capacity.guards
"""


async def find(tx: Transaction, deal_id: UUID) -> Guard | None:
    row = await tx.fetch_one(dict[str, Any], _GUARDS + "WHERE deal_id = %s", [deal_id])
    return msgspec.convert(row, Guard) if row else None


async def lock(tx: Transaction, deal_id: UUID) -> Guard | None:
    """A guard that nobody else changes until the transaction ends."""
    row = await tx.fetch_one(dict[str, Any], _GUARDS + "WHERE deal_id = %s FOR NO KEY UPDATE", [deal_id])
    return msgspec.convert(row, Guard) if row else None


async def lock_due(tx: Transaction, limit: int) -> list[Guard]:
    """Guards who have to look, and whom nobody changes at this moment."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _GUARDS + "WHERE look_at <= %s ORDER BY look_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
        [tx.now, limit],
    )
    return msgspec.convert(rows, list[Guard])


async def served_of(tx: Transaction, deal_id: UUID) -> dict[UUID, Served]:
    rows = await tx.fetch_all(
        Served, "SELECT option_id, guests, cost_minor FROM capacity.served WHERE deal_id = %s", [deal_id]
    )
    return {row.option_id: row for row in rows}


async def write(tx: Transaction, deal_id: UUID, merchant_id: UUID, plan: Plan) -> None:
    """What is stated now, in place of what was. A guard without a brake watches nothing and has paused nothing."""
    brake = plan.brake
    await tx.execute(
        """
        INSERT INTO capacity.guards (
            deal_id, merchant_id, own_tax_rate, pause_percent, resume_percent, state, look_at, changed_at
        )
        VALUES (%(deal)s, %(merchant)s, %(tax)s, %(pause)s, %(resume)s, 'watching', %(look)s, %(now)s)
        ON CONFLICT (deal_id) DO UPDATE SET
            own_tax_rate = excluded.own_tax_rate, pause_percent = excluded.pause_percent,
            resume_percent = excluded.resume_percent, look_at = excluded.look_at, changed_at = excluded.changed_at,
            state = CASE WHEN excluded.pause_percent IS NULL THEN 'watching' ELSE guards.state END,
            waived_by = CASE WHEN excluded.pause_percent IS NOT NULL THEN guards.waived_by END
        """,
        {
            "deal": deal_id,
            "merchant": merchant_id,
            "tax": plan.own_tax_rate,
            "pause": brake and brake.pause_percent,
            "resume": brake and brake.resume_percent,
            "look": brake and tx.now,
            "now": tx.now,
        },
    )
    await _write_served(tx, deal_id, plan.served)


async def _write_served(tx: Transaction, deal_id: UUID, served: Sequence[Served]) -> None:
    await tx.execute("DELETE FROM capacity.served WHERE deal_id = %s", [deal_id])
    await tx.execute_many(
        "INSERT INTO capacity.served (option_id, deal_id, guests, cost_minor) VALUES (%s, %s, %s, %s)",
        [(each.option_id, deal_id, each.guests, each.cost_minor) for each in served],
    )


async def look(
    tx: Transaction,
    deal_id: UUID,
    state: GuardState,
    load_percent: int | None,
    look_at: datetime | None,
    *,
    waived_by: UUID | None = None,
) -> None:
    """What the guard saw, and when it looks again."""
    await tx.execute(
        """
        UPDATE capacity.guards SET
            state = %(state)s, load_percent = coalesce(%(load)s, load_percent), look_at = %(look)s,
            waived_by = CASE WHEN %(state)s = 'waived' THEN coalesce(%(by)s, waived_by) END, changed_at = %(now)s
        WHERE deal_id = %(deal)s
        """,
        {
            "deal": deal_id,
            "state": str(state),
            "load": load_percent,
            "look": look_at,
            "by": waived_by,
            "now": tx.now,
        },
    )
