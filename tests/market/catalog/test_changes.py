"""Following the catalogue: nothing that a deal shows changes unseen, whatever the order of transactions."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import psycopg

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.changes import ChangeCursor, DealChanges, LiveSpan
from highstreet.market.catalog.domain.deals import PublishedDeal, Reach
from highstreet.market.catalog.domain.places import DivisionDraft
from highstreet.market.catalog.jobs import DUE_DEALS
from tests.market.catalog.conftest import NOW, TOWNS, Publish, World, location_in, pizza, stated, town


async def look(database: Database, since: ChangeCursor | None = None) -> DealChanges:
    async with database.system() as tx:
        return await catalog.changed_deals(tx, since)


def published(changes: DealChanges) -> set[UUID]:
    return {deal.id for deal in changes.published}


async def test_the_first_look_is_everything_live_and_the_next_only_what_changed(
    database: Database, publish: Publish
) -> None:
    first, second = await publish(), await publish()
    async with database.transaction(OPERATOR) as tx:
        await catalog.pause(tx, second)
    everything = await look(database)
    assert published(everything) == {first}
    assert everything.withdrawn == []
    nothing = await look(database, everything.cursor)
    assert (nothing.published, nothing.withdrawn) == ([], [])
    async with database.transaction(OPERATOR) as tx:
        await catalog.resume(tx, second)
        await catalog.end(tx, first)
    changes = await look(database, nothing.cursor)
    assert published(changes) == {second}
    assert changes.withdrawn == [first]


async def test_a_transaction_held_open_while_others_commit_is_not_missed(
    database: Database, world: World, publish: Publish
) -> None:
    deals = [await publish(title=f"Deal {number}") for number in range(4)]
    cursor = (await look(database)).cursor
    async with AsyncExitStack() as late, AsyncExitStack() as never:
        slow = await late.enter_async_context(database.transaction(OPERATOR))
        await catalog.revise_deal(slow, deals[0], pizza(world, title="Late"))
        undone = await never.enter_async_context(database.transaction(OPERATOR))
        await catalog.revise_deal(undone, deals[3], pizza(world, title="Never"))
        seen: set[UUID] = set()
        for deal_id in deals[1:3]:
            async with database.transaction(OPERATOR) as tx:
                await catalog.revise_deal(tx, deal_id, pizza(world, title="Early"))
            changes = await look(database, cursor)
            seen |= published(changes)
            cursor = changes.cursor
        assert seen == set(deals[1:3])
        # Other work, so that numbers of transactions pass far beyond those that are still open.
        for _ in range(3):
            async with database.transaction(OPERATOR) as tx:
                await catalog.create_deal(tx, pizza(world))
        cursor = (await look(database, cursor)).cursor
        await undone.connection.rollback()
        await late.aclose()
        changes = await look(database, cursor)
    assert {deal.title for deal in changes.published} == {"Late"}
    rest = await look(database, changes.cursor)
    assert rest.published == []


async def test_every_change_of_what_a_deal_shows_is_told(database: Database, world: World, publish: Publish) -> None:
    async with database.system() as tx:
        await catalog.create_division(
            tx, DivisionDraft(slug="chicago", name="Chicago", place_id=world.chicago, radius_km=40)
        )
        await catalog.import_deals(tx, [stated("a", world.chicago)])
    here = await publish(division="chicago")
    online = await publish(reach=Reach.ONLINE, locations=())
    everything = await look(database)
    imported = published(everything) - {here, online}

    async def merchant() -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.rename_merchant(tx, world.merchant, "Green Door Pizza")

    async def location() -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.update_location(tx, world.mall, location_in(world.schaumburg, address="9 Mall Drive"))

    async def division() -> None:
        async with database.system() as tx:
            await catalog.create_division(
                tx, DivisionDraft(slug="chicago", name="Chicago", place_id=world.chicago, radius_km=50)
            )

    async def place() -> None:
        async with database.system() as tx:
            await catalog.store_places(tx, [town(1, "Chicago", population=3_000_000), *TOWNS[1:]])

    async def by_hand(change: str) -> None:
        async with database.system() as tx:
            await tx.connection.execute(f"UPDATE catalog.{change}".encode())

    expected = (
        (merchant(), {here, online}),
        (location(), {here}),
        (division(), {here}),
        (place(), {here} | imported),
        (by_hand("categories SET names = names || '{\"fr\": \"Pizza\"}' WHERE slug = 'pizza'"), {here, online}),
        (by_hand("merchants SET name = 'Red Door Pizza' WHERE name LIKE 'Green%'"), {here, online}),
        (by_hand("locations SET opening_hours = '[]' WHERE address = '12 Lake Street'"), {here}),
        (by_hand("options SET title = 'For 2' WHERE title = 'For two'"), {here, online}),
        (by_hand("deals SET description = 'Hot'"), {here, online} | imported),
    )
    cursor = everything.cursor
    for change, told in expected:
        await change
        changes = await look(database, cursor)
        assert published(changes) == told
        cursor = changes.cursor


async def test_rows_restored_from_a_dump_are_not_new_at_every_look(
    database: Database, publish: Publish, administrator_here: psycopg.Connection
) -> None:
    deal_id = await publish()
    # A restore brings numbers of transactions that this server has yet to reach; triggers would put the true ones.
    administrator_here.execute("SET session_replication_role = replica")
    administrator_here.execute("UPDATE catalog.deals SET changed_xid = '999999999'")
    everything = await look(database)
    assert published(everything) == {deal_id}
    assert (await look(database, everything.cursor)).published == []
    async with database.transaction(OPERATOR) as tx:
        await catalog.end(tx, deal_id)
    assert (await look(database, everything.cursor)).withdrawn == [deal_id]


async def test_due_deals_start_and_end_by_the_clock(
    database: Database, world: World, publish: Publish, clock: FixedClock
) -> None:
    running = await publish()
    async with database.transaction(OPERATOR) as tx:
        waiting = await catalog.create_deal(tx, pizza(world, starts_at=NOW + timedelta(days=1)))
        missed = await catalog.create_deal(
            tx, pizza(world, starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=2))
        )
        for deal_id in (waiting, missed):
            await catalog.submit(tx, deal_id)
            await catalog.approve(tx, deal_id)
            await catalog.schedule(tx, deal_id)
    cursor = (await look(database)).cursor
    for days, due in ((0, 0), (3, 2), (4, 2), (1, 0)):
        clock.advance(timedelta(days=days))
        async with database.system() as tx:
            assert await DUE_DEALS.run(tx) == due
        changes = await look(database, cursor)
        cursor = changes.cursor
        if days == 3:
            assert published(changes) == {waiting}
            assert set(changes.withdrawn) == {missed}
        if days == 4:
            assert set(changes.withdrawn) == {running, waiting}


async def test_a_sweep_passes_over_what_somebody_is_changing(
    database: Database, publish: Publish, clock: FixedClock
) -> None:
    deal_id = await publish()
    clock.advance(timedelta(days=30))
    async with database.transaction(OPERATOR) as busy:
        await busy.execute("SELECT FROM catalog.deals WHERE id = %s FOR UPDATE", [deal_id])
        async with database.system() as tx:
            assert await catalog.advance_due(tx) == 0
    async with database.system() as tx:
        assert await catalog.advance_due(tx) == 1


async def test_a_deal_made_while_its_merchant_is_renamed_is_told_with_the_new_name(
    database: Database, world: World
) -> None:
    async def import_one() -> None:
        async with database.system() as tx:
            await catalog.import_deals(tx, [stated("b", world.chicago)])

    async with database.system() as tx:
        await catalog.import_deals(tx, [stated("a", world.chicago)])
    cursor = (await look(database)).cursor
    async with database.system() as renaming:
        await renaming.execute("UPDATE catalog.merchants SET name = 'Scissors' WHERE source_feed = 'gazette'")
        task = asyncio.create_task(import_one())
        await asyncio.sleep(0.2)
        assert not task.done()
    await task
    assert {(deal.title, deal.merchant_name) for deal in (await look(database, cursor)).published} == {
        ("Haircut a", "Scissors"),
        ("Haircut b", "Scissors"),
    }


async def test_spans_read_by_several_while_others_write_hold_each_deal_once_and_the_cursor_the_rest(
    database: Database, world: World, publish: Publish
) -> None:
    """What is read and then changed by the cursor is what stands: nothing is lost, and nothing is there twice."""
    deals = [await publish(title=f"Deal {number}") for number in range(11)]
    doomed = deals[2:10]

    async def revise(number: int) -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.revise_deal(tx, deals[number], pizza(world, title=f"Deal {number} anew"))

    async def read(snapshot: str, spans: Sequence[LiveSpan], number: int) -> list[PublishedDeal]:
        found: list[PublishedDeal] = []
        async with database.reading(snapshot) as tx:
            for span in spans:
                found += await catalog.deals_of(tx, span)
                await revise(number)
                async with database.transaction(OPERATOR) as other:
                    await catalog.end(other, doomed.pop())
        return found

    async with AsyncExitStack() as late:
        slow = await late.enter_async_context(database.transaction(OPERATOR))
        await catalog.revise_deal(slow, deals[10], pizza(world, title="Deal 10 late"))
        async with database.reading() as tx:
            snapshot = await tx.share_snapshot()
            live = await catalog.live_spans(tx, 3)
            added = await publish(title="Deal 11")
            parts = await asyncio.gather(read(snapshot, live.spans[::2], 0), read(snapshot, live.spans[1::2], 1))
    read_deals = [deal for part in parts for deal in part]
    assert live.deals == len(read_deals) == 11
    assert sorted(map(len, parts)) == [5, 6]
    assert {(deal.id, deal.title) for deal in read_deals} == {(id_, f"Deal {n}") for n, id_ in enumerate(deals)}

    standing = {deal.id: deal for deal in read_deals}
    changes = await look(database, live.cursor)
    standing |= {deal.id: deal for deal in changes.published}
    for deal_id in changes.withdrawn:
        standing.pop(deal_id, None)
    assert standing == {deal.id: deal for deal in (await look(database)).published}
    assert {standing[deals[10]].title, standing[added].title} == {"Deal 10 late", "Deal 11"}


async def test_a_catalogue_without_live_deals_has_no_spans(database: Database) -> None:
    async with database.reading() as tx:
        live = await catalog.live_spans(tx, 10)
    assert (live.deals, live.spans) == (0, ())
