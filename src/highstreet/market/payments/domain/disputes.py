"""A shopper's bank takes money back, or asks about it. The furthest that was told of a dispute holds."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class DisputeState(StrEnum):
    """In the order in which one outweighs another. An inquiry moves no money; an open dispute has taken it."""

    INQUIRY = "inquiry"
    INQUIRY_CLOSED = "inquiry_closed"
    OPEN = "open"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    payment_id: UUID
    provider_ref: str
    amount_minor: int
    currency: str
    reason: str
    state: DisputeState
    evidence_due_at: datetime | None
    opened_at: datetime
    changed_at: datetime


class DisputeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of a dispute. `reason` is the provider's word for it, for people."""

    provider_ref: str
    amount_minor: int
    currency: str
    reason: str
    state: DisputeState
    evidence_due_at: datetime | None = None


_TOLD = (DisputeState.OPEN, DisputeState.WON, DisputeState.LOST)
_RANKS = {state: rank for rank, state in enumerate(DisputeState)}


def further(one: DisputeState, other: DisputeState) -> DisputeState:
    """Whichever outweighs the other."""
    return max(one, other, key=_RANKS.__getitem__)


def steps(before: DisputeState | None, after: DisputeState) -> tuple[DisputeState, ...]:
    """What the books must hear of, in its order: that money was taken, and whether it came back. Each once.

    One whose end was the first that was told was opened all the same.
    """
    rank = -1 if before is None else _RANKS[before]
    passed = [state for state in _TOLD if rank < _RANKS[state] <= _RANKS[after]]
    if after is DisputeState.LOST and before is not DisputeState.WON:
        passed = [state for state in passed if state is not DisputeState.WON]
    return tuple(passed)
