"""Where our books and a provider's differ, day by day (UTC)."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.payments.domain.records import RecordKind

_LATE: Final = timedelta(hours=1)
"""Clocks differ, and a provider's books are written a little after the fact."""


class DifferenceKind(StrEnum):
    """What an operator is to look into."""

    UNKNOWN_HERE = "unknown_here"
    """The provider moved money of which we know no payment."""
    UNKNOWN_THERE = "unknown_there"
    """We know of money that the provider's books do not have."""
    AMOUNT = "amount"
    STATE = "state"
    """The provider took the money, and here the payment is not paid, also after it was asked again."""
    PAST_US = "past_us"
    """Somebody paid back at the provider; no order of ours asked for it."""
    CONTRADICTION = "contradiction"
    """A webhook said what cannot be true of its payment."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`subject` is the provider's name for it, or our id where the provider has none. `note` says why it is settled."""

    id: UUID
    provider: str
    day: date
    kind: DifferenceKind
    subject: str
    payment_id: UUID | None
    ours_minor: int | None
    theirs_minor: int | None
    currency: str | None
    found_at: datetime
    settled_at: datetime | None
    note: str | None


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """A day that was looked at. `differences` are those of the day that are open."""

    provider: str
    day: date
    records: int
    differences: int
    finished_at: datetime


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A record with the payment that it belongs to, if we know it: what the books of ours need of it."""

    id: str
    kind: RecordKind
    subject: str
    amount_minor: int
    fee_minor: int
    currency: str
    payment_id: UUID | None


def span(day: date) -> tuple[datetime, datetime]:
    """From the beginning of a day until its end."""
    since = datetime.combine(day, time(), UTC)
    return since, since + timedelta(days=1)


def asked_span(day: date) -> tuple[datetime, datetime]:
    """What the provider is asked for a day: a little more at both ends, because what it has twice is kept once."""
    since, until = span(day)
    return since - _LATE, until + _LATE


def last_complete_day(now: datetime) -> date:
    """The last day of which a provider's books can be expected to be whole."""
    return (now - _LATE).date() - timedelta(days=1)
