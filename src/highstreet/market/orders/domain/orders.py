"""Orders as they are read, and what can be said to whoever wanted one."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import Conflict
from highstreet.market.orders.domain.quotes import Quote
from highstreet.market.orders.domain.states import HoldState, OrderState
from highstreet.market.payments.domain.payments import Capture

HELD_FOR: Final = timedelta(minutes=15)
"""How long units are kept for whoever has yet to pay."""


REFUNDABLE_FOR: Final = timedelta(days=14)
"""How long after paying a buyer may give back a voucher that was not used."""

PAID_VALUE_FOR: Final = timedelta(days=5 * 365)
"""How long what was paid for a voucher can be used at least, where the law lets it end at all."""


class Gifted(msgspec.Struct, frozen=True, kw_only=True):
    recipient_name: str
    recipient_email: str
    message: str | None
    send_at: datetime | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order. `promotion_minor` is of the whole line; `refunded` counts units."""

    id: UUID
    order_id: UUID
    position: int
    deal_id: UUID
    option_id: UUID
    merchant_id: UUID
    terms_version: int
    quantity: int
    refunded: int
    unit_price_minor: int
    promotion_minor: int
    commission_rate: int
    commission_tax_rate: int
    limited: bool
    gift: Gifted | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its lines. Amounts are minor units of `currency`.

    Until `expires_at` its units are kept; `hold` tells whether they still are.
    """

    id: UUID
    account_id: UUID
    state: OrderState
    state_reason: str | None
    currency: str
    price_minor: int
    promotion_minor: int
    credit_minor: int
    due_minor: int
    refunded_minor: int
    refunded_credit_minor: int
    capture: Capture
    payment_id: UUID | None
    attribution: dict[str, Any] | None
    placed_at: datetime
    paid_at: datetime | None
    changed_at: datetime
    hold: HoldState
    expires_at: datetime
    lines: tuple[Line, ...]


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an order from state to state."""

    before: OrderState
    after: OrderState
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    reason: str | None


class SoldOut(Conflict):
    """Fewer are left than were wanted."""

    def __init__(self, option_id: UUID, title: str, wanted: int, remaining: int) -> None:
        left = f"only {remaining} of it are left" if remaining else "none of it are left just now"
        super().__init__(f"{title}: {left}, and {wanted} were wanted.")
        self.option_id = option_id
        self.remaining = remaining


class LimitReached(Conflict):
    """The buyer has, or would have, more of an option than one person may."""

    def __init__(self, option_id: UUID, title: str, limit: int) -> None:
        super().__init__(f"{title}: one person may have at most {limit} of it, counting what you have bought or hold.")
        self.option_id = option_id
        self.limit = limit


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion that was asked for and takes nothing off, and why, in a sentence."""

    code: str
    why: str


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """A cart with its prices. `token` is the quote under our signature; titles are in the order of its lines."""

    quote: Quote
    token: str
    titles: tuple[str, ...]
    refused: tuple[Refused, ...] = ()


class SaleRules(msgspec.Struct, frozen=True, kw_only=True):
    """What this installation sells, and what of it is the house's. Rates are ten-thousandths.

    `sells_invented` lets the demonstration's deals be ordered; only where no real money moves.
    """

    commission_rate: int
    commission_tax_rate: int
    sells_invented: bool
