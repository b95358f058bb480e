"""What payments tell the rest of the market, as payloads of facts about the aggregate `payment`."""

from typing import Final
from uuid import UUID

from highstreet.kit.facts import FactPayload

AGGREGATE: Final = "payment"


class PaymentMoved(FactPayload, frozen=True, kw_only=True):
    """`payment.authorised`, `.captured`, `.voided`, `.failed` or `.expired`: it has become true."""

    payment_id: UUID
    order_id: UUID
    amount_minor: int
    currency: str


class RefundMoved(FactPayload, frozen=True, kw_only=True):
    """`refund.succeeded` or `refund.failed`, which may follow on the former; `own` is False for one made past us."""

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    amount_minor: int
    currency: str
    own: bool


class DisputeMoved(FactPayload, frozen=True, kw_only=True):
    """`dispute.open` (the money was taken), then `dispute.won` (it came back) or `dispute.lost`."""

    dispute_id: UUID
    payment_id: UUID
    order_id: UUID
    amount_minor: int
    currency: str


ACCOUNT_READY: Final = "merchant.payable"


class MerchantPayable(FactPayload, frozen=True, kw_only=True):
    """Of the aggregate `merchant`: its account at a provider may be sent money from now on."""

    merchant_id: UUID
    provider: str
    provider_ref: str
    currency: str
