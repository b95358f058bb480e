"""What vouchers tell the rest of the market, as payloads of facts about the aggregate `voucher`."""

from typing import Final
from uuid import UUID

from highstreet.kit.facts import FactPayload
from highstreet.market.vouchers.domain.vouchers import Step

AGGREGATE: Final = "voucher"


class VoucherMoved(FactPayload, frozen=True, kw_only=True):
    """Something happened to a voucher; amounts are in minor units of `currency`.

    `units` and `paid_minor` are what was redeemed, given back by a reversal, refunded, voided or lost by its end.
    """

    voucher_id: UUID
    order_id: UUID
    merchant_id: UUID
    owner_account_id: UUID
    step: Step
    currency: str
    units: int = 0
    paid_minor: int = 0
    redemption_id: UUID | None = None
    reason: str | None = None

    @property
    def name(self) -> str:
        """The fact's name, such as `voucher.redeemed`."""
        return f"{AGGREGATE}.{self.step}"
