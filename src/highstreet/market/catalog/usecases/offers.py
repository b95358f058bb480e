"""What sells the catalogue asks of it, and tells it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.offers import Offer
from highstreet.market.catalog.repository import offers as rows


async def offers(tx: Transaction, option_ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """The options of these ids whose deals the actor may see, withdrawn ones included."""
    return {offer.option_id: offer for offer in await rows.of_options(tx, option_ids)}


async def offers_of_deals(tx: Transaction, deal_ids: Sequence[UUID]) -> list[Offer]:
    """Every option of deals that the actor may see, withdrawn ones included."""
    return await rows.of_deals(tx, deal_ids)


async def add_sold(tx: Transaction, by_deal: Mapping[UUID, int]) -> None:
    """Add to the numbers sold that deals show; take away what was given back."""
    if by_deal:
        await rows.add_sold(tx, by_deal)
