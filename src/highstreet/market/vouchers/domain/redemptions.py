"""Redemption: who may redeem what, where and when, and in which words somebody hears that they may not."""

from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from highstreet.market.catalog.domain import fine_print
from highstreet.market.catalog.domain.fine_print import (
    Customer,
    Gettext,
    Ngettext,
    RefusalReason,
    Rule,
    plural_english,
)
from highstreet.market.vouchers.domain.vouchers import OPEN, Value, Voucher, VoucherState, standing

REVERSAL_WITHIN: Final = timedelta(minutes=15)


class Channel(StrEnum):
    """How the code came to us."""

    SCANNED = "scanned"
    TYPED = "typed"
    OFFLINE = "offline"
    """By a device that had no network, later."""


class Why(StrEnum):
    """Why nothing was redeemed or reversed; the stable names that programs read."""

    UNKNOWN_CODE = "unknown_code"
    OTHER_MERCHANT = "other_merchant"
    OTHER_LOCATION = "other_location"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REDEEMED = "already_redeemed"
    REFUNDED = "refunded"
    VOID = "void"
    TOO_MUCH = "not_enough_left"
    WRONG_DAY = "wrong_day"
    WRONG_HOUR = "wrong_hour"
    NOT_NEW = "not_new"
    NOT_BOOKED = "not_booked"
    BOOKED_TOO_LATE = "booked_too_late"
    AGE_UNKNOWN = "age_unknown"
    TOO_YOUNG = "too_young"
    REVERSED = "already_reversed"
    TOO_LATE = "too_late"
    CLOSED = "closed_meanwhile"
    REPLACED = "code_replaced"
    UNITS_MISSING = "units_missing"
    TOLD_TOO_LATE = "told_too_late"
    EARLIER_ELSEWHERE = "redeemed_earlier_elsewhere"


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was done. `why` names the first reason, `others` the rest; `rules` are those of the fine print."""

    why: Why
    others: tuple[Why, ...] = ()
    rules: tuple[Rule, ...] = ()

    def in_words(self, gettext: Gettext, ngettext: Ngettext = plural_english) -> tuple[str, ...]:
        """The reasons and the rules, each in a sentence."""
        reasons = (_words(why, gettext) for why in (self.why, *self.others))
        rules = (fine_print.sentence(rule, gettext, ngettext) for rule in self.rules)
        return tuple(dict.fromkeys((*reasons, *rules)))


class Redeemer(msgspec.Struct, frozen=True, kw_only=True):
    """Who redeems for a merchant: a member of its staff, or one of its devices. Only a check of rights makes one."""

    merchant_id: UUID
    account_id: UUID | None = None
    device_id: UUID | None = None

    @property
    def id(self) -> UUID:
        found = self.device_id or self.account_id
        assert found is not None
        return found


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What staff ask to redeem. `nonce` is the sender's own number of it: what is sent twice is done once."""

    code: str
    """As it was scanned or typed."""
    nonce: str
    location_id: UUID | None = None
    units: int | None = None
    """None: one use. Of a voucher that is spent in parts, minor units of money, which have to be said."""
    age_years: int | None = None
    """What staff have seen in a document; at least so many years."""
    booked_at: datetime | None = None
    """When the visit was booked, if it was."""


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a voucher that were used. The amounts are what was taken off it."""

    id: UUID
    voucher_id: UUID
    merchant_id: UUID
    location_id: UUID | None
    units: int
    paid_minor: int
    promotion_minor: int
    commission_minor: int
    commission_tax_minor: int
    voucher_tax_minor: int
    with_promotion: bool
    """Whether the voucher was good for what the deal promises, and not only for what was paid."""
    whole: bool
    channel: Channel
    account_id: UUID | None
    device_id: UUID | None
    redeemer_id: UUID
    nonce: str
    attested_age_years: int | None
    redeemed_at: datetime
    recorded_at: datetime
    reversed_at: datetime | None = None
    reversed_by: UUID | None = None
    reversal_reason: str | None = None

    @property
    def value(self) -> Value:
        """What it took off the voucher."""
        return Value(
            self.units,
            self.paid_minor,
            self.promotion_minor,
            self.commission_minor,
            self.commission_tax_minor,
            self.voucher_tax_minor,
        )


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What the fine print is read against."""

    at: datetime
    time_zone: str
    location_id: UUID | None
    units: int
    age_years: int | None
    booked_at: datetime | None
    last_visit: datetime | None
    """When the owner was last a customer of the merchant by another voucher."""


def as_written(message: str) -> str:
    """English, for callers that have no translations loaded."""
    return message


def refusal(voucher: Voucher, visit: Visit) -> Refused | None:
    """Why a voucher of the merchant cannot be redeemed by this visit; None when it can."""
    state = standing(voucher, visit.at)
    if state not in OPEN:
        return closed(state)
    if voucher.location_ids and visit.location_id not in voucher.location_ids:
        return refused(Why.OTHER_LOCATION)
    if voucher.redeem_from is not None and visit.at < voucher.redeem_from:
        return refused(Why.NOT_YET)
    if visit.units > voucher.units_left:
        return refused(Why.TOO_MUCH)
    return _of_fine_print(voucher, visit)


def closed(state: VoucherState) -> Refused:
    """Why nothing can be redeemed of a voucher that is not open."""
    reasons = {
        VoucherState.REDEEMED: Why.REDEEMED,
        VoucherState.REFUNDED: Why.REFUNDED,
        VoucherState.VOID: Why.VOID,
        VoucherState.EXPIRED: Why.EXPIRED,
    }
    return refused(reasons[state])


def refused(why: Why) -> Refused:
    """A refusal for one reason."""
    return Refused(why=why)


def value_of(voucher: Voucher, units: int, at: datetime) -> tuple[Value, Value]:
    """What a redemption takes off a voucher, and what that is worth to the merchant."""
    part = voucher.left.part(units)
    return part, worth(voucher, part, with_promotion=standing(voucher, at) is VoucherState.ISSUED)


def worth(voucher: Voucher, part: Value, *, with_promotion: bool) -> Value:
    """What a part of a voucher is worth to the merchant."""
    return part if with_promotion else part.paid_only(voucher.voucher_tax)


def _of_fine_print(voucher: Voucher, visit: Visit) -> Refused | None:
    at = local(visit.at, visit.time_zone)
    customer = Customer(
        age_years=visit.age_years,
        last_visit=_day(visit.last_visit, visit.time_zone),
        booked_at=None if visit.booked_at is None else local(visit.booked_at, visit.time_zone),
    )
    found = fine_print.allows(voucher.fine_print, at, customer)
    if not found:
        return None
    first, *others = (_WHY[each.reason] for each in found)
    return Refused(why=first, others=tuple(others), rules=tuple(each.rule for each in found))


def local(at: datetime, time_zone: str) -> datetime:
    """A moment on the clock of a place, with its distance from UTC fixed, so that differences count real hours."""
    there = at.astimezone(ZoneInfo(time_zone))
    distance = there.utcoffset()
    assert distance is not None
    return there.replace(tzinfo=timezone(distance))


def _day(at: datetime | None, time_zone: str) -> date | None:
    return None if at is None else local(at, time_zone).date()


_WHY: Final = {reason: Why(reason.value) for reason in RefusalReason}


def _words(why: Why, gettext: Gettext) -> str:
    words = {
        Why.UNKNOWN_CODE: gettext("There is no voucher of yours with this code. Check it, or scan it."),
        Why.OTHER_MERCHANT: gettext("This voucher is for another merchant."),
        Why.OTHER_LOCATION: gettext("This voucher is not valid at this location."),
        Why.NOT_YET: gettext("This voucher is not valid yet."),
        Why.EXPIRED: gettext("This voucher has expired."),
        Why.REDEEMED: gettext("This voucher has been redeemed already."),
        Why.REFUNDED: gettext("This voucher was refunded."),
        Why.VOID: gettext("This voucher was declared void."),
        Why.TOO_MUCH: gettext("There is not so much left on this voucher."),
        Why.WRONG_DAY: gettext("This voucher is not valid on this day of the week."),
        Why.WRONG_HOUR: gettext("This voucher is not valid at this time of day."),
        Why.NOT_NEW: gettext("This voucher is for new customers, and its owner has been here before."),
        Why.NOT_BOOKED: gettext("This visit has to be booked, and it was not."),
        Why.BOOKED_TOO_LATE: gettext("This visit was booked too late."),
        Why.AGE_UNKNOWN: gettext("Look at a document first: this voucher has a minimum age."),
        Why.TOO_YOUNG: gettext("The customer is too young for this voucher."),
        Why.REVERSED: gettext("This redemption was reversed already."),
        Why.TOO_LATE: gettext("A redemption can be reversed for 15 minutes only."),
        Why.REPLACED: gettext("This code was replaced when the voucher was given away; ask its owner for the new one."),
        Why.UNITS_MISSING: gettext("Say how much of this voucher is to be used."),
        Why.TOLD_TOO_LATE: gettext("This was told too late: more than 72 hours after it happened."),
        Why.EARLIER_ELSEWHERE: gettext("Another device redeemed this voucher earlier, and had not told yet."),
        Why.CLOSED: gettext("The voucher was refunded or ended meanwhile, so nothing can be given back to it."),
    }
    return words[why]


def reversed_in_time(redemption: Redemption, now: datetime) -> Why | None:
    """Why a redemption cannot be reversed any more; None when it can."""
    if redemption.reversed_at is not None:
        return Why.REVERSED
    return None if now < redemption.recorded_at + REVERSAL_WITHIN else Why.TOO_LATE
