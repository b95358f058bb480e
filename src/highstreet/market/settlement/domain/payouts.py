"""A payout: an amount on its way to a merchant, and the steps that it may take."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import Conflict

REMEMBERED_FOR: Final = timedelta(hours=20)
"""How long a provider surely knows a transfer that it was told of before. Then only a person may tell it again."""

_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=2)
_AT_PROVIDER: Final = re.compile(r"([a-z]+):(\S+)")


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


def account_at(destination: str) -> tuple[str, str] | None:
    """The provider and its account, of `stripe:acct_1`; None where a person sends it."""
    named = _AT_PROVIDER.fullmatch(destination)
    return (named[1], named[2]) if named else None


def wait_after(attempts: int) -> timedelta:
    """How long until a provider is asked again, after so many attempts that told nothing."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(attempts, 10))
