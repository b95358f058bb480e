"""Money on its way back to a shopper. Word of it may come in any order, so the furthest that was told holds."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class RefundState(StrEnum):
    """In the order in which one outweighs another: a bank may turn a refund away that had succeeded."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """`own` is False for one that somebody made at the provider, past us. `problem` is why the last sending failed."""

    id: UUID
    payment_id: UUID
    amount_minor: int
    currency: str
    state: RefundState
    own: bool
    provider_ref: str | None
    first_sent_at: datetime | None
    attempts: int
    problem: str | None
    requested_at: datetime
    changed_at: datetime


class RefundSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of a refund. `reference` is our id of it, None for one that was not made by us.

    `provider_ref` is None only for one that the provider refused to make.
    """

    provider_ref: str | None
    reference: UUID | None
    amount_minor: int
    currency: str
    state: RefundState
    problem: str | None = None


def further(one: RefundState, other: RefundState) -> RefundState:
    """Whichever outweighs the other."""
    return max(one, other, key=list(RefundState).index)
