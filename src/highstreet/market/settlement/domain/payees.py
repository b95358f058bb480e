"""Who is paid: a merchant in one currency, when, from which amount on, and where to."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import MAX_MINOR, is_currency

NEW_DESTINATION_WAITS: Final = timedelta(days=3)
"""How long nothing is paid after it was said where to: time for the merchant to notice that it was not them."""

_CAUGHT_UP: Final = timedelta(minutes=5)
_MAX_RESERVE_DAYS: Final = 365
_LOOKS_LIKE_AN_ACCOUNT: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


class Schedule(StrEnum):
    """When a merchant is settled with."""

    WEEKLY = "weekly"
    """As Monday begins, UTC."""
    MONTHLY = "monthly"
    """As the month begins, UTC."""
    ON_REDEMPTION = "on_redemption"
    """Within minutes of what was earned."""


class PayeeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed with a merchant. Amounts are minor units of the payee's currency."""

    schedule: Schedule = Schedule.WEEKLY
    minimum_minor: int = 0
    """Less than this is carried over."""
    reserve_basis_points: int = 0
    """How much of what was earned is held back, in hundredths of a percent."""
    reserve_days: int = 0
    """For how long."""
    destination: str | None = None
    """The name by which whoever pays knows where to. It is no account number."""
    bears_disputes: bool = False
    """Whether what was earned by a voucher goes back when its payment was disputed and that was lost."""
    withheld: str | None = None
    """Why nothing is paid for the time being, in words."""

    def __post_init__(self) -> None:
        if not 0 <= self.minimum_minor <= MAX_MINOR:
            raise InvalidInput.at("minimum", f"{self.minimum_minor} minor units cannot be a minimum")
        if not 0 <= self.reserve_basis_points <= 10_000 or not 0 <= self.reserve_days <= _MAX_RESERVE_DAYS:
            raise InvalidInput.at("reserve", f"a reserve is 0 to 100 percent, for up to {_MAX_RESERVE_DAYS} days")
        if (self.reserve_basis_points == 0) != (self.reserve_days == 0):
            raise InvalidInput.at("reserve", "a reserve needs both a share and a number of days")
        if self.destination is not None:
            _check_destination(self.destination)
        if self.withheld is not None and not 1 <= len(self.withheld) <= 500:
            raise InvalidInput.at("withheld", "say in 1 to 500 characters why nothing is paid")


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant in one currency. `negative_since` is None while its account is not below zero."""

    merchant_id: UUID
    currency: str
    terms: PayeeTerms
    destination_changed_at: datetime | None
    due_at: datetime
    negative_since: datetime | None


class PayeeChange(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed from `at` on, and who said so."""

    at: datetime
    actor_kind: str
    actor_id: UUID | None
    terms: PayeeTerms


def next_due(schedule: Schedule, now: datetime) -> datetime:
    """When a payee is due again that was settled with at `now`."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match schedule:
        case Schedule.WEEKLY:
            return today + timedelta(days=7 - today.weekday())
        case Schedule.MONTHLY:
            return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        case Schedule.ON_REDEMPTION:
            return now + _CAUGHT_UP


def check_currency(currency: str) -> None:
    """Raises InvalidInput for what is no currency."""
    if not is_currency(currency):
        raise InvalidInput.at("currency", f"{currency!r} is not an ISO 4217 currency code")


def _check_destination(destination: str) -> None:
    if not 1 <= len(destination) <= 200 or not destination.isprintable() or destination != destination.strip():
        raise InvalidInput.at("destination", "a destination has 1 to 200 characters that can be printed")
    if _LOOKS_LIKE_AN_ACCOUNT.fullmatch(destination.replace(" ", "").upper()):
        raise InvalidInput.at(
            "destination", "this looks like an account number; give the name by which the payer knows it"
        )
