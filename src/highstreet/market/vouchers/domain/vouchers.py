"""A voucher: what it is worth, the states it passes through, and what time alone does to it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.catalog.domain.fine_print import Rule
from highstreet.market.ledger.domain.policies import ExpiryPolicy, VoucherTax
from highstreet.market.ledger.domain.vouchers import VoucherMoney

OFFLINE_GRACE: Final = timedelta(hours=72)
"""How long after a redemption without network a device may tell of it. For so long an end is not booked yet."""


class VoucherState(StrEnum):
    """Where a voucher stands between being bought and being used up."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    REFUNDED = "refunded"
    VOID = "void"
    PROMO_EXPIRED = "promo_expired"
    """What the deal promised is over; what was paid stays usable."""
    EXPIRED = "expired"


class Step(StrEnum):
    """What happened to a voucher; the words of its history."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    REVERSED = "reversed"
    REFUNDED = "refunded"
    VOIDED = "voided"
    PROMO_EXPIRED = "promo_expired"
    EXPIRED = "expired"
    TRANSFERRED = "transferred"


OPEN: Final = frozenset({VoucherState.ISSUED, VoucherState.PROMO_EXPIRED})
"""States in which a voucher is worth something."""

TRANSITIONS: Final[Mapping[VoucherState | None, frozenset[VoucherState]]] = {
    None: frozenset({VoucherState.ISSUED}),
    VoucherState.ISSUED: frozenset(set(VoucherState) - {VoucherState.ISSUED}),
    VoucherState.PROMO_EXPIRED: frozenset(set(VoucherState) - OPEN),
    VoucherState.REDEEMED: frozenset({VoucherState.ISSUED, VoucherState.REFUNDED}),
    VoucherState.REFUNDED: frozenset(),
    VoucherState.VOID: frozenset(),
    VoucherState.EXPIRED: frozenset(),
}
"""From each state, the states that may follow; from None, how one begins. The database holds the same table."""


class Value(msgspec.Struct, frozen=True):
    """Units of a voucher and what they stand for, in minor units of its currency.

    `commission_minor` is ours and includes `commission_tax_minor`; `voucher_tax_minor` is the tax on what the voucher
    buys, where we collect it. Both are parts of paid and promotion together.
    """

    units: int
    paid_minor: int
    promotion_minor: int
    commission_minor: int
    commission_tax_minor: int
    voucher_tax_minor: int

    @property
    def price_minor(self) -> int:
        return self.paid_minor + self.promotion_minor

    def part(self, units: int) -> "Value":
        """What so many of these units stand for, rounded down; the last ones take all that is left.

        A part is of what is left, not of the whole: so all parts sum up to the whole, whatever was given back between.
        Each share is cut from the one that includes it, so that none is ever more than that.
        """
        price = _share(self.price_minor, units, self.units)
        paid = _share(self.paid_minor, price, self.price_minor)
        commission = _share(self.commission_minor, price, self.price_minor)
        commission_tax = _share(self.commission_tax_minor, commission, self.commission_minor)
        tax = _share(self.voucher_tax_minor, price - commission, self.price_minor - self.commission_minor)
        return Value(units, paid, price - paid, commission, commission_tax, tax)

    def without(self, part: "Value") -> "Value":
        return Value(*(mine - its for mine, its in zip(_amounts(self), _amounts(part), strict=True)))

    def together(self, part: "Value") -> "Value":
        return Value(*(mine + its for mine, its in zip(_amounts(self), _amounts(part), strict=True)))

    def paid_only(self, voucher_tax: VoucherTax) -> "Value":
        """The same without what a promotion added, and the commission in proportion.

        So is the tax, unless it was due at the sale already: then the merchant bears it, as far as the price goes.
        """
        if self.promotion_minor == 0:
            return self
        paid, price = self.paid_minor, self.price_minor
        commission = _share(self.commission_minor, paid, price)
        commission_tax = _share(self.commission_tax_minor, commission, self.commission_minor)
        due_before = voucher_tax is VoucherTax.SINGLE_PURPOSE
        tax = self.voucher_tax_minor if due_before else _share(self.voucher_tax_minor, paid, price)
        return Value(self.units, paid, 0, commission, commission_tax, min(tax, paid - commission))


NOTHING: Final = Value(0, 0, 0, 0, 0, 0)


def _share(amount: int, part: int, whole: int) -> int:
    return amount * part // whole if whole else 0


def _amounts(value: Value) -> tuple[int, ...]:
    return msgspec.structs.astuple(value)


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a gift is, and when they may hear of it; None: at once."""

    name: str | None = None
    email: str | None = None
    message: str | None = None
    deliver_at: datetime | None = None


class NewVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """What a voucher is to be. Amounts are minor units of `currency`; `price_minor` is paid and promotion together."""

    order_id: UUID
    line_id: UUID
    owner_account_id: UUID
    deal_id: UUID
    option_id: UUID
    merchant_id: UUID
    currency: str
    price_minor: int
    paid_minor: int
    promotion_minor: int = 0
    commission_minor: int = 0
    """What the market earns, with its tax."""
    commission_tax_minor: int = 0
    voucher_tax: VoucherTax = VoucherTax.NOT_COLLECTED
    voucher_tax_minor: int = 0
    expiry: ExpiryPolicy = ExpiryPolicy.STAYS_OPEN
    terms_version: int
    title: str
    redeem_from: datetime | None = None
    redeem_until: datetime | None = None
    """The end of what the deal promises; None: it has none."""
    paid_value_until: datetime | None = None
    """The end of what was paid, not before `redeem_until`; None: it has none, nor has what stays open by law."""
    location_ids: tuple[UUID, ...] = ()
    """None: wherever the merchant redeems."""
    time_zone: str = "UTC"
    """By which the fine print is read where no location says it."""
    fine_print: tuple[Rule, ...] = ()
    uses: int = 1
    """How many visits it is good for."""
    balance_minor: int | None = None
    """Instead of visits, an amount that is spent in parts."""
    recipient: Recipient | None = None


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher as it is kept. `state` is what was last written; `standing` tells what it is worth at a moment."""

    id: UUID
    order_id: UUID
    line_id: UUID
    owner_account_id: UUID
    deal_id: UUID
    terms_version: int
    option_id: UUID
    merchant_id: UUID
    title: str
    currency: str
    price_minor: int
    paid_minor: int
    promotion_minor: int
    commission_minor: int
    commission_tax_minor: int
    voucher_tax: VoucherTax
    voucher_tax_minor: int
    expiry: ExpiryPolicy
    units: int
    in_money: bool
    """Whether a unit is a minor unit of the currency, and not a visit."""
    units_left: int
    paid_left_minor: int
    promotion_left_minor: int
    commission_left_minor: int
    commission_tax_left_minor: int
    voucher_tax_left_minor: int
    fine_print: tuple[Rule, ...]
    location_ids: tuple[UUID, ...]
    time_zone: str
    redeem_from: datetime | None
    redeem_until: datetime | None
    paid_value_until: datetime | None
    generation: int
    state: VoucherState
    issued_at: datetime
    changed_at: datetime

    @property
    def left(self) -> Value:
        """What its open units stand for."""
        return Value(
            self.units_left,
            self.paid_left_minor,
            self.promotion_left_minor,
            self.commission_left_minor,
            self.commission_tax_left_minor,
            self.voucher_tax_left_minor,
        )

    def holding(self, left: Value) -> "Voucher":
        """The same voucher with other units left."""
        return msgspec.structs.replace(
            self,
            units_left=left.units,
            paid_left_minor=left.paid_minor,
            promotion_left_minor=left.promotion_minor,
            commission_left_minor=left.commission_minor,
            commission_tax_left_minor=left.commission_tax_minor,
            voucher_tax_left_minor=left.voucher_tax_minor,
        )

    def in_state(self, state: VoucherState) -> "Voucher":
        return msgspec.structs.replace(self, state=state)

    def money(self, part: Value) -> VoucherMoney:
        """What the books need to know of a part of this voucher: the whole of it is what is to be booked."""
        return VoucherMoney(
            voucher_id=self.id,
            order_id=self.order_id,
            merchant_id=self.merchant_id,
            terms_version=self.terms_version,
            currency=self.currency,
            paid_minor=part.paid_minor,
            promotion_minor=part.promotion_minor,
            commission_minor=part.commission_minor,
            commission_tax_minor=part.commission_tax_minor,
            voucher_tax=self.voucher_tax,
            voucher_tax_minor=part.voucher_tax_minor,
        )


class OpenCount(msgspec.Struct, frozen=True, kw_only=True):
    """So many open vouchers of an option that are good for what was promised until a day, or for ever."""

    option_id: UUID
    last_day: date | None
    count: int


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a voucher. `paid_minor` is by how much its open paid value grew; `by_id` an account or a device."""

    step: Step
    before: VoucherState | None
    after: VoucherState
    units_left: int
    paid_minor: int
    at: datetime
    by_id: UUID | None
    reason: str | None


def standing(voucher: Voucher, at: datetime) -> VoucherState:
    """The state of a voucher at a moment, whether or not a sweep has written it yet.

    For one that is open, also at a moment that is past: a device without network tells later of what it did then.
    """
    if voucher.state not in OPEN:
        return voucher.state
    if voucher.redeem_until is None or at < voucher.redeem_until:
        return VoucherState.ISSUED
    over = voucher.paid_value_until is not None and at >= voucher.paid_value_until
    return VoucherState.EXPIRED if over or voucher.paid_left_minor == 0 else VoucherState.PROMO_EXPIRED


def due_at(voucher: Voucher) -> datetime | None:
    """When time alone brings the next step that is to be written. An end waits until no device can tell of more."""
    if voucher.state not in OPEN or voucher.redeem_until is None:
        return None
    last = voucher.redeem_until if voucher.paid_left_minor == 0 else voucher.paid_value_until
    if voucher.state is VoucherState.ISSUED and last != voucher.redeem_until:
        return voucher.redeem_until
    return None if last is None else last + OFFLINE_GRACE


def after_time(voucher: Voucher, now: datetime) -> VoucherState:
    """The state that is to be written of an open voucher once `due_at` has come."""
    over = standing(voucher, now - OFFLINE_GRACE) is VoucherState.EXPIRED
    return VoucherState.EXPIRED if over else VoucherState.PROMO_EXPIRED


def issued(wanted: NewVoucher, voucher_id: UUID, now: datetime) -> Voucher:
    """The voucher that begins."""
    units = wanted.uses if wanted.balance_minor is None else wanted.balance_minor
    return Voucher(
        id=voucher_id,
        order_id=wanted.order_id,
        line_id=wanted.line_id,
        owner_account_id=wanted.owner_account_id,
        deal_id=wanted.deal_id,
        terms_version=wanted.terms_version,
        option_id=wanted.option_id,
        merchant_id=wanted.merchant_id,
        title=wanted.title,
        currency=wanted.currency,
        price_minor=wanted.price_minor,
        paid_minor=wanted.paid_minor,
        promotion_minor=wanted.promotion_minor,
        commission_minor=wanted.commission_minor,
        commission_tax_minor=wanted.commission_tax_minor,
        voucher_tax=wanted.voucher_tax,
        voucher_tax_minor=wanted.voucher_tax_minor,
        expiry=wanted.expiry,
        units=units,
        in_money=wanted.balance_minor is not None,
        units_left=units,
        paid_left_minor=wanted.paid_minor,
        promotion_left_minor=wanted.promotion_minor,
        commission_left_minor=wanted.commission_minor,
        commission_tax_left_minor=wanted.commission_tax_minor,
        voucher_tax_left_minor=wanted.voucher_tax_minor,
        fine_print=wanted.fine_print,
        location_ids=wanted.location_ids,
        time_zone=wanted.time_zone,
        redeem_from=wanted.redeem_from,
        redeem_until=wanted.redeem_until,
        paid_value_until=None if wanted.expiry is ExpiryPolicy.STAYS_OPEN else wanted.paid_value_until,
        generation=1,
        state=VoucherState.ISSUED,
        issued_at=now,
        changed_at=now,
    )
