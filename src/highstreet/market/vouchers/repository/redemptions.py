"""Redemptions of vouchers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.vouchers.domain.redemptions import Redeemer, Redemption

_COLUMNS: Final[LiteralString] = """
    id, voucher_id, merchant_id, location_id, units, paid_minor, promotion_minor, commission_minor,
    commission_tax_minor, voucher_tax_minor, with_promotion, whole, channel, account_id, device_id, redeemer_id, nonce,
    attested_age_years, redeemed_at, recorded_at
"""
_REDEMPTIONS: Final[LiteralString] = (
    f"SELECT {_COLUMNS}, reversed_at, reversed_by, reversal_reason FROM vouchers.redemptions "  # noqa: S608 -- ours
)


async def insert(tx: Transaction, redemption: Redemption) -> bool:
    """Whether it was added; False when the same sender used the same nonce before."""
    added = await tx.execute(
        f"""
        INSERT INTO vouchers.redemptions ({_COLUMNS})
        SELECT {_COLUMNS} FROM json_populate_record(NULL::vouchers.redemptions, %s::json)
        ON CONFLICT (redeemer_id, nonce) DO NOTHING
        """,  # noqa: S608 -- ours
        [msgspec.json.encode(redemption).decode()],
    )
    return added == 1


async def of_nonce(tx: Transaction, redeemer_id: UUID, nonce: str) -> Redemption | None:
    return await _one(tx, _REDEMPTIONS + "WHERE redeemer_id = %s AND nonce = %s", [redeemer_id, nonce])


async def by_id(tx: Transaction, redemption_id: UUID) -> Redemption | None:
    """One redemption that the actor may see."""
    return await _one(tx, _REDEMPTIONS + "WHERE id = %s", [redemption_id])


async def of_vouchers(tx: Transaction, voucher_ids: Sequence[UUID]) -> list[Redemption]:
    """Redemptions of vouchers that were not reversed, in their order."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _REDEMPTIONS + "WHERE voucher_id = ANY(%s) AND reversed_at IS NULL ORDER BY id",
        [list(voucher_ids)],
    )
    return msgspec.convert(rows, list[Redemption])


async def of_merchant(tx: Transaction, merchant_id: UUID, before: UUID | None, limit: int) -> list[Redemption]:
    """The redemptions at a merchant, the latest first, so many behind the id `before`."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _REDEMPTIONS
        + """
        WHERE merchant_id = %(merchant)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"merchant": merchant_id, "before": before, "limit": limit},
    )
    return msgspec.convert(rows, list[Redemption])


async def reverse(tx: Transaction, redemption_id: UUID, redeemer: Redeemer, reason: str, since: datetime) -> bool:
    """Mark a redemption of the redeemer's merchant, recorded after `since`, as reversed; False when there is none."""
    changed = await tx.execute(
        """
        UPDATE vouchers.redemptions SET reversed_at = %(now)s, reversed_by = %(by)s, reversal_reason = %(reason)s
        WHERE id = %(id)s AND merchant_id = %(merchant)s AND reversed_at IS NULL AND recorded_at > %(since)s
        """,
        {
            "id": redemption_id,
            "merchant": redeemer.merchant_id,
            "by": redeemer.id,
            "reason": reason,
            "now": tx.now,
            "since": since,
        },
    )
    return changed == 1


async def last_visit(
    tx: Transaction, owner_account_id: UUID, merchant_id: UUID, other_than: UUID, until: datetime
) -> datetime | None:
    """When somebody last redeemed another voucher at a merchant, until a moment."""
    row = await tx.fetch_one(
        dict[str, datetime | None],
        """
        SELECT max(redemptions.redeemed_at) AS at
        FROM vouchers.vouchers INNER JOIN vouchers.redemptions ON vouchers.id = redemptions.voucher_id
        WHERE vouchers.owner_account_id = %s AND redemptions.merchant_id = %s AND vouchers.id <> %s
            AND redemptions.reversed_at IS NULL AND redemptions.redeemed_at <= %s
        """,
        [owner_account_id, merchant_id, other_than, until],
    )
    return row["at"] if row else None


async def _one(tx: Transaction, sql: LiteralString, params: Sequence[object]) -> Redemption | None:
    row = await tx.fetch_one(dict[str, Any], sql, params)
    return msgspec.convert(row, Redemption) if row else None
