"""A deal: what is offered, its options, and the states it passes through."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from highstreet.kit.errors import Conflict
from highstreet.market.catalog.domain.fine_print import Rule
from highstreet.market.catalog.domain.merchants import OpeningHours
from highstreet.market.catalog.domain.pictures import DealPicture


class DealState(StrEnum):
    """Where a deal stands between being written and being put away."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    SCHEDULED = "scheduled"
    LIVE = "live"
    PAUSED = "paused"
    SOLD_OUT = "sold_out"
    ENDED = "ended"
    ARCHIVED = "archived"
    KILLED = "killed"
    MERGED = "merged"
    """Gives way to another deal, which is the same one; its page leads there."""


class Origin(StrEnum):
    """How a deal came to be in the catalogue."""

    WRITTEN = "written"
    """By its merchant or an operator, and reviewed, or adopted from a feed; the only kind that is sold."""
    IMPORTED = "imported"
    """Read from a feed that answers for it; it links out."""
    INVENTED = "invented"
    """Made up for the demonstration."""


class ValueEvidence(StrEnum):
    """How we know the usual price that a discount is counted from. Pages name the kind."""

    MERCHANT_STATED = "merchant_stated"
    FEED_STATED = "feed_stated"
    DOCUMENTED = "documented"
    HISTORY = "history"


class Reach(StrEnum):
    """Where a deal can be used, as far as its source says."""

    LOCATIONS = "locations"
    DIVISION = "division"
    ONLINE = "online"
    UNSTATED = "unstated"


class Precision(StrEnum):
    """How exactly a point is known: a street address, only the town, or only an area that a town stands for."""

    ADDRESS = "address"
    TOWN = "town"
    AREA = "area"


class Option(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A priced choice within a deal. Amounts are minor units of the deal's currency."""

    id: UUID
    position: int
    title: str
    price_minor: int
    value_minor: int | None = None
    value_evidence: ValueEvidence | None = None
    cap: int | None = None
    per_buyer_limit: int | None = None
    redeem_from: datetime | None = None
    redeem_until: datetime | None = None
    redeem_within_days: int | None = None


class DealPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One point where a deal can be redeemed. `location_id` is None when only the town or the area is known."""

    latitude: float
    longitude: float
    precision: Precision
    place_id: UUID | None
    place_slug: str | None
    place_name: str | None
    time_zone: str | None
    location_id: UUID | None = None
    location_name: str | None = None
    address: str | None = None
    opening_hours: OpeningHours | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where an imported deal came from. It links out, and cannot be ordered until somebody adopts it."""

    feed: str
    key: str
    """The feed's own identity of the row."""
    url: str | None
    shifted_days: int = 0
    """How many days its dates were moved so that an old feed can be browsed today; pages say so."""
    ratings: int | None = None
    """How many ratings the source says the deal has. They are not ours, and nothing tells how good they are."""


class PublishedDeal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A deal as the public may see it: everything that search, pages and the API show, joined and frozen.

    What a source did not state is None, and is shown as not stated.
    """

    id: UUID
    slug: str
    state: DealState
    title: str
    description: str | None
    language: str
    currency: str
    merchant_id: UUID | None
    merchant_slug: str | None
    merchant_name: str | None
    category_slug: str | None
    division_slug: str | None
    reach: Reach
    points: tuple[DealPoint, ...]
    options: tuple[Option, ...]
    fine_print: tuple[Rule, ...]
    starts_at: datetime
    ends_at: datetime | None
    sold: int
    source: Source | None
    invented: bool
    """True for the demonstration's invented deals; pages say so."""
    changed_at: datetime
    picture: DealPicture | None = None
    """None where pages draw one."""
    merchant_since: datetime | None = None
    """Since when the merchant is registered here."""


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """A deal as it is written: what it refers to by id, and its options."""

    id: UUID
    slug: str
    origin: Origin
    state: DealState
    state_reason: str | None = None
    merchant_id: UUID | None
    category_id: UUID | None
    division_id: UUID | None
    title: str
    description: str | None
    language: str
    currency: str
    reach: Reach
    location_ids: tuple[UUID, ...] = ()
    """Where its merchant redeems it."""
    place_ids: tuple[UUID, ...] = ()
    """Its towns, where a feed names nothing more exact."""
    area_ids: tuple[UUID, ...] = ()
    """Towns that stand for areas, where a feed names nothing but the area."""
    options: tuple[Option, ...]
    fine_print: tuple[Rule, ...]
    starts_at: datetime
    ends_at: datetime | None
    sold: int = 0
    source: Source | None = None
    source_digest: str | None = None
    terms_version: int | None = None


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a deal from state to state; `before` is None where the deal began."""

    before: DealState | None
    after: DealState
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    reason: str | None


class InReview(msgspec.Struct, frozen=True, kw_only=True):
    """A deal that waits for a reviewer, since it was handed in."""

    deal_id: UUID
    title: str
    language: str
    merchant_name: str | None
    since: datetime


class PricePoint(msgspec.Struct, frozen=True, kw_only=True):
    """What an option cost from `since` on, until the next point of the same option."""

    option_id: UUID
    currency: str
    price_minor: int
    value_minor: int | None
    value_evidence: ValueEvidence | None
    since: datetime


TRANSITIONS: dict[DealState, frozenset[DealState]] = {
    DealState.DRAFT: frozenset({DealState.IN_REVIEW, DealState.ARCHIVED}),
    DealState.IN_REVIEW: frozenset({DealState.APPROVED, DealState.REJECTED, DealState.DRAFT, DealState.KILLED}),
    DealState.REJECTED: frozenset({DealState.DRAFT, DealState.ARCHIVED}),
    DealState.APPROVED: frozenset({DealState.SCHEDULED, DealState.LIVE, DealState.DRAFT, DealState.KILLED}),
    DealState.SCHEDULED: frozenset(
        {DealState.LIVE, DealState.PAUSED, DealState.ENDED, DealState.DRAFT, DealState.KILLED}
    ),
    DealState.LIVE: frozenset({DealState.PAUSED, DealState.SOLD_OUT, DealState.ENDED, DealState.KILLED}),
    DealState.PAUSED: frozenset({DealState.SCHEDULED, DealState.LIVE, DealState.ENDED, DealState.KILLED}),
    DealState.SOLD_OUT: frozenset({DealState.LIVE, DealState.ENDED, DealState.KILLED}),
    DealState.ENDED: frozenset({DealState.ARCHIVED, DealState.KILLED}),
    DealState.ARCHIVED: frozenset(),
    DealState.KILLED: frozenset({DealState.ARCHIVED}),
    DealState.MERGED: frozenset(),
}
"""From each state, the states that may follow. The database holds the same table and refuses everything else."""

_BIRTHS: dict[Origin, frozenset[DealState]] = {
    Origin.WRITTEN: frozenset({DealState.DRAFT}),
    Origin.IMPORTED: frozenset({DealState.SCHEDULED, DealState.LIVE, DealState.ENDED}),
    Origin.INVENTED: frozenset({DealState.SCHEDULED, DealState.LIVE}),
}
"""The states in which a deal may begin. What a feed answers for is not reviewed here."""

_STATED: dict[DealState | None, frozenset[DealState]] = {
    DealState.LIVE: frozenset({DealState.SCHEDULED}),
    DealState.ENDED: frozenset({DealState.SCHEDULED, DealState.LIVE}),
}
"""Where a feed may put off what runs, and bring back what had ended: nothing was sold here that this could undo."""

_MERGED_FROM = frozenset({DealState.SCHEDULED, DealState.LIVE, DealState.PAUSED, DealState.SOLD_OUT, DealState.ENDED})
"""Where only merging leads from, and only splitting back to."""


def transitions_of(origin: Origin) -> Mapping[DealState | None, frozenset[DealState]]:
    """From each state the states that may follow for deals of an origin; from None, those in which one begins."""
    allowed: dict[DealState | None, frozenset[DealState]] = {None: _BIRTHS[origin], **TRANSITIONS}
    if origin is Origin.IMPORTED:
        allowed |= {before: allowed[before] | after for before, after in _STATED.items()}
        allowed |= {before: allowed[before] | {DealState.MERGED} for before in _MERGED_FROM}
        allowed |= {DealState.MERGED: _MERGED_FROM}
    return allowed


REVISABLE = frozenset({DealState.DRAFT, DealState.SCHEDULED, DealState.LIVE, DealState.PAUSED, DealState.SOLD_OUT})
"""States in which a deal's content may change; from the others it is reopened first, or it is over."""

PUBLIC_STATES = frozenset({DealState.LIVE, DealState.SOLD_OUT, DealState.ENDED})
"""States whose deals have a public page; only live ones are found by search."""


def check_transition(current: DealState, wanted: DealState, origin: Origin = Origin.WRITTEN) -> None:
    """Raise Conflict unless a deal in state `current` may become `wanted`."""
    if current is DealState.MERGED:
        raise Conflict("The deal was merged into another one; split them first, or go to the one that stays.")
    following = transitions_of(origin)[current]
    if wanted not in following:
        allowed = ", ".join(sorted(following)) or "nothing"
        raise Conflict(f"A deal that is {current} cannot become {wanted}; it can become: {allowed}.")
