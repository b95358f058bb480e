"""A payment: what is known of it, and the state that follows.

What a provider tells comes late, twice and in any order. So a payment keeps what was ever true of it (it was
authorised, it was captured, it ended) and new word can only add to that: what is known grows in one direction, and the
same words make the same payment in whatever order they came. The state is read off what is known, and money that was
taken outweighs every end that was also told.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import MAX_MINOR, is_currency

T = TypeVar("T", str, int)


class PaymentState(StrEnum):
    REQUESTED = "requested"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    FAILED = "failed"
    EXPIRED = "expired"


PAID: Final = frozenset({PaymentState.CAPTURED, PaymentState.PARTLY_REFUNDED, PaymentState.REFUNDED})
"""The money was taken, whatever became of it since."""


class Ending(StrEnum):
    """How a payment ended without money, weakest first: of two that were told, the later in this order holds."""

    FAILED = "failed"
    EXPIRED = "expired"
    VOIDED = "voided"


class Capture(StrEnum):
    """Whether the provider takes the money as soon as it may, or waits to be told."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Wish(StrEnum):
    """What we want of the provider and have not seen happen."""

    CAPTURE = "capture"
    VOID = "void"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was ever true of a payment. `charge_ref` is the provider's name for the money, `fee_minor` its share."""

    authorised: bool = False
    captured: bool = False
    ended: Ending | None = None
    charge_ref: str | None = None
    fee_minor: int | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """`refunding_minor` is what was asked back and has not failed, `refunded_minor` the part of it that succeeded."""

    id: UUID
    order_id: UUID
    account_id: UUID | None
    amount_minor: int
    currency: str
    capture: Capture
    state: PaymentState
    wish: Wish | None
    ended: Ending | None
    authorised_at: datetime | None
    captured_at: datetime | None
    refunding_minor: int
    refunded_minor: int
    fee_minor: int | None
    provider: str | None
    provider_ref: str | None
    charge_ref: str | None
    expires_at: datetime | None
    created_at: datetime
    changed_at: datetime

    @property
    def known(self) -> Known:
        return Known(
            authorised=self.authorised_at is not None,
            captured=self.captured_at is not None,
            ended=self.ended,
            charge_ref=self.charge_ref,
            fee_minor=self.fee_minor,
        )

    @property
    def is_open(self) -> bool:
        """Whether a shopper may still pay it."""
        return self.state is PaymentState.REQUESTED and self.wish is not Wish.VOID


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be paid for an order that was just made."""

    order_id: UUID
    account_id: UUID
    amount_minor: int
    currency: str
    capture: Capture
    expires_at: datetime


class PaymentSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of a payment. A share of the amount is never authorised or captured: that is a mismatch."""

    amount_minor: int
    currency: str
    known: Known


def join(one: Known, other: Known) -> Known:
    """Both together. Commutative, associative, and the same again for what is known already."""
    return Known(
        authorised=one.authorised or other.authorised or one.captured or other.captured,
        captured=one.captured or other.captured,
        ended=_later(one.ended, other.ended),
        charge_ref=_greater(one.charge_ref, other.charge_ref),
        fee_minor=_greater(one.fee_minor, other.fee_minor),
    )


def state_of(known: Known, amount_minor: int, refunded_minor: int) -> PaymentState:
    """The same reading as the database makes of a payment's row."""
    if known.captured:
        if refunded_minor >= amount_minor:
            return PaymentState.REFUNDED
        return PaymentState.PARTLY_REFUNDED if refunded_minor else PaymentState.CAPTURED
    if known.ended:
        return PaymentState(known.ended)
    return PaymentState.AUTHORISED if known.authorised else PaymentState.REQUESTED


def steps(before: Known, after: Known) -> tuple[PaymentState, ...]:
    """What has become true between the two, in the order in which it is told of: each is told once in a lifetime."""
    reached: list[PaymentState] = []
    if after.authorised and not before.authorised:
        reached.append(PaymentState.AUTHORISED)
    if after.captured and not before.captured:
        reached.append(PaymentState.CAPTURED)
    if after.ended and after.ended != before.ended and not after.captured:
        reached.append(PaymentState(after.ended))
    return tuple(reached)


def mismatch(payment: Payment, seen: PaymentSeen | None, charge_ref: str | None) -> str | None:
    """Why what was seen cannot be this payment, in half a sentence; None when it can."""
    if charge_ref and payment.charge_ref and charge_ref != payment.charge_ref:
        return f"was charged a second time, as {charge_ref}"
    if seen is None:
        return None
    if seen.currency != payment.currency:
        return f"is in {seen.currency} there and in {payment.currency} here"
    if seen.amount_minor != payment.amount_minor:
        return f"is {seen.amount_minor} there and {payment.amount_minor} here, in minor units of {payment.currency}"
    return None


def check_request(amount_minor: int, currency: str) -> None:
    """Raises InvalidInput for what cannot be paid."""
    if not is_currency(currency):
        raise InvalidInput.at("currency", f"{currency!r} is not an ISO 4217 currency code")
    if not 0 < amount_minor <= MAX_MINOR:
        raise InvalidInput.at("amount_minor", f"{amount_minor} minor units cannot be paid; it is 1 or more")


def _later(one: Ending | None, other: Ending | None) -> Ending | None:
    return max((each for each in (one, other) if each), key=list(Ending).index, default=None)


def _greater(one: T | None, other: T | None) -> T | None:
    return max((each for each in (one, other) if each is not None), default=None)
