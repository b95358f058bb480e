"""What orders tell the rest of the market, as payloads of facts about the aggregate `order`."""

from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.facts import FactPayload
from highstreet.market.orders.domain.states import OrderState

AGGREGATE: Final = "order"
PLACED: Final = "order.placed"

MOVED: Final[dict[OrderState, str]] = {
    OrderState.AUTHORISED: "order.authorised",
    OrderState.PAID: "order.paid",
    OrderState.EXPIRED: "order.expired",
    OrderState.CANCELLED: "order.cancelled",
    OrderState.VOIDED: "order.voided",
}
"""The fact's name by the state that was entered."""


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
