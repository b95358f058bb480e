"""A market in a real database: two cities, one merchant with a shop in each, and as many live deals as a test wants."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Reach, ValueEvidence
from highstreet.market.catalog.domain.drafts import DealDraft, OptionDraft
from highstreet.market.catalog.domain.fine_print import Days, MinimumAge
from highstreet.market.catalog.domain.merchants import LocationDraft, MerchantDraft
from highstreet.market.catalog.domain.places import DivisionDraft, PlaceRecord

CHICAGO = (41.85003, -87.65005)
MADRID = (40.4165, -3.70256)
_PATIENCE_S = 30.0
"""A busy machine is no failure."""

_RECORDS = (
    PlaceRecord(
        geoname_id=4887398,
        name="Chicago",
        region_code="IL",
        region_name="Illinois",
        country_code="US",
        country_name="United States",
        latitude=CHICAGO[0],
        longitude=CHICAGO[1],
        population=2720546,
        time_zone="America/Chicago",
        currency="USD",
        alternate_names=("Windy City",),
    ),
    PlaceRecord(
        geoname_id=3117735,
        name="Madrid",
        region_code="29",
        region_name=None,
        country_code="ES",
        country_name="Spain",
        latitude=MADRID[0],
        longitude=MADRID[1],
        population=3255944,
        time_zone="Europe/Madrid",
        currency="EUR",
    ),
)


@dataclass(frozen=True, slots=True)
class Market:
    database: Database
    merchant: UUID
    chicago_shop: UUID
    madrid_shop: UUID

    async def publish(self, tx: Transaction, **given: Any) -> UUID:  # noqa: ANN401 -- any field of a draft
        """A deal that is live when the transaction commits."""
        deal_id = await catalog.create_deal(tx, self.draft(tx, **given))
        await catalog.submit(tx, deal_id)
        await catalog.approve(tx, deal_id)
        await catalog.publish(tx, deal_id)
        return deal_id

    def draft(self, tx: Transaction, **given: Any) -> DealDraft:  # noqa: ANN401 -- any field of a draft
        option = OptionDraft(
            title="For two",
            price_minor=2900,
            value_minor=5800,
            value_evidence=ValueEvidence.MERCHANT_STATED,
        )
        plain = DealDraft(
            merchant_id=self.merchant,
            category="pizza",
            title="Pizza for two",
            description="A large pizza from the stone oven.",
            currency="USD",
            reach=Reach.LOCATIONS,
            locations=(self.chicago_shop,),
            options=(option,),
            fine_print=(Days(weekdays=(1, 2, 3)), MinimumAge(years=18)),
            starts_at=tx.now - timedelta(days=1),
            ends_at=tx.now + timedelta(days=30),
        )
        return msgspec.structs.replace(plain, **given)


async def open_market(database: Database) -> Market:
    async with database.system() as tx:
        await catalog.store_places(tx, _RECORDS)
        await catalog.seed_categories(tx)
        chicago, madrid = [await catalog.place_by_slug(tx, slug) for slug in await slugs(tx)]
        assert chicago is not None
        assert madrid is not None
        await catalog.create_division(
            tx, DivisionDraft(slug="chicagoland", name="Chicago area", place_id=chicago.id, radius_km=60.0)
        )
        merchant = await catalog.create_merchant(tx, MerchantDraft(name="Joe\u2019s Pizzería"))
        shops = [
            await catalog.add_location(
                tx,
                merchant,
                LocationDraft(address=address, place_id=place.id, latitude=place.latitude, longitude=place.longitude),
            )
            for address, place in (("1 Main Street", chicago), ("Calle Mayor 1", madrid))
        ]
    return Market(database, merchant, *shops)


async def slugs(tx: Transaction) -> tuple[str, str]:
    """Of Chicago and of Madrid."""
    (chicago,), (madrid,) = [await catalog.find_places(tx, name) for name in ("Chicago", "Madrid")]
    return chicago.slug, madrid.slug


async def until(condition: Callable[[], bool]) -> float:
    """Seconds until the condition holds."""
    began = perf_counter()
    while not condition():
        assert perf_counter() - began < _PATIENCE_S, "it did not happen"
        await asyncio.sleep(0.005)
    return perf_counter() - began
