"""An option as it is on sale: what whoever sells it has to know, and nothing of how it is shown."""

from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.market.catalog.domain.deals import DealState, Origin


class Offer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One option of a deal with a public page. Amounts are minor units of `currency`.

    `cap` is how many may be sold in all, None where the merchant set no end. `withdrawn` options are no longer offered.
    """

    option_id: UUID
    deal_id: UUID
    merchant_id: UUID | None
    category_id: UUID | None
    origin: Origin
    state: DealState
    terms_version: int | None
    currency: str
    deal_title: str
    option_title: str
    price_minor: int
    cap: int | None
    per_buyer_limit: int | None
    withdrawn: bool
    starts_at: datetime
    ends_at: datetime | None
    jurisdiction: str | None
    """Of the first point where it is redeemed: a country with its part, such as `US-IL`; None where none is stated."""
    time_zone: str | None
