"""Making many merchants and deals at once."""

from datetime import time, timedelta

import msgspec
import pytest

from highstreet.kit.database import Database
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, Reach, ValueEvidence
from highstreet.market.catalog.domain.drafts import NewDeal, NewMerchant, OptionDraft
from highstreet.market.catalog.domain.fine_print import Days
from highstreet.market.catalog.domain.merchants import MerchantDraft, Opening
from tests.market.catalog.conftest import NOW, World, location_in


def merchant(world: World, key: str) -> NewMerchant:
    hours = (Opening(1, time(9), time(18)),)
    places = (world.chicago, world.schaumburg)
    locations = tuple(location_in(place, address=f"{key} Street", opening_hours=hours) for place in places)
    return NewMerchant(key=key, draft=MerchantDraft(name=f"Merchant {key}"), locations=locations)


def deal(key: str, **changes: object) -> NewDeal:
    usual = NewDeal(
        merchant=key,
        locations=(0, 1),
        category="massage",
        title=f"An hour at {key}",
        currency="USD",
        reach=Reach.LOCATIONS,
        options=(
            OptionDraft(
                title="One hour", price_minor=4000, value_minor=8000, value_evidence=ValueEvidence.MERCHANT_STATED
            ),
        ),
        fine_print=(Days((1, 2, 3)),),
        starts_at=NOW,
        ends_at=NOW + timedelta(days=30),
    )
    return msgspec.structs.replace(usual, **changes)


async def test_many_deals_are_as_complete_as_one(database: Database, world: World) -> None:
    merchants = [merchant(world, str(number)) for number in range(150)]
    deals = [deal(str(number % 150), title=f"Deal {number}") for number in range(600)]
    deals[5] = deal("5", title="Later", starts_at=NOW + timedelta(days=1))
    async with database.system() as tx:
        ids = await catalog.create_many(tx, merchants, deals)
    async with database.system() as tx:
        shown = await catalog.published_deals(tx, ids)
        live = (await catalog.changed_deals(tx, None)).published
        history = await catalog.history(tx, ids[5])
        terms = await catalog.terms(tx, ids[0])
        prices = await catalog.price_history(tx, ids[0])
        cursor = await tx.connection.execute(
            "SELECT name, count(DISTINCT aggregate_id) FROM kit.facts GROUP BY name ORDER BY name"
        )
        facts = await cursor.fetchall()
    assert [one.title for one in shown] == [draft.title for draft in deals if draft.title != "Later"]
    assert {one.id for one in live} == set(ids) - {ids[5]}
    assert all(one.invented and len(one.points) == 2 and len(one.options) == 1 for one in shown)
    assert shown[0].points[0].opening_hours == (Opening(1, time(9), time(18)),)
    assert [(step.before, step.after) for step in history] == [(None, DealState.SCHEDULED)]
    assert terms is not None
    assert terms.terms.digest() == terms.digest
    assert len(prices) == 1
    assert facts == [("deal.published", 599), ("deal.scheduled", 1)]


async def test_one_deal_that_cannot_be_stops_all(database: Database, world: World) -> None:
    merchants = [merchant(world, "a"), merchant(world, "b")]
    wrong = (
        (deal("b", title=""), r"deals\[1\]\.title"),
        (deal("c"), r"deals\[1\]\.merchant: there is no merchant 'c'"),
        (deal("b", locations=(0, 2)), r"deals\[1\]\.locations"),
        (deal("b", currency="EUR"), "not in the currency of its locations"),
        (deal("b", category=None), "choose one"),
    )
    for second, message in wrong:
        with pytest.raises(InvalidInput, match=message):
            async with database.system() as tx:
                await catalog.create_many(tx, merchants, [deal("a"), second])
    async with database.system() as tx:
        cursor = await tx.connection.execute(
            "SELECT (SELECT count(*) FROM catalog.deals), count(*) FROM catalog.merchants WHERE name LIKE 'Merchant%'"
        )
        assert await cursor.fetchone() == (0, 0)
