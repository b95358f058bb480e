"""Writing deals: options, terms, prices, merchants and their locations, and the facts of all that."""

import asyncio
from datetime import time, timedelta
from uuid import UUID

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState, Option, Precision, Reach, ValueEvidence
from highstreet.market.catalog.domain.drafts import OptionDraft
from highstreet.market.catalog.domain.fine_print import BookingNeeded, Days, Hours, Note
from highstreet.market.catalog.domain.merchants import MerchantDraft, Opening, is_open
from highstreet.market.catalog.domain.places import DivisionDraft
from tests.market.catalog.conftest import NOW, Publish, World, location_in, pizza

RULES = (Days((1, 2, 3)), Hours(time(18), time(2)), BookingNeeded(24), Note("Ask for the terrace; it is «nice»."))


async def test_a_published_deal_shows_what_its_draft_said(database: Database, world: World, publish: Publish) -> None:
    deal_id = await publish(description="With a salad.", fine_print=RULES, language="es")
    async with database.transaction(VISITOR) as tx:
        deal = await catalog.published_deal(tx, deal_id)
        assert await catalog.published_deals(tx, [world.merchant, deal_id]) == [deal]
    assert deal is not None
    draft = pizza(world)
    assert (deal.title, deal.slug, deal.description, deal.language) == (
        draft.title,
        "two-pizzas-of-your-choice",
        "With a salad.",
        "es",
    )
    assert (deal.merchant_name, deal.merchant_slug, deal.category_slug) == (
        "Blue Door Pizza",
        "blue-door-pizza",
        "pizza",
    )
    assert (deal.state, deal.invented, deal.source, deal.changed_at) == (DealState.LIVE, False, None, NOW)
    assert deal.fine_print == RULES
    assert [(point.address, point.precision, point.place_slug) for point in deal.points] == [
        ("12 Lake Street", Precision.ADDRESS, "chicago-il-us"),
        ("5 Mall Drive", Precision.ADDRESS, "schaumburg-il-us"),
    ]
    assert [(option.position, option.title, option.price_minor, option.value_minor) for option in deal.options] == [
        (0, "For two", 1500, 3000),
        (1, "For four", 2800, None),
    ]


async def test_a_draft_that_cannot_be_names_every_problem(database: Database, world: World) -> None:
    draft = pizza(
        world,
        title=" ",
        language="english",
        currency="XQX",
        ends_at=NOW - timedelta(days=9),
        reach=Reach.ONLINE,
        fine_print=(Days(()),),
        options=(
            OptionDraft(title="Cheap", price_minor=200, value_minor=100, value_evidence=ValueEvidence.DOCUMENTED),
            OptionDraft(title="Vague", price_minor=-1, value_minor=100, cap=0, redeem_within_days=0),
        ),
    )
    async with database.transaction(OPERATOR) as tx:
        with pytest.raises(InvalidInput) as caught:
            await catalog.create_deal(tx, draft)
    assert [problem.field for problem in caught.value.problems] == [
        "title",
        "language",
        "currency",
        "ends_at",
        "reach",
        "options[0].value_minor",
        "options[1].price_minor",
        "options[1].value_evidence",
        "options[1].cap",
        "options[1].redeem_within_days",
        "fine_print[0]",
    ]


async def test_a_deal_takes_its_own_merchants_locations_and_their_currency(database: Database, world: World) -> None:
    async with database.transaction(OPERATOR) as tx:
        other = await catalog.create_merchant(tx, MerchantDraft(name="Blue Door Pizza"))
        foreign = await catalog.add_location(tx, other, location_in(world.chicago))
        abroad = await catalog.add_location(tx, world.merchant, location_in(world.munich))
        with pytest.raises(InvalidInput) as caught:
            await catalog.create_deal(tx, pizza(world, locations=(world.loop, foreign, abroad)))
        with pytest.raises(InvalidInput, match="there is no category 'pies'"):
            await catalog.create_deal(tx, pizza(world, category="pies"))
        with pytest.raises(InvalidInput, match="there is no merchant"):
            await catalog.create_deal(tx, pizza(world, merchant_id=world.loop))
    assert [(problem.field, problem.message) for problem in caught.value.problems] == [
        ("locations[1]", "is not a location of the merchant"),
        ("locations[2]", "takes EUR, not USD"),
    ]


async def test_revising_a_live_deal_freezes_new_terms_and_keeps_the_old(
    database: Database, world: World, publish: Publish, clock: FixedClock
) -> None:
    deal_id = await publish()
    async with database.transaction(OPERATOR) as tx:
        first = await catalog.terms(tx, deal_id)
        before = await catalog.published_deal(tx, deal_id)
    assert first is not None
    assert before is not None
    assert first.version == 1
    assert first.terms.digest() == first.digest
    clock.advance(timedelta(hours=1))
    for_two, for_four = before.options
    options = (
        OptionDraft(id=for_four.id, title="For four", price_minor=2600),
        OptionDraft(title="For six", price_minor=3500),
    )
    async with database.transaction(OPERATOR) as tx:
        await catalog.revise_deal(tx, deal_id, pizza(world, options=options))
    async with database.transaction(OPERATOR) as tx:
        second = await catalog.terms(tx, deal_id)
        assert await catalog.terms(tx, deal_id, 1) == first
        after = await catalog.published_deal(tx, deal_id)
        prices = await catalog.price_history(tx, deal_id)
    assert after is not None
    async with database.transaction(OPERATOR) as tx:
        await catalog.revise_deal(tx, deal_id, pizza(world, options=tuple(map(_again, after.options))))
        assert await catalog.terms(tx, deal_id) == second
    assert second is not None
    assert after is not None
    assert second.version == 2
    assert second.made_at == clock.now()
    assert [option.title for option in second.terms.options] == ["For four", "For six"]
    assert after.options[0].id == for_four.id
    assert after.changed_at == clock.now()
    assert [(price.option_id, price.price_minor, price.since) for price in prices] == [
        (for_two.id, 1500, NOW),
        (for_four.id, 2800, NOW),
        (for_four.id, 2600, clock.now()),
        (after.options[1].id, 3500, clock.now()),
    ]


def _again(option: Option) -> OptionDraft:
    return OptionDraft(id=option.id, title=option.title, price_minor=option.price_minor)


async def test_a_revision_keeps_merchant_currency_and_options_of_the_deal(
    database: Database, world: World, publish: Publish
) -> None:
    deal_id = await publish()
    other = OptionDraft(id=world.loop, title="Somebody else's", price_minor=1)
    async with database.transaction(OPERATOR) as tx:
        for draft, message in (
            (pizza(world, currency="EUR"), "stays in USD"),
            (pizza(world, merchant_id=world.loop), "stays its merchant's"),
            (pizza(world, options=(other,)), "not an option that the deal offers"),
            (pizza(world, options=()), "at least one option"),
        ):
            with pytest.raises(InvalidInput, match=message):
                await catalog.revise_deal(tx, deal_id, draft)
        await catalog.end(tx, deal_id)
        with pytest.raises(Conflict, match="ended cannot be revised"):
            await catalog.revise_deal(tx, deal_id, pizza(world))


async def test_a_deal_on_sale_is_put_off_only_by_way_of_a_pause(
    database: Database, world: World, publish: Publish
) -> None:
    deal_id = await publish()
    tomorrow = pizza(world, starts_at=NOW + timedelta(days=1))
    async with database.transaction(OPERATOR) as tx:
        with pytest.raises(InvalidInput, match=r"starts_at: a deal that is live has begun"):
            await catalog.revise_deal(tx, deal_id, tomorrow)
        await catalog.pause(tx, deal_id)
        await catalog.revise_deal(tx, deal_id, tomorrow)
        await catalog.resume(tx, deal_id)
        assert (await catalog.history(tx, deal_id))[-1].after is DealState.SCHEDULED


async def test_two_who_change_a_merchant_or_a_location_at_once_take_turns(database: Database, world: World) -> None:
    async def rename(name: str) -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.rename_merchant(tx, world.merchant, name)

    async def move(address: str) -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.update_location(tx, world.loop, location_in(world.chicago, address=address))

    for number in range(5):
        await asyncio.gather(
            *(rename(f"Door {number} {who}") for who in "abc"), *(move(f"{number} {who}") for who in "abc")
        )


async def test_nobody_renames_or_moves_what_is_not_there(database: Database, world: World) -> None:
    async with database.transaction(OPERATOR) as tx:
        await catalog.rename_merchant(tx, world.merchant, "Blue Door Pizza")
        with pytest.raises(NotFound, match="no merchant"):
            await catalog.rename_merchant(tx, world.loop, "Nobody")
        with pytest.raises(NotFound, match="no location"):
            await catalog.update_location(tx, world.merchant, location_in(world.chicago))


async def test_a_merchants_new_name_is_shown_and_enters_the_terms(
    database: Database, world: World, publish: Publish
) -> None:
    deal_id = await publish()
    async with database.transaction(OPERATOR) as tx:
        await catalog.rename_merchant(tx, world.merchant, "Green Door Pizza")
    async with database.transaction(OPERATOR) as tx:
        deal = await catalog.published_deal(tx, deal_id)
        frozen = await catalog.terms(tx, deal_id)
    assert deal is not None
    assert frozen is not None
    assert (deal.merchant_name, deal.merchant_slug) == ("Green Door Pizza", "blue-door-pizza")
    assert (frozen.version, frozen.terms.merchant_name) == (2, "Green Door Pizza")


async def test_a_location_moves_within_its_currency(database: Database, world: World, publish: Publish) -> None:
    deal_id = await publish()
    hours = (Opening(1, time(9), time(18)), Opening(5, time(20), time(3)))
    async with database.transaction(OPERATOR) as tx:
        moved = location_in(world.schaumburg, address="1 New Road", latitude=42.03, opening_hours=hours)
        await catalog.update_location(tx, world.loop, moved)
        with pytest.raises(Conflict, match="cannot move to München"):
            await catalog.update_location(tx, world.loop, location_in(world.munich))
        deal = await catalog.published_deal(tx, deal_id)
    assert deal is not None
    assert (deal.points[0].address, deal.points[0].latitude, deal.points[0].opening_hours) == (
        "1 New Road",
        42.03,
        hours,
    )


def test_a_merchant_is_open_past_midnight() -> None:
    hours = (Opening(1, time(9), time(18)), Opening(5, time(20), time(3)))
    monday = NOW.replace(tzinfo=None)
    assert is_open(hours, monday.replace(hour=9))
    assert not is_open(hours, monday.replace(hour=18))
    friday = monday + timedelta(days=4)
    assert not is_open(hours, friday.replace(hour=2))
    assert is_open(hours, friday.replace(hour=23))
    assert is_open(hours, (friday + timedelta(days=1)).replace(hour=2))
    assert not is_open(hours, (friday + timedelta(days=1)).replace(hour=3))


async def test_merchants_of_one_name_have_slugs_of_their_own(database: Database, world: World) -> None:
    async with database.transaction(OPERATOR) as tx:
        await catalog.create_merchant(tx, MerchantDraft(name="Blue Door Pizza"))
        with pytest.raises(Conflict, match="blue-door-pizza is taken"):
            await catalog.create_merchant(tx, MerchantDraft(name="B", slug="blue-door-pizza"))
        with pytest.raises(InvalidInput) as caught:
            await catalog.create_merchant(tx, MerchantDraft(name="", slug="Blue Door", website="javascript:alert(1)"))
        wrong = (Opening(1, time(9), time(12)), Opening(1, time(11), time(18)), Opening(8, time(1), time(2)))
        nowhere = location_in(world.chicago, address="", latitude=91.0, longitude=181.0, opening_hours=wrong)
        with pytest.raises(InvalidInput) as misplaced:
            await catalog.add_location(tx, world.merchant, nowhere)
    assert [problem.field for problem in caught.value.problems] == ["name", "slug", "website"]
    assert [problem.field for problem in misplaced.value.problems] == [
        "address",
        "latitude",
        "longitude",
        "opening_hours[1]",
        "opening_hours[2].weekday",
    ]


async def test_a_deal_for_a_division_names_it(database: Database, world: World, publish: Publish) -> None:
    async with database.system() as tx:
        await catalog.create_division(
            tx, DivisionDraft(slug="chicago", name="Chicago", place_id=world.chicago, radius_km=40)
        )
    deal_id = await publish(reach=Reach.DIVISION, division="chicago", locations=())
    async with database.transaction(VISITOR) as tx:
        deal = await catalog.published_deal(tx, deal_id)
    assert deal is not None
    assert (deal.reach, deal.division_slug, deal.points) == (Reach.DIVISION, "chicago", ())


async def test_every_step_is_told_in_its_own_transaction(database: Database, world: World, publish: Publish) -> None:
    deal_id = await publish()
    async with database.transaction(OPERATOR) as tx:
        await catalog.revise_deal(tx, deal_id, pizza(world, title="Three pizzas"))
        await catalog.pause(tx, deal_id, reason="Kitchen flooded")
    assert await told(database, deal_id) == [
        "deal.created",
        "deal.submitted",
        "deal.approved",
        "deal.published",
        "deal.revised",
        "deal.paused",
    ]


async def told(database: Database, deal_id: UUID) -> list[str]:
    """The names of the facts about a deal, in order."""
    async with database.system() as tx:
        cursor = await tx.connection.execute(
            "SELECT name FROM kit.facts WHERE aggregate = 'deal' AND aggregate_id = %s ORDER BY position", [deal_id]
        )
        return [row[0] for row in await cursor.fetchall()]
