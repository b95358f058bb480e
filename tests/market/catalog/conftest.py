"""A small world: a few towns, the categories, a merchant with two locations, and drafts of deals."""

from collections.abc import Awaitable, Callable, Generator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import psycopg
import pytest

from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.postgres.server import ADMINISTRATOR, EmbeddedPostgres
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Reach, ValueEvidence
from highstreet.market.catalog.domain.drafts import DealDraft, OptionDraft
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from highstreet.market.catalog.domain.merchants import LocationDraft, MerchantDraft
from highstreet.market.catalog.domain.places import PlaceRecord

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def town(geoname_id: int, name: str, *, population: int = 1000, **stated: object) -> PlaceRecord:
    """A town in Illinois, where nothing else is stated."""
    usual = PlaceRecord(
        geoname_id=geoname_id,
        name=name,
        region_code="IL",
        region_name="Illinois",
        country_code="US",
        country_name="United States",
        latitude=41.88,
        longitude=-87.63,
        population=population,
        time_zone="America/Chicago",
        currency="USD",
    )
    return msgspec.structs.replace(usual, **stated)


TOWNS = (
    town(1, "Chicago", population=2_664_452, alternate_names=("CHI", "Чикаго", "Windy City")),
    town(2, "Schaumburg", population=74_000, latitude=42.03, longitude=-88.08),
    town(3, "St. Charles", population=33_000),
    town(
        4,
        "München",
        population=1_500_000,
        region_code="02",
        region_name=None,
        country_code="DE",
        country_name="Germany",
        currency="EUR",
        time_zone="Europe/Berlin",
        latitude=48.14,
        longitude=11.58,
        alternate_names=("Munich", "Monaco di Baviera"),
    ),
)


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of what every test of deals needs."""

    chicago: UUID
    schaumburg: UUID
    munich: UUID
    merchant: UUID
    loop: UUID
    mall: UUID


@pytest.fixture
async def world(database: Database) -> World:
    async with database.system() as tx:
        await catalog.store_places(tx, TOWNS)
        await catalog.seed_categories(tx)
    async with database.transaction(OPERATOR) as tx:
        places = [
            await catalog.place_by_slug(tx, slug) for slug in ("chicago-il-us", "schaumburg-il-us", "munchen-02-de")
        ]
        chicago, schaumburg, munich = (place.id for place in places if place)
        merchant = await catalog.create_merchant(tx, MerchantDraft(name="Blue Door Pizza"))
        return World(
            chicago=chicago,
            schaumburg=schaumburg,
            munich=munich,
            merchant=merchant,
            loop=await catalog.add_location(tx, merchant, location_in(chicago, address="12 Lake Street")),
            mall=await catalog.add_location(tx, merchant, location_in(schaumburg, address="5 Mall Drive")),
        )


def location_in(place_id: UUID, **stated: object) -> LocationDraft:
    usual = LocationDraft(address="1 Main Street", place_id=place_id, latitude=41.88, longitude=-87.63)
    return msgspec.structs.replace(usual, **stated)


def pizza(world: World, **stated: object) -> DealDraft:
    """A complete deal of the merchant, from an hour ago until in a week, where nothing else is stated."""
    usual = DealDraft(
        merchant_id=world.merchant,
        category="pizza",
        title="Two pizzas of your choice",
        currency="USD",
        reach=Reach.LOCATIONS,
        locations=(world.loop, world.mall),
        options=(
            OptionDraft(
                title="For two",
                price_minor=1500,
                value_minor=3000,
                value_evidence=ValueEvidence.MERCHANT_STATED,
            ),
            OptionDraft(title="For four", price_minor=2800),
        ),
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(days=7),
    )
    return msgspec.structs.replace(usual, **stated)


def stated(key: str, place_id: UUID, **other: object) -> ImportedDeal:
    """A deal of the feed `gazette`, live now, where nothing else is said."""
    usual = ImportedDeal(
        feed="gazette",
        key=key,
        title=f"Haircut {key}",
        url=f"https://gazette.example/{key}",
        currency="USD",
        options=(ImportedOption(title="Cut", price_minor=2000, value_minor=4000),),
        reach=Reach.LOCATIONS,
        places=(place_id,),
        merchant="Scissors & Co",
        starts_at=NOW - timedelta(days=1),
        ends_at=NOW + timedelta(days=10),
    )
    return msgspec.structs.replace(usual, **other)


Publish = Callable[..., Awaitable[UUID]]


@pytest.fixture
def publish(database: Database, world: World) -> Publish:
    """Creates a deal and leads it through review until it is live; what is given changes the draft."""

    async def run(**changes: object) -> UUID:
        async with database.transaction(OPERATOR) as tx:
            deal_id = await catalog.create_deal(tx, pizza(world, **changes))
            await catalog.submit(tx, deal_id)
            await catalog.approve(tx, deal_id)
            await catalog.publish(tx, deal_id)
            return deal_id

    return run


@pytest.fixture
def administrator_here(postgres: EmbeddedPostgres, database_name: str) -> Generator[psycopg.Connection]:
    """A superuser in the test's own database: what is refused to it is refused to everybody."""
    with psycopg.connect(postgres.url(ADMINISTRATOR, database_name), autocommit=True) as connection:
        yield connection
