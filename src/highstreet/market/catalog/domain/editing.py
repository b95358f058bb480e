"""A deal as its merchant's staff work on it: what a form shows of it, and how one knows that it has changed."""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import Conflict
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal
from highstreet.market.catalog.domain.drafts import DealDraft, OptionDraft, gaps


class Edited(Conflict):
    """Somebody else has changed the deal since it was read."""

    def __init__(self) -> None:
        super().__init__("Somebody has changed this deal since you read it; look at it again.")


class OwnDeal(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a merchant's list. `from_minor` is the lowest price; None while it offers nothing."""

    id: UUID
    state: DealState
    state_reason: str | None
    title: str
    language: str
    currency: str
    from_minor: int | None
    options: int
    sold: int
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str | None
    changed_at: datetime


AT_WORK: Final = (DealState.DRAFT, DealState.REJECTED, DealState.IN_REVIEW, DealState.APPROVED)
ON_SALE: Final = (DealState.LIVE, DealState.SCHEDULED, DealState.PAUSED, DealState.SOLD_OUT)
PAST: Final = (DealState.ENDED, DealState.KILLED, DealState.ARCHIVED)


def draft_of(deal: PublishedDeal) -> DealDraft:
    """The draft that would make the deal what it is. The deal is a merchant's, and no feed's."""
    assert deal.merchant_id is not None
    return DealDraft(
        merchant_id=deal.merchant_id,
        category=deal.category_slug,
        division=deal.division_slug,
        title=deal.title,
        description=deal.description,
        language=deal.language,
        currency=deal.currency,
        reach=deal.reach,
        locations=tuple(point.location_id for point in deal.points if point.location_id),
        options=tuple(
            OptionDraft(
                id=option.id,
                title=option.title,
                price_minor=option.price_minor,
                value_minor=option.value_minor,
                value_evidence=option.value_evidence,
                cap=option.cap,
                per_buyer_limit=option.per_buyer_limit,
                redeem_from=option.redeem_from,
                redeem_until=option.redeem_until,
                redeem_within_days=option.redeem_within_days,
            )
            for option in sorted(deal.options, key=lambda option: option.position)
        ),
        fine_print=deal.fine_print,
        starts_at=deal.starts_at,
        ends_at=deal.ends_at,
    )


def revision_of(draft: DealDraft) -> str:
    """The same for the same content, whoever wrote it and however often: SHA-256, in hexadecimal."""
    return hashlib.sha256(msgspec.json.encode(draft, order="sorted")).hexdigest()


def missing(draft: DealDraft) -> tuple[str, ...]:
    """The fields that a reviewer needs and that say nothing yet."""
    found = gaps(
        categorised=draft.category is not None,
        reach=draft.reach,
        points=len(draft.locations),
        options=len(draft.options),
    )
    return tuple(each.field for each in found)
