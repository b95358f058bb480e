"""Options as they are sold, and how many deals have sold."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.offers import Offer

_OFFERS: Final = """
    SELECT
        options.id AS option_id, deals.id AS deal_id, deals.merchant_id, deals.category_id, deals.origin, deals.state,
        deals.terms_version, deals.currency, deals.title AS deal_title, options.title AS option_title,
        options.price_minor, options.cap, options.per_buyer_limit, options.withdrawn_at IS NOT NULL AS withdrawn,
        deals.starts_at, deals.ends_at, places.country_code || '-' || places.region_code AS jurisdiction,
        places.time_zone
    FROM catalog.options
    INNER JOIN catalog.deals ON options.deal_id = deals.id
    LEFT JOIN catalog.deal_points ON deal_points.deal_id = deals.id AND deal_points.position = 0
    LEFT JOIN catalog.locations ON deal_points.location_id = locations.id
    LEFT JOIN catalog.places ON places.id = coalesce(deal_points.place_id, locations.place_id)
"""


async def of_options(tx: Transaction, option_ids: Sequence[UUID]) -> list[Offer]:
    return await _read(tx, _OFFERS + "WHERE options.id = ANY(%s)", option_ids)


async def of_deals(tx: Transaction, deal_ids: Sequence[UUID]) -> list[Offer]:
    return await _read(tx, _OFFERS + "WHERE deals.id = ANY(%s)", deal_ids)


async def _read(tx: Transaction, query: LiteralString, ids: Sequence[UUID]) -> list[Offer]:
    return msgspec.convert(await tx.fetch_all(dict[str, Any], query, [list(ids)]), list[Offer])


async def add_sold(tx: Transaction, by_deal: Mapping[UUID, int]) -> None:
    """Add to what deals have sold; less than nothing was never sold."""
    ordered = sorted(by_deal.items())
    await tx.execute(
        """
        UPDATE catalog.deals SET sold = greatest(deals.sold + given.more, 0)
        FROM unnest(%s::uuid[], %s::integer[]) AS given (deal_id, more)
        WHERE deals.id = given.deal_id
        """,
        [[deal_id for deal_id, _ in ordered], [more for _, more in ordered]],
    )
