"""Deals that run only once enough of them are sold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.orders.domain.tipping import Tipping, TippingState


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A deal that has enough, or has run out of time."""

    deal_id: UUID
    enough: bool


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An order whose money is set aside, and what is decided about its deal."""

    order_id: UUID
    payment_id: UUID
    state: str


async def put(tx: Transaction, deal_id: UUID, merchant_id: UUID, needed: int, due_at: datetime) -> bool:
    """Set what a deal needs, as long as nothing is decided; whether it could be."""
    written = await tx.execute(
        """
        INSERT INTO orders.tipping (deal_id, merchant_id, needed, due_at, state, set_at)
        VALUES (%s, %s, %s, %s, 'open', %s)
        ON CONFLICT (deal_id) DO UPDATE SET needed = excluded.needed, due_at = excluded.due_at
        WHERE tipping.state = 'open'
        """,
        [deal_id, merchant_id, needed, due_at, tx.now],
    )
    return written == 1


async def of_deals(tx: Transaction, deal_ids: Sequence[UUID]) -> dict[UUID, Tipping]:
    rows = await tx.fetch_all(
        dict[str, Any],
        "SELECT deal_id, needed, due_at, state FROM orders.tipping WHERE deal_id = ANY(%s)",
        [list(deal_ids)],
    )
    return {row["deal_id"]: msgspec.convert(row, Tipping) for row in rows}


async def ready(tx: Transaction, limit: int) -> list[Ready]:
    """Open deals that have enough, or whose time is over."""
    return await tx.fetch_all(
        Ready,
        """
        SELECT counted.deal_id, counted.units >= counted.needed AS enough
        FROM (
            SELECT tipping.deal_id, tipping.needed, tipping.due_at, (
                SELECT coalesce(sum(lines.quantity), 0)
                FROM orders.lines INNER JOIN orders.orders ON lines.order_id = orders.id
                WHERE lines.deal_id = tipping.deal_id AND orders.state = 'authorised'
            ) AS units
            FROM orders.tipping WHERE tipping.state = 'open'
        ) AS counted
        WHERE counted.units >= counted.needed OR counted.due_at <= %s
        ORDER BY counted.deal_id LIMIT %s
        """,
        [tx.now, limit],
    )


async def end(tx: Transaction, deal_id: UUID, state: TippingState) -> None:
    await tx.execute(
        "UPDATE orders.tipping SET state = %s, ended_at = %s WHERE deal_id = %s AND state = 'open'",
        [state, tx.now, deal_id],
    )


async def waiting(tx: Transaction, limit: int) -> list[Waiting]:
    """Orders whose money is still set aside although their deal is decided, and nothing was asked of a provider."""
    return await tx.fetch_all(
        Waiting,
        """
        SELECT orders.id AS order_id, orders.payment_id, tipping.state
        FROM orders.orders
        INNER JOIN orders.lines ON lines.order_id = orders.id AND lines.position = 0
        INNER JOIN orders.tipping ON tipping.deal_id = lines.deal_id
        WHERE orders.state = 'authorised' AND tipping.state <> 'open'
        ORDER BY orders.id LIMIT %s
        """,
        [limit],
    )
