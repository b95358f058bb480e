"""Being signed in: for how long, and how freshly proved."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.identity.domain.accounts import AccountState
from highstreet.market.identity.domain.roles import Reach

STEP_UP_WITHIN: Final = timedelta(minutes=10)
"""How lately a second factor has to have been shown for what is hard to take back."""

SEEN_EVERY: Final = timedelta(minutes=5)
"""How exactly it is known when a login was last used; a write for every request would be too many."""


class Method(StrEnum):
    GUEST = "guest"
    LINK = "link"
    PASSWORD = "password"  # noqa: S105 - the name of a way to sign in
    PASSKEY = "passkey"


class Span(msgspec.Struct, frozen=True):
    """A login ends when it was idle for so long, and at the latest after so long."""

    idle: timedelta
    whole: timedelta


OF_SHOPPERS: Final = Span(timedelta(days=30), timedelta(days=180))
OF_WORKERS: Final = Span(timedelta(hours=12), timedelta(days=7))
"""For accounts that have a role: what they can do touches others."""


class Visitor(msgspec.Struct, frozen=True):
    """Where a request comes from: the program as it names itself, and the network (see `throttling.network_of`)."""

    device: str
    network: str


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is signed in."""

    id: UUID
    account_id: UUID
    account_state: AccountState
    reaches: frozenset[Reach]
    """What its account has roles about."""
    method: Method
    second_factor_at: datetime | None
    device: str
    network: str
    idle_s: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    def has_ended(self, now: datetime) -> bool:
        return now >= self.expires_at or now >= self.seen_at + timedelta(seconds=self.idle_s)

    def is_stepped_up(self, now: datetime) -> bool:
        """Whether a second factor was shown within the last minutes."""
        return self.second_factor_at is not None and now < self.second_factor_at + STEP_UP_WITHIN


class Begun(msgspec.Struct, frozen=True):
    """A login with the token that its browser is to carry, which is known only now."""

    token: str
    login: Login
