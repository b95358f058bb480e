"""A payout: an amount on its way to a merchant, and the steps that it may take."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import Conflict


class PayoutState(StrEnum):
    PROPOSED = "proposed"
    """Decided and booked; nobody was told to pay."""
    SENT = "sent"
    """Whoever pays was told, or is just being told; by the payout's id they know a repetition."""
    PAID = "paid"
    FAILED = "failed"
    """The money is the merchant's to claim again."""


TRANSITIONS: Final[dict[PayoutState, frozenset[PayoutState]]] = {
    PayoutState.PROPOSED: frozenset({PayoutState.SENT, PayoutState.FAILED}),
    PayoutState.SENT: frozenset({PayoutState.PAID, PayoutState.FAILED}),
    PayoutState.PAID: frozenset(),
    PayoutState.FAILED: frozenset(),
}
"""From each state, the states that may follow. The database holds the same table and refuses everything else."""


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """`transfer_ref` is what whoever pays calls it. `due_at` is when it is tried next, None where a person sends it."""

    id: UUID
    statement_id: UUID
    merchant_id: UUID
    currency: str
    amount_minor: int
    destination: str
    state: PayoutState
    transfer_ref: str | None
    problem: str | None
    due_at: datetime | None
    attempts: int
    proposed_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


def check_transition(current: PayoutState, wanted: PayoutState) -> None:
    """Raise Conflict unless a payout in state `current` may become `wanted`."""
    if wanted not in TRANSITIONS[current]:
        raise Conflict(f"A payout that is {current} cannot become {wanted}.")
