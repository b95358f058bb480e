"""When a provider is asked or told again: soon at first, then ever more seldom."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from highstreet.market.payments.domain.payments import Known, Payment, PaymentState

FIRST_LOOK: Final = timedelta(minutes=2)
"""How long after a page was opened we ask what became of it, if nothing was told."""

TAKEN_FOR: Final = timedelta(minutes=2)
"""How long a worker has for what it took; after that it is presumed dead, and another one takes it."""

GIVE_UP_LOOKING: Final = timedelta(days=40)
"""An authorisation is lost after a month at the latest, and a page is closed after a day."""

_LONGEST: Final = timedelta(hours=6)


def next_look(payment: Payment, known: Known, now: datetime) -> datetime | None:
    """When to ask again of what is now known; None when no more is to come that we would wait for."""
    if known.captured or known.ended or now - payment.created_at > GIVE_UP_LOOKING:
        return None
    return now if payment.wish is not None else now + FIRST_LOOK


def is_overdue(payment: Payment, now: datetime) -> bool:
    """Whether nobody paid in time, so that the page is to be closed; providers may keep it open for longer."""
    in_time = payment.expires_at is None or now < payment.expires_at
    return payment.state is PaymentState.REQUESTED and not in_time


def again(payment: Payment, now: datetime, pause: timedelta) -> datetime:
    """After that pause, or when the payment's time is over, if that is sooner."""
    end = payment.expires_at
    return end if end is not None and now < end < now + pause else now + pause


def wait(attempts: int, first: timedelta = FIRST_LOOK) -> timedelta:
    """How long to wait after that many attempts in vain, counted from 1."""
    return min(_LONGEST, first * 2 ** min(attempts - 1, 30))


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """How far behind we are. `overdue_s` is how long the oldest thing waits that was to be done.

    `webhook_lag_s` is how long the last webhook took, None before the first; `contradicting` counts those of the last
    week that were not believed.
    """

    overdue_s: float
    webhook_lag_s: float | None
    contradicting: int
