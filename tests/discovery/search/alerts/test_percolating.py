"""Deals that go live are told to the saved searches that they match: each once, and none is missed."""

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from highstreet.discovery.search import service as search
from highstreet.discovery.search.alerts.percolating import Percolator
from highstreet.discovery.search.jobs import alerts
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Database
from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.kit.sweeps import sweep_once
from highstreet.market.catalog import service as catalog
from tests.discovery.search.market import CHICAGO, Market, open_market

NEAR = {"latitude": CHICAGO[0], "longitude": CHICAGO[1], "radius_km": 3.0}


@pytest.fixture
async def market(database: Database) -> Market:
    opened = await open_market(database)
    await step(database, Percolator())
    return opened


async def save(database: Database, **given: Any) -> UUID:  # noqa: ANN401 -- any field of a wish
    lasts = given.pop("lasts", timedelta(days=30))
    async with database.transaction(OPERATOR) as tx:
        return (await search.save_search(tx, search.Wish(**given), lasts=lasts)).id


async def publish(market: Market, **given: Any) -> UUID:  # noqa: ANN401 -- any field of a deal's draft
    async with market.database.system() as tx:
        return await market.publish(tx, **given)


async def step(database: Database, percolator: Percolator) -> int:
    async with database.system() as tx:
        return await percolator.step(tx)


async def told(database: Database) -> set[tuple[UUID, UUID]]:
    """The matches, each of which has one fact."""
    async with database.system() as tx:
        rows = await (
            await tx.connection.execute(
                "SELECT payload ->> 'search_id', payload ->> 'deal_id' FROM kit.facts WHERE name = %s",
                [search.MATCHED],
            )
        ).fetchall()
        pairs = [(UUID(search_id), UUID(deal_id)) for search_id, deal_id in rows]
        matches = {(match.search_id, match.deal_id) for match in await search.matches(tx)}
    assert len(set(pairs)) == len(pairs), "a match is told once"
    assert matches <= set(pairs)
    return set(pairs)


async def test_a_deal_is_told_to_those_whom_it_matches_and_once_however_often_it_changes(
    database: Database, market: Market
) -> None:
    percolator = Percolator()
    pizza = await save(database, text="pizzas for two", **NEAR)
    await save(database, text="sushi", **NEAR)
    await save(database, text="pizza", latitude=40.4, longitude=-3.7, radius_km=3.0)
    deal = await publish(market)
    assert await step(database, percolator) == 1
    assert await told(database) == {(pizza, deal)}
    async with database.system() as tx:
        await catalog.pause(tx, deal)
    await step(database, percolator)
    async with database.system() as tx:
        await catalog.resume(tx, deal)
    assert await step(database, percolator) == 1
    assert await step(database, Percolator()) == 0
    assert await told(database) == {(pizza, deal)}


async def test_a_deal_that_changes_is_told_to_those_whom_it_matches_now(database: Database, market: Market) -> None:
    cheap = await save(database, text="pizza", max_price_minor=2000, currency="USD")
    percolator, deal = Percolator(), await publish(market)
    await step(database, percolator)
    assert await told(database) == set()
    async with database.system() as tx:
        draft = market.draft(tx)
        (published,) = await catalog.published_deals(tx, [deal])
        cheaper = msgspec.structs.replace(draft.options[0], id=published.options[0].id, price_minor=1900)
        await catalog.revise_deal(tx, deal, msgspec.structs.replace(draft, options=(cheaper,)))
    await step(database, percolator)
    assert await told(database) == {(cheap, deal)}


async def test_what_goes_live_by_the_clock_is_told(database: Database, market: Market, clock: FixedClock) -> None:
    wanted, percolator = await save(database, category="food-drink"), Percolator()
    async with database.system() as tx:
        deal = await catalog.create_deal(tx, market.draft(tx, starts_at=tx.now + timedelta(hours=1)))
        await catalog.submit(tx, deal)
        await catalog.approve(tx, deal)
        await catalog.schedule(tx, deal)
    assert await step(database, percolator) == 0
    clock.advance(timedelta(hours=2))
    async with database.system() as tx:
        await catalog.advance_due(tx)
    assert await step(database, percolator) == 1
    assert await told(database) == {(wanted, deal)}


async def test_searches_that_come_change_and_go_are_held_as_they_are(
    database: Database, market: Market, clock: FixedClock
) -> None:
    percolator = Percolator()
    paused, removed = await save(database, text="pizza"), await save(database, text="pizza", lasts=timedelta(days=9))
    over = await save(database, text="pizza", lasts=timedelta(hours=1))
    first = await publish(market)
    await step(database, percolator)
    assert await told(database) == {(paused, first), (removed, first), (over, first)}
    clock.advance(timedelta(hours=2))
    async with database.transaction(OPERATOR) as tx:
        await search.pause_search(tx, paused)
        await search.remove_search(tx, removed)
    added, second = await save(database, text="pizza"), await publish(market)
    await step(database, percolator)
    assert {pair for pair in await told(database) if pair[1] == second} == {(added, second)}
    async with database.transaction(OPERATOR) as tx:
        await search.pause_search(tx, paused, paused=False)
    third = await publish(market)
    await step(database, percolator)
    assert {pair for pair in await told(database) if pair[1] == third} == {(added, third), (paused, third)}


async def test_no_match_is_missed_that_commits_late_or_comes_with_many(database: Database, market: Market) -> None:
    """A transaction that began first and commits last is seen, and a step takes so many deals and no more."""
    wanted, percolator = await save(database, text="pizza"), Percolator(step_deals=2)
    async with database.system() as tx:
        late = await market.publish(tx)
        early = [await publish(market) for _ in range(4)]
        assert [await step(database, percolator) for _ in range(3)] == [2, 2, 0]
        assert await told(database) == {(wanted, deal) for deal in early}
    assert await step(database, Percolator(step_deals=2)) == 1
    assert await told(database) == {(wanted, deal) for deal in (*early, late)}


async def test_a_deal_that_changes_between_two_steps_of_many_is_not_lost(database: Database, market: Market) -> None:
    deals = sorted([await publish(market, title="Plain bread") for _ in range(4)])
    wanted = await save(database, text="tapas")
    async with database.system() as tx:
        await tx.execute("UPDATE catalog.deals SET sold = sold + 1")
    assert await step(database, Percolator(step_deals=2)) == 2
    async with database.system() as tx:
        await tx.execute("UPDATE catalog.deals SET title = 'Tapas' WHERE id = ANY(%s)", [[deals[0], deals[3]]])
    percolator = Percolator(step_deals=2)
    while await step(database, percolator):
        pass
    assert await told(database) == {(wanted, deals[0]), (wanted, deals[3])}


_DIES = """
import asyncio, sys
from random import Random
from datetime import UTC, datetime
from highstreet.discovery.search.alerts.percolating import Percolator
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import open_database

async def step():
    async with open_database(sys.argv[1], FixedClock(datetime(2026, 3, 2, 10, tzinfo=UTC)), Random(9)) as database:
        async with database.system() as tx:
            print(await Percolator().step(tx), flush=True)
            await asyncio.Event().wait()

asyncio.run(step())
"""


async def test_who_is_killed_in_the_middle_has_told_nothing_and_the_next_tells_all_once(
    database: Database, database_url: str, market: Market
) -> None:
    wanted, deal = await save(database, text="pizza"), await publish(market)
    with subprocess.Popen([sys.executable, "-c", _DIES, database_url], stdout=subprocess.PIPE) as dying:  # noqa: ASYNC220 -- ours, and this test waits for it
        assert dying.stdout is not None
        assert await asyncio.to_thread(dying.stdout.readline) == b"1\n"
        dying.send_signal(signal.SIGKILL)
    assert await told(database) == set()
    await step(database, Percolator())
    assert await told(database) == {(wanted, deal)}


async def test_sweeps_of_two_workers_tell_once_and_forget_what_is_over(
    database: Database, market: Market, clock: FixedClock
) -> None:
    wanted = await save(database, text="pizza")
    (one, forget), (other, _) = alerts(), alerts()
    deals = {await publish(market)}
    await asyncio.gather(sweep_once(database, one), sweep_once(database, other))
    deals.add(await publish(market))
    await asyncio.gather(sweep_once(database, other), sweep_once(database, one))
    await sweep_once(database, one)
    assert await told(database) == {(wanted, deal) for deal in deals}
    clock.advance(timedelta(days=31))
    assert await sweep_once(database, forget) == 1
    async with database.transaction(OPERATOR) as tx:
        assert await search.saved_searches(tx) == []
        assert await search.matches(tx) == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"currency": "USD"},
        {"text": "!!!"},
        {"text": "pizza\0"},
        {"text": "x" * 201},
        {"text": "pizza", "latitude": 41.0},
        {"text": "pizza", "latitude": float("nan"), "longitude": 0.0, "radius_km": 1.0},
        {"text": "pizza", "latitude": 0.0, "longitude": 0.0, "radius_km": 1e9},
        {"category": "no-such"},
        {"text": "pizza", "max_price_minor": 100},
        {"text": "pizza", "min_price_minor": 200, "max_price_minor": 100, "currency": "USD"},
        {"text": "pizza", "min_price_minor": -1, "currency": "USD"},
        {"text": "pizza", "currency": "usd"},
        {"text": "pizza", "min_discount": 101},
        {"text": "pizza", "days": (0,)},
        {"text": "pizza", "lasts": timedelta(0)},
        {"text": "pizza", "lasts": timedelta(days=10_000)},
    ],
)
async def test_a_wish_that_cannot_be_asked_is_refused(database: Database, given: dict[str, Any]) -> None:
    async with database.system() as tx:
        await catalog.seed_categories(tx)
    with pytest.raises(InvalidInput):
        await save(database, **given)


async def test_nobody_but_the_operator_sees_what_is_saved(database: Database) -> None:
    saved = await save(database, text="  pizza \n for  two ", days=(3, 1, 1))
    async with database.transaction(OPERATOR) as tx:
        (found,) = await search.saved_searches(tx)
        assert (found.id, found.text, found.days) == (saved, "pizza for two", (1, 3))
    async with database.transaction(VISITOR) as tx:
        assert await search.saved_searches(tx) == []
        with pytest.raises(NotFound):
            await search.remove_search(tx, saved)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with database.system() as tx:
            await tx.execute("UPDATE search.saved_searches SET text = '', days = '{}'")
