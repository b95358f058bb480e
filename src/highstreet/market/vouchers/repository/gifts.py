"""Gifts: vouchers on their way to somebody else."""

from collections.abc import Sequence

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.vouchers.domain.gifts import Gift


async def insert(tx: Transaction, gifts: Sequence[Gift]) -> None:
    if not gifts:
        return
    await tx.execute(
        """
        INSERT INTO vouchers.gifts (
            id, voucher_id, giver_account_id, recipient_name, recipient_email, message, deliver_at, offered_at,
            expires_at
        )
        SELECT
            id, voucher_id, giver_account_id, recipient_name, recipient_email, message, deliver_at, offered_at,
            expires_at
        FROM json_populate_recordset(NULL::vouchers.gifts, %s::json)
        """,
        [msgspec.json.encode(gifts).decode()],
    )
