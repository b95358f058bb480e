"""Credit, grant by grant."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.promotions.domain.credits import Credit

_CREDITS: Final = """
    SELECT id, account_id, currency, origin, granted_minor, left_minor, reason, granted_at, expires_at
    FROM promotions.credits
"""


async def insert(tx: Transaction, credit: Credit) -> None:
    await tx.execute(
        """
        INSERT INTO promotions.credits (
            id, account_id, currency, origin, granted_minor, left_minor, reason, granted_at, expires_at
        )
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            credit.id,
            credit.account_id,
            credit.currency,
            credit.origin.value,
            credit.granted_minor,
            credit.left_minor,
            credit.reason,
            credit.granted_at,
            credit.expires_at,
        ],
    )


async def usable(tx: Transaction, account_id: UUID, currency: str, *, hold: bool = False) -> list[Credit]:
    """Grants of which something is left, those that end first before the others; with `hold`, for this transaction."""
    query = (
        _CREDITS
        + """
        WHERE account_id = %s AND currency = %s AND left_minor > 0 AND (expires_at IS NULL OR expires_at > %s)
        ORDER BY expires_at NULLS LAST, id
    """
    )
    params = [account_id, currency, tx.now]
    if hold:
        await tx.execute("SELECT FROM promotions.credits WHERE account_id = %s ORDER BY id FOR UPDATE", [account_id])
    return msgspec.convert(await tx.fetch_all(dict[str, Any], query, params), list[Credit])


async def spend(tx: Transaction, credit_id: UUID, order_id: UUID, amount_minor: int) -> bool:
    """Take from a grant as long as so much is left; whether it was."""
    taken = await tx.execute(
        "UPDATE promotions.credits SET left_minor = left_minor - %(n)s WHERE id = %(id)s AND left_minor >= %(n)s",
        {"n": amount_minor, "id": credit_id},
    )
    if taken:
        await tx.execute(
            """
            INSERT INTO promotions.credit_uses (credit_id, order_id, amount_minor, state, at)
            VALUES (%s, %s, %s, 'held', %s)
            """,
            [credit_id, order_id, amount_minor, tx.now],
        )
    return taken == 1


async def keep(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """What these orders hold is used."""
    await tx.execute(
        "UPDATE promotions.credit_uses SET state = 'used', at = %s WHERE order_id = ANY(%s) AND state = 'held'",
        [tx.now, list(order_ids)],
    )


async def release(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """What these orders hold is their buyers' to spend again."""
    await tx.execute(
        """
        WITH released AS (
            UPDATE promotions.credit_uses SET state = 'released', at = %s
            WHERE order_id = ANY(%s) AND state = 'held' RETURNING credit_id, amount_minor
        ), summed AS (
            SELECT credit_id, sum(amount_minor) AS amount_minor FROM released GROUP BY credit_id
        )
        UPDATE promotions.credits SET left_minor = credits.left_minor + summed.amount_minor
        FROM summed WHERE credits.id = summed.credit_id
        """,
        [tx.now, list(order_ids)],
    )


async def end_due(tx: Transaction, limit: int) -> list[Credit]:
    """Grants whose time is over and of which no order holds a part; they end, and are answered as they were."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        WITH due AS (
            SELECT id, left_minor FROM promotions.credits
            WHERE ended_at IS NULL AND expires_at <= %(now)s AND NOT EXISTS (
                SELECT FROM promotions.credit_uses
                WHERE credit_uses.credit_id = credits.id AND credit_uses.state = 'held'
            )
            ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        )
        UPDATE promotions.credits SET left_minor = 0, ended_at = %(now)s FROM due WHERE credits.id = due.id
        RETURNING
            credits.id, credits.account_id, credits.currency, credits.origin, credits.granted_minor, due.left_minor,
            credits.reason, credits.granted_at, credits.expires_at
        """,
        {"now": tx.now, "limit": limit},
    )
    return msgspec.convert(rows, list[Credit])


async def hand_over(tx: Transaction, from_id: UUID, into_id: UUID) -> None:
    """Give an account's credit to another one."""
    await tx.execute("UPDATE promotions.credits SET account_id = %s WHERE account_id = %s", [into_id, from_id])
