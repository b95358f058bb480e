"""A quote: a cart with its prices and terms, frozen for a few minutes under our signature."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import Conflict
from highstreet.market.payments.domain.payments import Capture

GOOD_FOR: Final = timedelta(minutes=15)
"""How long a quote can be ordered."""


class QuotedLine(msgspec.Struct, frozen=True, array_like=True):
    """A line with what it costs. `promotion_minor` is what promotions take off the whole line."""

    option_id: UUID
    deal_id: UUID
    merchant_id: UUID
    terms_version: int
    quantity: int
    unit_price_minor: int
    promotion_minor: int
    commission_rate: int
    """The house's share of the price, in ten-thousandths."""
    commission_tax_rate: int
    """The tax within that share, in ten-thousandths of it."""

    @property
    def price_minor(self) -> int:
        return self.unit_price_minor * self.quantity


class AppliedPromotion(msgspec.Struct, frozen=True, array_like=True):
    """What a promotion takes off."""

    promotion_id: UUID
    code: str
    amount_minor: int


class Quote(msgspec.Struct, frozen=True, array_like=True):
    """What is signed. Whoever holds it may order at these prices until it ends, unless the deals change before."""

    id: UUID
    account_id: UUID | None
    """For whom it was made; None for whoever had not said who they are."""
    made_at: datetime
    currency: str
    lines: tuple[QuotedLine, ...]
    applied: tuple[AppliedPromotion, ...]
    credit_minor: int
    capture: Capture

    @property
    def price_minor(self) -> int:
        return sum(line.price_minor for line in self.lines)

    @property
    def promotion_minor(self) -> int:
        return sum(line.promotion_minor for line in self.lines)

    @property
    def due_minor(self) -> int:
        """What is left to be paid."""
        return self.price_minor - self.promotion_minor - self.credit_minor

    @property
    def expires_at(self) -> datetime:
        return self.made_at + GOOD_FOR


class StaleQuote(Conflict):
    """What was quoted is no longer offered so; a new quote tells what is."""


def encode(quote: Quote) -> bytes:
    """The quote as it is signed."""
    return msgspec.msgpack.encode(quote)


def decode(payload: bytes) -> Quote:
    """The quote that `encode` wrote."""
    return _DECODER.decode(payload)


_DECODER = msgspec.msgpack.Decoder(Quote)
