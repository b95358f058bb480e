"""The list of a merchant's deals as its staff see it."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.editing import OwnDeal


class _Titled(msgspec.Struct, frozen=True):
    id: UUID
    title: str


async def titles(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, str]:
    """By id, in whatever state the deals are."""
    rows = await tx.fetch_all(_Titled, "SELECT id, title FROM catalog.deals WHERE id = ANY(%s)", [list(ids)])
    return {each.id: each.title for each in rows}


async def read(
    tx: Transaction, merchant_id: UUID, states: Sequence[DealState], before: UUID | None, limit: int
) -> list[OwnDeal]:
    """Those made last first; what a feed answers for is not among them."""
    return await tx.fetch_all(
        OwnDeal,
        """
        SELECT
            deals.id, deals.state, deals.state_reason, deals.title, deals.language, deals.currency, deals.sold,
            deals.starts_at, deals.ends_at, deals.changed_at, offered.from_minor, offered.options,
            (
                SELECT places.time_zone
                FROM catalog.deal_points
                INNER JOIN catalog.locations ON deal_points.location_id = locations.id
                INNER JOIN catalog.places ON locations.place_id = places.id
                WHERE deal_points.deal_id = deals.id
                ORDER BY deal_points.position LIMIT 1
            ) AS time_zone
        FROM catalog.deals
        CROSS JOIN LATERAL (
            SELECT min(options.price_minor) AS from_minor, count(*) AS options FROM catalog.options
            WHERE options.deal_id = deals.id AND options.position IS NOT NULL
        ) AS offered
        WHERE
            deals.merchant_id = %(merchant)s AND deals.origin <> 'imported' AND deals.state = ANY(%(states)s)
            AND (%(before)s::uuid IS NULL OR deals.id < %(before)s)
        ORDER BY deals.id DESC LIMIT %(limit)s
        """,
        {"merchant": merchant_id, "states": list(states), "before": before, "limit": limit},
    )
