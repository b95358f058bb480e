"""Terms: what exactly a buyer is promised, frozen under a digest before anything is sold."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.market.catalog.domain.deals import DealPoint, Option, PublishedDeal, Reach
from highstreet.market.catalog.domain.fine_print import Rule


class TermsPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a buyer may redeem. Opening hours are not promised: they change with the seasons."""

    latitude: float
    longitude: float
    place_name: str | None
    location_id: UUID | None
    location_name: str | None
    address: str | None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a deal that a buyer may hold the merchant to."""

    title: str
    description: str | None
    language: str
    currency: str
    merchant_id: UUID
    merchant_name: str
    reach: Reach
    division_slug: str | None
    points: tuple[TermsPoint, ...]
    options: tuple[Option, ...]
    fine_print: tuple[Rule, ...]
    starts_at: datetime
    ends_at: datetime | None

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the terms as JSON with sorted keys."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class TermsVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One frozen version; versions of a deal count from 1."""

    deal_id: UUID
    version: int
    digest: str
    terms: Terms
    made_at: datetime


def terms_of(deal: PublishedDeal) -> Terms:
    """The terms that a deal offers as it stands. Only a deal with a merchant has terms."""
    assert deal.merchant_id is not None
    assert deal.merchant_name is not None
    return Terms(
        title=deal.title,
        description=deal.description,
        language=deal.language,
        currency=deal.currency,
        merchant_id=deal.merchant_id,
        merchant_name=deal.merchant_name,
        reach=deal.reach,
        division_slug=deal.division_slug,
        points=tuple(_promised(point) for point in deal.points),
        options=deal.options,
        fine_print=deal.fine_print,
        starts_at=deal.starts_at,
        ends_at=deal.ends_at,
    )


def _promised(point: DealPoint) -> TermsPoint:
    return TermsPoint(
        latitude=point.latitude,
        longitude=point.longitude,
        place_name=point.place_name,
        location_id=point.location_id,
        location_name=point.location_name,
        address=point.address,
    )
