"""What became of the vouchers of a deal, for its merchant."""

from uuid import UUID

import msgspec


class DealSales(msgspec.Struct, frozen=True, kw_only=True):
    """Counts are of vouchers; one that was used in part is open. Amounts are minor units.

    `earned_minor` is what redemptions brought the merchant after commission and tax, less what was paid back later.
    """

    deal_id: UUID
    currency: str
    sold: int
    open: int
    redeemed: int
    refunded: int
    price_minor: int
    """What all that were sold cost together, promotions included."""
    earned_minor: int
