"""The pictures of a deal: the one that is shown, and what is known of each that somebody wants."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

MAX_PICTURES: Final = 12
MAX_ALT_LENGTH: Final = 300
MAX_ADDRESS_LENGTH: Final = 2000

FETCH_ATTEMPTS: Final = 5
FETCHED_AT_ONCE: Final = 8
"""How many pictures may be in the queue at the same time, so that a feed of many thousands leaves room for others."""
FETCHED_FROM_A_HOST: Final = 2
"""How many of them from the same host: it serves others too, and one that is slow keeps only its own waiting."""
PRESUMED_LOST_AFTER_S: Final = 900
UNUSED_KEPT_FOR: Final = timedelta(days=7)
"""How long a picture stays that no deal has: pages that showed it are kept by others."""
_WAITS_S: Final = (60, 300, 1_800, 7_200)


class PictureState(StrEnum):
    """Where a picture of a deal stands."""

    WANTED = "wanted"
    FETCHING = "fetching"
    SHOWN = "shown"
    REFUSED = "refused"


class DealPicture(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The picture that a deal shows. `focus_x` and `focus_y`, from 0 to 1, are the point that every rendition shows."""

    digest: str
    width: int
    height: int
    placeholder: bytes
    focus_x: float
    focus_y: float
    alt: str | None = None
    """What is to be seen, if somebody said so."""


class PictureRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may know of a picture of a deal. `reason` says why one is refused."""

    position: int
    state: PictureState
    digest: str | None
    address: str | None
    from_feed: bool
    reason: str | None
    attempts: int
    alt: str | None
    width: int | None
    height: int | None
    focus_x: float | None
    focus_y: float | None


class WantedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is to be fetched. `attempts` counts those that were begun."""

    deal_id: UUID
    position: int
    address: str
    attempts: int


class Rest(msgspec.Struct, frozen=True):
    """Until when no picture had better be fetched, and why."""

    until: datetime
    why: str


class ShelvedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is known. `unused_since` is when a sweep first saw that no deal had it."""

    digest: str
    used: bool
    unused_since: datetime | None


def shelf_at(now: datetime, seconds: int) -> str:
    """The beginning of the digests whose turn it is: each of the 256 has so many seconds."""
    return f"{int(now.timestamp()) // seconds % 256:02x}"


def left_behind(known: Sequence[ShelvedPicture], kept: Mapping[str, datetime], now: datetime) -> list[str]:
    """Digests that may go. `kept` tells when something was last kept under each."""
    rows = {picture.digest: picture for picture in known}
    unused = {each.digest: each.unused_since for each in known if not each.used and each.unused_since is not None}
    unknown = {digest: at for digest, at in kept.items() if digest not in rows}
    return [
        digest
        for digest, since in (unused | unknown).items()
        if max(since, kept.get(digest, since)) <= now - UNUSED_KEPT_FOR
    ]


def wanted_address(stated: str | None) -> str | None:
    """The address of a picture as a feed states it; one that is longer than any address should be says nothing."""
    return stated if stated is not None and len(stated) <= MAX_ADDRESS_LENGTH else None


def wait_s(attempts: int) -> int | None:
    """How long to wait after so many attempts before the next; None when there is none."""
    return _WAITS_S[attempts - 1] if attempts < FETCH_ATTEMPTS else None
