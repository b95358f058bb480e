"""What a settling does with a merchant's account: a pure decision, of which the database books every part."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.settlement.domain.payees import NEW_DESTINATION_WAITS, Payee

DEBT_AFTER: Final = timedelta(days=30)
"""How long an account may stay below zero before that is a claim of its own."""


class Carried(StrEnum):
    """Why nothing is paid out."""

    NOTHING_TO_PAY = "nothing_to_pay"
    NEGATIVE = "negative"
    BELOW_MINIMUM = "below_minimum"
    NO_DESTINATION = "no_destination"
    DESTINATION_CHANGED = "destination_changed"
    WITHHELD = "withheld"


class Reserve(msgspec.Struct, frozen=True, kw_only=True):
    """An amount that is held back, in minor units, until `release_at`."""

    id: UUID
    amount_minor: int
    release_at: datetime


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant's account at a settling, in minor units; all but the debt is in the merchant's favour."""

    balance_minor: int
    """What the last statement closed with, and everything that moved since."""
    earned_minor: int
    """What of it was earned since, less what was taken back."""
    debt_minor: int
    """What the merchant owes besides."""
    reserves: Sequence[Reserve]
    """Oldest first."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is booked, in this order. `closing_minor` is what the account holds afterwards."""

    released: tuple[Reserve, ...]
    recovered_minor: int
    raised_minor: int
    held_minor: int
    payout_minor: int
    carried: Carried | None
    negative_since: datetime | None
    closing_minor: int


def decide(payee: Payee, account: Account, now: datetime) -> Decision:
    """Reserves whose time is over come back, and others as far as the account is below zero; debts are made up for.

    Of what was earned a share is held back, and the rest is paid, if it is enough and may be paid.
    """
    balance_minor = account.balance_minor
    released: list[Reserve] = []
    for reserve in account.reserves:
        if reserve.release_at <= now or balance_minor < 0:
            released.append(reserve)
            balance_minor += reserve.amount_minor
    recovered_minor = max(0, min(balance_minor, account.debt_minor))
    balance_minor -= recovered_minor
    negative_since = (payee.negative_since or now) if balance_minor < 0 else None
    raised_minor = 0
    if negative_since is not None and now - negative_since >= DEBT_AFTER:
        raised_minor, balance_minor, negative_since = -balance_minor, 0, None
    share_minor = max(0, account.earned_minor) * payee.terms.reserve_basis_points // 10_000
    held_minor = max(0, min(balance_minor, share_minor))
    balance_minor -= held_minor
    carried = _carried(payee, balance_minor, now)
    payout_minor = balance_minor if carried is None else 0
    return Decision(
        released=tuple(released),
        recovered_minor=recovered_minor,
        raised_minor=raised_minor,
        held_minor=held_minor,
        payout_minor=payout_minor,
        carried=carried,
        negative_since=negative_since,
        closing_minor=balance_minor - payout_minor,
    )


def _carried(payee: Payee, balance_minor: int, now: datetime) -> Carried | None:
    if balance_minor < 0:
        return Carried.NEGATIVE
    if balance_minor == 0:
        return Carried.NOTHING_TO_PAY
    if payee.terms.withheld is not None:
        return Carried.WITHHELD
    if payee.terms.destination is None or payee.destination_changed_at is None:
        return Carried.NO_DESTINATION
    if now < payee.destination_changed_at + NEW_DESTINATION_WAITS:
        return Carried.DESTINATION_CHANGED
    return Carried.BELOW_MINIMUM if balance_minor < payee.terms.minimum_minor else None
