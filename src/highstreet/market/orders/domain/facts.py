"""What orders tell the rest of the market, as payloads of facts about the aggregate `order`."""

from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.facts import FactPayload
from highstreet.market.orders.domain.states import OrderState

AGGREGATE: Final = "order"
PLACED: Final = "order.placed"
PAID_TOO_LATE: Final = "order.paid_too_late"
REFUNDED: Final = "order.refunded"

MOVED: Final[dict[OrderState, str]] = {
    OrderState.AUTHORISED: "order.authorised",
    OrderState.PAID: "order.paid",
    OrderState.EXPIRED: "order.expired",
    OrderState.CANCELLED: "order.cancelled",
    OrderState.VOIDED: "order.voided",
}
"""The fact's name by the state that was entered. Refunds have a fact of their own, because there may be many."""


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    deal_id: UUID
    option_id: UUID
    merchant_id: UUID
    quantity: int
    price_minor: int
    """Of the whole line."""


class OrderPlaced(FactPayload, frozen=True, kw_only=True):
    """Units are held for a buyer. `attribution` is as it came with the order."""

    order_id: UUID
    account_id: UUID
    currency: str
    due_minor: int
    lines: tuple[Bought, ...]
    attribution: dict[str, Any] | None


class OrderMoved(FactPayload, frozen=True, kw_only=True):
    """An order has entered a state. It carries what was bought, so that nobody has to ask again."""

    order_id: UUID
    account_id: UUID
    before: OrderState
    after: OrderState
    reason: str | None
    currency: str
    due_minor: int
    credit_minor: int
    promotion_minor: int
    payment_id: UUID | None
    lines: tuple[Bought, ...]
    attribution: dict[str, Any] | None


class OrderRefunded(FactPayload, frozen=True, kw_only=True):
    """Vouchers were taken back and their price is on its way to the buyer."""

    order_id: UUID
    account_id: UUID
    refund_id: UUID
    voucher_ids: tuple[UUID, ...]
    currency: str
    paid_back_minor: int
    credited_minor: int
    state: OrderState
    reason: str | None


class PaidTooLate(FactPayload, frozen=True, kw_only=True):
    """A payment arrived for an order that had been given up; it goes back as it came."""

    order_id: UUID
    account_id: UUID
    payment_id: UUID
    refund_id: UUID | None
    """None where the money had only been set aside, and is let go."""
    currency: str
    amount_minor: int
