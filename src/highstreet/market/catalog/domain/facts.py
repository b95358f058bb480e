"""What the catalogue tells the rest of the market, as payloads of facts about the aggregate `deal`."""

from typing import Final
from uuid import UUID

import msgspec

from highstreet.market.catalog.domain.deals import DealState, Origin

AGGREGATE: Final = "deal"
REVISED: Final = "deal.revised"
ADOPTED: Final = "deal.adopted"
TAKEN_BACK: Final = "deal.taken_back"

_CREATED: Final = "deal.created"
_MOVED: Final[dict[DealState, str]] = {
    DealState.DRAFT: "deal.reopened",
    DealState.IN_REVIEW: "deal.submitted",
    DealState.APPROVED: "deal.approved",
    DealState.REJECTED: "deal.rejected",
    DealState.SCHEDULED: "deal.scheduled",
    DealState.LIVE: "deal.published",
    DealState.PAUSED: "deal.paused",
    DealState.SOLD_OUT: "deal.sold_out",
    DealState.ENDED: "deal.ended",
    DealState.ARCHIVED: "deal.archived",
    DealState.KILLED: "deal.killed",
    DealState.MERGED: "deal.merged",
}


class DealMoved(msgspec.Struct, frozen=True, kw_only=True):
    """A deal has entered a state; `before` is None where it began in it."""

    deal_id: UUID
    origin: Origin
    before: DealState | None
    after: DealState
    reason: str | None

    @property
    def name(self) -> str:
        """The fact's name, by the state that was entered; a draft that was not there before is `deal.created`."""
        return _CREATED if self.before is None and self.after is DealState.DRAFT else _MOVED[self.after]


class DealRevised(msgspec.Struct, frozen=True, kw_only=True):
    """What a deal offers has changed."""

    deal_id: UUID
    origin: Origin
    state: DealState


class DealAdopted(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's deal is sold here from now on, by the terms of that version."""

    deal_id: UUID
    feed: str
    key: str
    merchant_id: UUID
    state: DealState
    terms_version: int


class DealTakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """A deal has left the catalogue, because the import that brought it was taken back."""

    deal_id: UUID
