"""The SQL of what became of a merchant's vouchers."""

from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.ledger.domain.policies import VoucherTax
from highstreet.market.vouchers.domain.sales import DealSales


async def of_merchant(tx: Transaction, merchant_id: UUID) -> list[DealSales]:
    """By deal, the deal made last first, with what full promises earned.

    A voucher that was used up and paid back all the same earned nothing.
    """
    return await tx.fetch_all(
        DealSales,
        """
        WITH used AS (
            SELECT
                voucher_id, sum(units) AS units,
                sum(paid_minor + promotion_minor - commission_minor - voucher_tax_minor)
                    FILTER (WHERE with_promotion) AS earned_minor
            FROM vouchers.redemptions
            WHERE merchant_id = %(merchant)s AND reversed_at IS NULL
            GROUP BY voucher_id
        )
        SELECT
            vouchers.deal_id, vouchers.currency, count(*) AS sold,
            count(*) FILTER (WHERE vouchers.units_left > 0) AS open,
            count(*) FILTER (WHERE vouchers.state = 'redeemed') AS redeemed,
            count(*) FILTER (WHERE vouchers.state = 'refunded') AS refunded,
            sum(vouchers.price_minor)::bigint AS price_minor,
            coalesce(
                sum(used.earned_minor) FILTER (WHERE vouchers.state <> 'refunded' OR used.units < vouchers.units), 0
            )::bigint AS earned_minor
        FROM vouchers.vouchers LEFT JOIN used ON vouchers.id = used.voucher_id
        WHERE vouchers.merchant_id = %(merchant)s
        GROUP BY vouchers.deal_id, vouchers.currency
        ORDER BY vouchers.deal_id DESC, vouchers.currency
        """,
        {"merchant": merchant_id},
    )


class PaidOnly(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a voucher that was good for what was paid alone, as it was taken off the voucher."""

    deal_id: UUID
    currency: str
    voucher_tax: VoucherTax
    units: int
    paid_minor: int
    promotion_minor: int
    commission_minor: int
    commission_tax_minor: int
    voucher_tax_minor: int


async def paid_only(tx: Transaction, merchant_id: UUID) -> list[PaidOnly]:
    """What was used after the promise was over, and not paid back."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT
            vouchers.deal_id, vouchers.currency, vouchers.voucher_tax, redemptions.units, redemptions.paid_minor,
            redemptions.promotion_minor, redemptions.commission_minor, redemptions.commission_tax_minor,
            redemptions.voucher_tax_minor
        FROM vouchers.redemptions INNER JOIN vouchers.vouchers ON redemptions.voucher_id = vouchers.id
        WHERE
            redemptions.merchant_id = %s AND redemptions.reversed_at IS NULL AND NOT redemptions.with_promotion
            AND vouchers.state <> 'refunded'
        """,
        [merchant_id],
    )
    return msgspec.convert(rows, list[PaidOnly])
