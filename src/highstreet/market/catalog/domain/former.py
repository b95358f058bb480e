"""What an import did to the catalogue, and what it takes to take it back."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.catalog.domain.deals import DealState, Origin, transitions_of

VANISHED: Final = "vanished"
"""Stands for the digest of a deal that its feed no longer states, so that it is written anew if it comes back."""


class Wrought(StrEnum):
    """What an import did to a deal."""

    NEW = "new"
    CHANGED = "changed"
    VANISHED = "vanished"
    """The feed no longer states it; it was ended."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did to one deal."""

    deal_id: UUID
    wrought: Wrought
    former: str | None = None
    """The deal's rows as they were, in JSON; None for a new one. Only the catalogue reads it."""
    passage: int | None = None
    """The place in the history up to which the import itself led the deal; None for a new one."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not taken back, because people have changed it since."""

    subject_id: UUID
    reason: str
    """A sentence that names it and what was changed."""


class FormerDeal(msgspec.Struct, frozen=True, kw_only=True):
    """Where a deal stood before an import wrote it. Its other columns are beside these in the same JSON object."""

    id: UUID
    state: DealState
    state_reason: str | None
    starts_at: datetime
    ends_at: datetime | None

    def state_at(self, now: datetime) -> DealState:
        """Where it would stand now. A deal that was to run has gone on by its dates; where people put one, it stays."""
        if self.state not in {DealState.SCHEDULED, DealState.LIVE}:
            return self.state
        if self.ends_at is not None and self.ends_at <= now:
            return DealState.ENDED
        return DealState.SCHEDULED if self.starts_at > now else DealState.LIVE


class Former(msgspec.Struct, frozen=True):
    """The rows of a deal before an import wrote it; the import that only ended it left its options and points."""

    deal: msgspec.Raw
    options: list[msgspec.Raw] | None = None
    points: list[msgspec.Raw] | None = None
    image: str | None = None
    """The address of the picture that the feed named."""

    def standing(self) -> FormerDeal:
        """Where the deal stood."""
        return msgspec.json.decode(self.deal, type=FormerDeal)


def way_back(current: DealState, wanted: DealState) -> tuple[DealState, ...]:
    """The states through which an imported deal comes from `current` to `wanted`, one allowed step after another."""
    if current is wanted:
        return ()
    allowed = transitions_of(Origin.IMPORTED)
    if wanted in allowed[current]:
        return (wanted,)
    assert DealState.LIVE in allowed[current], "an import leaves a deal where it can be live again"
    assert wanted in allowed[DealState.LIVE], "and wherever an import found a deal, it can be brought from there"
    return (DealState.LIVE, wanted)
