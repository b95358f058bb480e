"""A merchant's own deals, for those of its staff who write them."""

from collections.abc import Sequence
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.catalog.domain.deals import DealState, PublishedDeal
from highstreet.market.catalog.domain.editing import Edited, OwnDeal, draft_of, revision_of
from highstreet.market.catalog.repository import deals as rows
from highstreet.market.catalog.repository import own_deals as listed
from highstreet.market.catalog.repository import published


async def own_deals(
    tx: Transaction, merchant_id: UUID, states: Sequence[DealState], *, before: UUID | None, limit: int
) -> list[OwnDeal]:
    """A merchant's deals in some states, those made last first, behind the id `before`."""
    return await listed.read(tx, merchant_id, states, before, limit)


async def own_deal(tx: Transaction, merchant_id: UUID, deal_id: UUID) -> PublishedDeal:
    """A merchant's deal in whatever state. Raises NotFound for another one's, and for what a feed answers for."""
    found = await published.in_any_state(tx, [deal_id])
    if not found or found[0].merchant_id != merchant_id or found[0].source is not None:
        raise NotFound("There is no such deal of this merchant")
    return found[0]


async def titles_of(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What deals are called now, by id, as far as the actor may see them."""
    return await listed.titles(tx, ids)


async def hold_as_read(tx: Transaction, merchant_id: UUID, deal_id: UUID, revision: str) -> PublishedDeal:
    """A merchant's deal, which nobody else changes before the transaction ends.

    Raises Edited where it is not what it was when its `revision` was read, and as `own_deal`.
    """
    await rows.lock(tx, deal_id)
    deal = await own_deal(tx, merchant_id, deal_id)
    if revision_of(draft_of(deal)) != revision:
        raise Edited
    return deal
