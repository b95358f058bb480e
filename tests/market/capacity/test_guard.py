"""The guard at work: what is stated is kept and checked, and a deal near its capacity is paused and sold again."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Actor, ActorKind, Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.capacity import service as capacity
from highstreet.market.capacity.domain.guard import GuardState
from highstreet.market.capacity.domain.plans import Brake, Check, Plan, Room, Served
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.drafts import OptionDraft
from highstreet.market.catalog.domain.fine_print import Days
from highstreet.market.orders import service as orders
from tests.market.catalog.conftest import NOW, World, pizza
from tests.market.orders.conftest import KEYS, Deal, Offer, paid, placed, wants

RATE = 2_500


def plan(deal: Check, each_day: int, *, guests: int = 1, brake: Brake | None = None) -> Plan:
    """So many guests a day at the first location, none at the others."""
    here = [point.location_id for point in deal.deal.points if point.location_id]
    return Plan(
        rooms=tuple(
            Room(location_id=each, by_weekday=(0 if index else each_day,) * 7) for index, each in enumerate(here)
        ),
        served=tuple(Served(option_id=each.id, guests=guests, cost_minor=400) for each in deal.deal.options),
        brake=brake,
    )


async def look(database: Database, deal_id: UUID) -> Check:
    async with database.system() as tx:
        return await capacity.look(tx, deal_id, RATE)


async def state(database: Database, deal_id: UUID, each_day: int, **stated: object) -> Check:
    stated_plan = plan(await look(database, deal_id), each_day, **stated)  # type: ignore[arg-type] -- as `plan` has it
    async with database.system() as tx:
        await capacity.state(tx, deal_id, stated_plan)
    return await look(database, deal_id)


async def watch(database: Database, clock: FixedClock) -> int:
    clock.advance(timedelta(minutes=1))
    async with database.system() as tx:
        return await capacity.watch(tx)


async def bought(database: Database, deal: Deal, quantity: int) -> UUID:
    return (await paid(database, await placed(database, await wants(database, (deal.options[0], quantity))))).id


async def give_back(database: Database, order_id: UUID) -> None:
    async with database.system() as tx:
        await orders.refund(tx, order_id)


async def drafted(database: Database, world: World, *caps: int | None, **stated: object) -> UUID:
    options = tuple(
        OptionDraft(title="For two", price_minor=1500, cap=cap, redeem_until=NOW + timedelta(days=14)) for cap in caps
    )
    async with database.transaction(OPERATOR) as tx:
        return await catalog.create_deal(tx, pizza(world, options=options, **stated))


async def test_a_draft_is_held_against_what_its_merchant_can_take(database: Database, world: World) -> None:
    deal_id = await drafted(database, world, 40, fine_print=(Days(weekdays=(1, 2, 3)),))
    unstated = await look(database, deal_id)
    assert (unstated.plan, unstated.tightest, unstated.fits) == (None, None, False)
    # Whoever buys on the last day of the sale, a Monday, has eight days, of which four are good.
    check = await state(database, deal_id, 10, guests=2)
    assert check.tightest is not None
    assert (check.tightest.guests, check.tightest.room, check.tightest.percent, check.fits) == (80, 40, 200, False)
    assert [week.most for week in check.weeks] == [80, 80, 80]
    assert [week.room for week in check.weeks] == [30, 10, 0]
    [margin] = check.margins
    # 1500 - 375 commission - 400 cost
    assert (margin.left_minor, margin.total_minor) == (725, 29_000)
    assert (await state(database, deal_id, 20, guests=2)).fits


async def test_who_sends_what_cannot_be_served_says_that_they_know(database: Database, world: World) -> None:
    deal_id = await drafted(database, world, 400)
    for knowing in (False, True):
        with pytest.raises(Conflict, match="State first"):
            async with database.system() as tx:
                await capacity.submit(tx, deal_id, RATE, knowing=knowing)
    await state(database, deal_id, 3)
    with pytest.raises(Conflict, match="More may be sold"):
        async with database.system() as tx:
            await capacity.submit(tx, deal_id, RATE, knowing=False)
    async with database.system() as tx:
        await capacity.submit(tx, deal_id, RATE, knowing=True)
    assert (await look(database, deal_id)).deal.state is DealState.IN_REVIEW
    without_end = await drafted(database, world, None, 5)
    assert not (await state(database, without_end, 1_000)).fits


async def test_what_cannot_be_meant_is_refused_as_a_whole(database: Database, world: World) -> None:
    deal_id = await drafted(database, world, 40)
    for wrong, named in (
        (Plan(rooms=(), served=()), {"rooms", "served"}),
        (plan(await look(database, deal_id), 10_001, guests=0), {"rooms[0].by_weekday", "served[0].guests"}),
        (plan(await look(database, deal_id), 1, brake=Brake(pause_percent=50, resume_percent=50)), {"brake"}),
    ):
        with pytest.raises(InvalidInput) as told:
            async with database.system() as tx:
                await capacity.state(tx, deal_id, wrong)
        assert {each.field for each in told.value.problems} == named
    assert (await look(database, deal_id)).plan is None
    with pytest.raises(NotFound):
        await look(database, UUID(int=7))


async def test_a_deal_near_its_capacity_is_paused_and_sold_again_when_guests_have_come(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(50, redeem_within_days=7)
    await state(database, deal.id, 1, brake=Brake(pause_percent=75, resume_percent=50))
    first = await bought(database, deal, 5)
    assert await watch(database, clock) == 0
    second = await bought(database, deal, 1)
    assert await watch(database, clock) == 1
    paused = await look(database, deal.id)
    assert paused.guard is not None
    assert (paused.deal.state, paused.guard.state, paused.guard.load_percent) == (
        DealState.PAUSED,
        GuardState.PAUSED,
        75,
    )
    async with database.system() as tx:
        assert "75 %" in ((await catalog.history(tx, deal.id))[-1].reason or "")
    # A little less is not enough to go on, so that it does not go off and on all day.
    await give_back(database, second)
    assert await watch(database, clock) == 0
    await give_back(database, first)
    assert await watch(database, clock) == 1
    free = await look(database, deal.id)
    assert free.guard is not None
    assert (free.deal.state, free.guard.state, free.guard.load_percent) == (DealState.LIVE, GuardState.WATCHING, 0)


async def test_what_a_person_decides_stands_until_the_load_has_fallen(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(50, redeem_within_days=7)
    await state(database, deal.id, 1, brake=Brake(pause_percent=75, resume_percent=50))
    order = await bought(database, deal, 8)
    with pytest.raises(Conflict):
        async with database.system() as tx:
            await capacity.resume(tx, deal.id, None)
    assert await watch(database, clock) == 1
    async with database.system() as tx:
        await capacity.resume(tx, deal.id, None)
    assert await watch(database, clock) == 0
    assert (await look(database, deal.id)).deal.state is DealState.LIVE
    await give_back(database, order)
    await watch(database, clock)
    async with database.transaction(OPERATOR) as tx:
        await catalog.pause(tx, deal.id)
    assert await watch(database, clock) == 0
    assert (await look(database, deal.id)).deal.state is DealState.PAUSED
    async with database.transaction(OPERATOR) as tx:
        await catalog.resume(tx, deal.id)
    await bought(database, deal, 8)
    assert await watch(database, clock) == 1


async def test_what_is_being_paid_for_counts_and_the_cap_holds_all_the_same(
    database: Database, offer: Offer, clock: FixedClock
) -> None:
    deal = await offer(8, redeem_within_days=7)
    await state(database, deal.id, 1, brake=Brake(pause_percent=100, resume_percent=50))
    purchase = await wants(database, (deal.options[0], 1))
    await placed(database, await wants(database, (deal.options[0], 8)))
    with pytest.raises(Conflict):
        async with database.system() as tx:
            await orders.place(tx, KEYS, purchase)
    assert await watch(database, clock) == 1
    assert (await look(database, deal.id)).deal.state is DealState.PAUSED


async def test_what_something_costs_a_merchant_is_nobody_elses_to_read(
    database: Database, offer: Offer, administrator_here: psycopg.Connection
) -> None:
    deal = await offer(8)
    await state(database, deal.id, 1)
    for actor in (OPERATOR, Actor(ActorKind.STAFF, UUID(int=5)), Actor(ActorKind.SHOPPER, UUID(int=5))):
        async with database.transaction(actor) as tx:
            assert await tx.fetch_all(dict, "SELECT cost_minor FROM capacity.served") == []
    with pytest.raises(psycopg.errors.CheckViolation, match="cannot become waived"):
        administrator_here.execute("UPDATE capacity.guards SET pause_percent = 9, resume_percent = 1, state = 'waived'")
