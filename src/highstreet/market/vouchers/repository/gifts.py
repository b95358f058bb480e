"""Gifts: vouchers on their way to somebody else."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.vouchers.domain.gifts import Gift

_COLUMNS: Final[LiteralString] = """
    id, voucher_id, giver_account_id, recipient_name, recipient_email, message, deliver_at, offered_at, expires_at,
    claimed_at, claimed_by, withdrawn_at
"""


async def insert(tx: Transaction, gifts: Sequence[Gift]) -> int:
    """How many were added: a voucher is on its way to one person at a time."""
    if not gifts:
        return 0
    return await tx.execute(
        """
        INSERT INTO vouchers.gifts (
            id, voucher_id, giver_account_id, recipient_name, recipient_email, message, deliver_at, offered_at,
            expires_at
        )
        SELECT
            id, voucher_id, giver_account_id, recipient_name, recipient_email, message, deliver_at, offered_at,
            expires_at
        FROM json_populate_recordset(NULL::vouchers.gifts, %s::json)
        ON CONFLICT (voucher_id) WHERE claimed_at IS NULL AND withdrawn_at IS NULL DO NOTHING
        """,
        [msgspec.json.encode(gifts).decode()],
    )


async def by_id(tx: Transaction, gift_id: UUID) -> Gift | None:
    """A gift that the actor may see."""
    row = await tx.fetch_one(
        dict[str, Any],
        f"SELECT {_COLUMNS} FROM vouchers.gifts WHERE id = %s",  # noqa: S608 -- ours
        [gift_id],
    )
    return msgspec.convert(row, Gift) if row else None


async def waiting(tx: Transaction, voucher_id: UUID) -> Gift | None:
    """The gift of a voucher that nobody has claimed or withdrawn yet, as far as the actor may see it."""
    row = await tx.fetch_one(
        dict[str, Any],
        f"""
        SELECT {_COLUMNS} FROM vouchers.gifts
        WHERE voucher_id = %s AND claimed_at IS NULL AND withdrawn_at IS NULL AND expires_at > %s
        """,  # noqa: S608 -- ours
        [voucher_id, tx.now],
    )
    return msgspec.convert(row, Gift) if row else None


async def take_due(tx: Transaction, limit: int) -> list[Gift]:
    """Open gifts whose link is to be mailed by now, the longest due first; each is taken once."""
    rows = await tx.fetch_all(
        dict[str, Any],
        f"""
        UPDATE vouchers.gifts SET mailed_at = %(now)s
        WHERE id IN (
            SELECT id FROM vouchers.gifts
            WHERE
                deliver_at <= %(now)s AND mailed_at IS NULL AND recipient_email IS NOT NULL
                AND claimed_at IS NULL AND withdrawn_at IS NULL
            ORDER BY deliver_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
        )
        RETURNING {_COLUMNS}
        """,  # noqa: S608 -- ours
        {"now": tx.now, "limit": limit},
    )
    return msgspec.convert(rows, list[Gift])


async def claim(tx: Transaction, gift_id: UUID, account_id: UUID) -> Gift | None:
    """Close an open gift for an account; None when it is not open any more."""
    row = await tx.fetch_one(
        dict[str, Any],
        f"""
        UPDATE vouchers.gifts SET claimed_at = %(now)s, claimed_by = %(account)s
        WHERE id = %(id)s AND claimed_at IS NULL AND withdrawn_at IS NULL AND expires_at > %(now)s
        RETURNING {_COLUMNS}
        """,  # noqa: S608 -- ours
        {"id": gift_id, "account": account_id, "now": tx.now},
    )
    return msgspec.convert(row, Gift) if row else None


async def withdraw(tx: Transaction, gift_id: UUID, giver_account_id: UUID) -> bool:
    """Whether there was such a gift of this giver, still open."""
    changed = await tx.execute(
        """
        UPDATE vouchers.gifts SET withdrawn_at = %s
        WHERE id = %s AND giver_account_id = %s AND claimed_at IS NULL AND withdrawn_at IS NULL
        """,
        [tx.now, gift_id, giver_account_id],
    )
    return changed == 1


async def hand_over(tx: Transaction, from_account_id: UUID, into_account_id: UUID) -> None:
    await tx.execute(
        "UPDATE vouchers.gifts SET giver_account_id = %s WHERE giver_account_id = %s",
        [into_account_id, from_account_id],
    )
