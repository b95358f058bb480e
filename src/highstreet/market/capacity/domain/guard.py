"""When a deal is paused because its merchant can hardly serve more, and when it is sold again."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.catalog.domain.deals import DealState


class GuardState(StrEnum):
    WATCHING = "watching"
    PAUSED = "paused"
    """The guard has paused the deal."""
    WAIVED = "waived"
    """Somebody resumed the deal though it was near its capacity; the guard lets it be until the load has fallen."""


TRANSITIONS: Final[dict[GuardState, frozenset[GuardState]]] = {
    GuardState.WATCHING: frozenset({GuardState.PAUSED}),
    GuardState.PAUSED: frozenset({GuardState.WATCHING, GuardState.WAIVED}),
    GuardState.WAIVED: frozenset({GuardState.WATCHING}),
}
"""The database holds the same table and refuses everything else."""


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """Of one deal. Percents are hundredths of the room; without a brake it watches nothing."""

    deal_id: UUID
    merchant_id: UUID
    own_tax_rate: int
    pause_percent: int | None
    resume_percent: int | None
    state: GuardState
    load_percent: int | None
    """When it last looked: what is sold and not used yet, where that is tightest."""
    look_at: datetime | None


class Step(msgspec.Struct, frozen=True):
    """What the guard does next; `deal` is what becomes of the deal, None where it stays as it is."""

    state: GuardState
    deal: DealState | None = None


def next_step(state: GuardState, deal: DealState, percent: int, pause_percent: int, resume_percent: int) -> Step:
    """By the state of the deal and its load, in hundredths of the room.

    A pause by a person is not the guard's to end, and a person's word to go on is not the guard's to overrule until the
    load has fallen below where it would have gone on by itself.
    """
    fallen = percent < resume_percent
    if state is GuardState.WATCHING and deal is DealState.LIVE and percent >= pause_percent:
        return Step(GuardState.PAUSED, DealState.PAUSED)
    if state is GuardState.PAUSED and deal is DealState.PAUSED:
        return Step(GuardState.WATCHING, DealState.LIVE) if fallen else Step(state)
    if state is GuardState.PAUSED:
        waived = deal is DealState.LIVE and not fallen
        return Step(GuardState.WAIVED if waived else GuardState.WATCHING)
    if state is GuardState.WAIVED and fallen:
        return Step(GuardState.WATCHING)
    return Step(state)
