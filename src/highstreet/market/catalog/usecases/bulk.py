"""Making thousands of merchants and deals at once, through the same checks and constraints as one at a time."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.market.catalog.domain import compose, facts
from highstreet.market.catalog.domain.deals import Deal, DealState, Origin
from highstreet.market.catalog.domain.drafts import NewDeal, NewMerchant, check_complete, check_deal
from highstreet.market.catalog.domain.merchants import check_location, check_merchant
from highstreet.market.catalog.repository import deals as deal_rows
from highstreet.market.catalog.repository import merchants as merchant_rows
from highstreet.market.catalog.repository import places as place_rows
from highstreet.market.catalog.usecases.deals import known_references, record_all
from highstreet.market.catalog.usecases.merchants import insert_merchants, location_row
from highstreet.market.catalog.usecases.terms import freeze

_CHUNK: Final = 2_000
_REASON: Final = "invented for the demonstration"


class _Made(msgspec.Struct, frozen=True):
    id: UUID
    locations: tuple[merchant_rows.LocationRow, ...]


async def create_many(tx: Transaction, merchants: Sequence[NewMerchant], deals: Sequence[NewDeal]) -> list[UUID]:
    """Make invented merchants and their deals, live or scheduled by their dates; the deals' ids in their order.

    A deal names a merchant of the same call. Raises InvalidInput under `merchants[n]` or `deals[n]`, and then nothing
    is written.
    """
    _check(merchants, deals)
    await place_rows.hold_still(tx)
    references = await known_references(tx, {deal.category for deal in deals}, {deal.division for deal in deals})
    made = await _insert_merchants(tx, merchants)
    composed = [_compose(tx, deal, references, made[deal.merchant]) for deal in deals]
    for start in range(0, len(composed), _CHUNK):
        await _insert_deals(tx, composed[start : start + _CHUNK])
    return [deal.id for deal in composed]


def _check(merchants: Sequence[NewMerchant], deals: Sequence[NewDeal]) -> None:
    by_key = {merchant.key: merchant for merchant in merchants}
    for index, merchant in enumerate(merchants):
        with _within(f"merchants[{index}]"):
            check_merchant(merchant.draft)
            for location in merchant.locations:
                check_location(location)
    for index, deal in enumerate(deals):
        with _within(f"deals[{index}]"):
            check_deal(deal)
            merchant = by_key.get(deal.merchant)
            if merchant is None:
                raise InvalidInput.at("merchant", f"there is no merchant {deal.merchant!r} in this call")
            if any(place not in range(len(merchant.locations)) for place in deal.locations):
                raise InvalidInput.at("locations", f"{deal.merchant!r} has {len(merchant.locations)} locations")


@contextmanager
def _within(path: str) -> Generator[None]:
    try:
        yield
    except InvalidInput as invalid:
        raise InvalidInput(
            tuple(FieldProblem(f"{path}.{problem.field}", problem.message) for problem in invalid.problems)
        ) from None


async def _insert_merchants(tx: Transaction, merchants: Sequence[NewMerchant]) -> dict[str, _Made]:
    named = {location.place_id for merchant in merchants for location in merchant.locations}
    places = {place.id: place for place in await place_rows.by_ids(tx, list(named))}
    for index, merchant in enumerate(merchants):
        if any(location.place_id not in places for location in merchant.locations):
            raise InvalidInput.at(f"merchants[{index}].locations", "names a place that does not exist")
    ids = await insert_merchants(tx, [merchant.draft for merchant in merchants])
    made = {
        merchant.key: _Made(
            own_id,
            tuple(
                location_row(tx, own_id, location, places[location.place_id].currency)
                for location in merchant.locations
            ),
        )
        for merchant, own_id in zip(merchants, ids, strict=True)
    }
    await merchant_rows.insert_locations(tx, [location for one in made.values() for location in one.locations])
    return made


def _compose(tx: Transaction, draft: NewDeal, references: compose.References, merchant: _Made) -> Deal:
    locations = [merchant.locations[place] for place in draft.locations]
    if any(location.currency != draft.currency for location in locations):
        raise InvalidInput.at("currency", f"{draft.title!r} is not in the currency of its locations")
    deal = compose.from_draft(
        draft,
        references,
        merchant_id=merchant.id,
        location_ids=tuple(location.id for location in locations),
        origin=Origin.INVENTED,
        state=DealState.LIVE if draft.starts_at <= tx.now else DealState.SCHEDULED,
        new_id=tx.new_id,
    )
    check_complete(
        category_id=deal.category_id, reach=deal.reach, points=len(deal.location_ids), options=len(deal.options)
    )
    return msgspec.structs.replace(deal, state_reason=_REASON, terms_version=1)


async def _insert_deals(tx: Transaction, deals: Sequence[Deal]) -> None:
    await deal_rows.insert(tx, deals)
    await freeze(tx, [deal.id for deal in deals])
    born = [
        facts.DealMoved(deal_id=deal.id, origin=deal.origin, before=None, after=deal.state, reason=_REASON)
        for deal in deals
    ]
    await record_all(tx, born)
