"""What devices did without network, and which of it happened when they met the same voucher."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.vouchers.domain.redemptions import Why
from highstreet.market.vouchers.domain.vouchers import OFFLINE_GRACE

MOST_SKEW: Final = timedelta(minutes=5)
"""By how much the clock of a device may differ from ours before its times are moved."""


class ClaimOutcome(StrEnum):
    """What became of a redemption that a device told of."""

    ACCEPTED = "accepted"
    CONTESTED = "contested"
    """Others were earlier; it comes back when one of them is taken away by what yet another device tells."""
    REFUSED = "refused"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a device did without network, in its own words. `at` is by its own clock."""

    code: str
    nonce: str
    at: datetime
    location_id: UUID | None = None
    units: int | None = None
    age_years: int | None = None
    booked_at: datetime | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a device told, and what became of it."""

    id: UUID
    device_id: UUID
    nonce: str
    voucher_id: UUID | None
    location_id: UUID | None
    units: int | None
    age_years: int | None
    booked_at: datetime | None
    stated_at: datetime
    claimed_at: datetime
    synced_at: datetime
    outcome: ClaimOutcome
    why: Why | None
    redemption_id: UUID | None = None
    attempts: int = 0

    @property
    def wanted_units(self) -> int:
        return self.units or 1

    @property
    def place_in_time(self) -> tuple[datetime, UUID, str]:
        """What comes first happened; devices that say the same moment come by their ids."""
        return self.claimed_at, self.device_id, self.nonce


def moment_of(stated: datetime, device_now: datetime, now: datetime) -> datetime:
    """When something happened, by our clock. A device whose clock is off by much is off by the same all the time."""
    off = now - device_now
    return min(now, stated + off if abs(off) > MOST_SKEW else stated)


def is_too_old(claimed_at: datetime, now: datetime) -> bool:
    """Whether it is told too late: what happened so long ago has been settled."""
    return claimed_at < now - OFFLINE_GRACE


def resolve(claims: Iterable[Claim], units: int) -> set[UUID]:
    """Which claims on one voucher happened, of `units` that are there for all of them together.

    The earliest first, each that finds enough left: whoever tells first changes nothing.
    """
    happened: set[UUID] = set()
    for claim in sorted(claims, key=lambda each: each.place_in_time):
        if claim.wanted_units <= units:
            units -= claim.wanted_units
            happened.add(claim.id)
    return happened
