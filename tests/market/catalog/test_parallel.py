"""What several people and imports do to the same deals at once ends as if one had come after the other."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec
import psycopg
import pytest

from highstreet.kit.blobs import open_blobs
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.errors import NotFound
from highstreet.kit.pictures.making import Workshop
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.duplicates import DuplicatePair
from highstreet.market.catalog.domain.former import Kept, Written
from highstreet.market.catalog.domain.imports import ImportOutcome
from highstreet.market.catalog.repository import duplicates as duplicate_rows
from tests.market.catalog.conftest import Publish, World, location_in, pizza, stated

T = TypeVar("T")

_BLOCKED = """
    SELECT count(*) FROM pg_catalog.pg_locks
    WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""


@pytest.fixture
def blocked(administrator_here: psycopg.Connection) -> "Blocked":
    return Blocked(administrator_here)


class Blocked:
    """Work that was begun and waits for what another transaction holds."""

    def __init__(self, administrator: psycopg.Connection) -> None:
        self._administrator = administrator

    @asynccontextmanager
    async def __call__(self, work: Awaitable[T]) -> AsyncGenerator["asyncio.Task[T]"]:
        """`work` goes on as the caller does, from the moment at which it has to wait."""

        async def run() -> T:
            return await work

        task = asyncio.create_task(run())
        while not task.done():
            row = self._administrator.execute(_BLOCKED).fetchone()
            if row is not None and row[0]:
                break
            await asyncio.sleep(0.01)
        yield task


async def take_over(database: Database, feed: str, key: str, world: World) -> Written:
    async with database.system() as tx:
        outcome: ImportOutcome = await catalog.import_deals(
            tx,
            [stated(key, world.chicago, feed=feed, title="Wash, cut and blow-dry with a head massage")],
        )
    (written,) = outcome.written
    return written


async def take_back(database: Database, feed: str, *written: Written) -> list[Kept]:
    async with database.system() as tx:
        return await catalog.take_back(tx, feed, written)


async def only_pair(database: Database) -> DuplicatePair:
    await catalog.find_duplicates(database)
    async with database.transaction(OPERATOR) as tx:
        (pair,) = await catalog.duplicate_pairs(tx)
    return pair


async def state_of(database: Database, deal_id: UUID) -> DealState | None:
    async with database.system() as tx:
        passages = await catalog.history(tx, deal_id)
    return passages[-1].after if passages else None


@pytest.mark.parametrize("new", [True, False])
async def test_what_somebody_does_while_an_undo_waits_is_left(
    database: Database, world: World, blocked: Blocked, *, new: bool
) -> None:
    written = await take_over(database, "gazette", "a", world)
    if not new:
        async with database.system() as tx:
            (written,) = (
                await catalog.import_deals(tx, [stated("a", world.chicago, feed="gazette", title="Another")])
            ).written
    async with database.transaction(OPERATOR) as tx:
        await catalog.kill(tx, written.deal_id, reason="a hoax")
        async with blocked(take_back(database, "gazette", written)) as undo:
            await tx.connection.commit()
    (kept,) = await undo
    assert "became killed by operator" in kept.reason
    assert await state_of(database, written.deal_id) is DealState.KILLED


async def test_a_merge_into_a_deal_that_an_undo_waits_for_is_left(
    database: Database, world: World, blocked: Blocked
) -> None:
    stays = await take_over(database, "gazette", "a", world)
    await take_over(database, "herald", "b", world)
    pair = await only_pair(database)
    async with database.transaction(OPERATOR) as tx:
        await catalog.merge_duplicates(tx, pair.id, keep=stays.deal_id)
        async with blocked(take_back(database, "gazette", stays)) as undo:
            await tx.connection.commit()
    (kept,) = await undo
    assert "another deal was merged into" in kept.reason


async def test_a_search_leaves_out_what_was_taken_back_while_it_compared(
    database: Database, world: World, blocked: Blocked
) -> None:
    written = await take_over(database, "gazette", "a", world)
    await take_over(database, "herald", "b", world)
    async with database.system() as tx:
        await duplicate_rows.take_turn(tx)
        async with blocked(catalog.find_duplicates(database)) as searching:
            await take_back(database, "gazette", written)
            await tx.connection.commit()
    assert (await searching).proposed == 0


async def test_an_undo_and_a_merge_take_turns(database: Database, world: World, blocked: Blocked) -> None:
    written = await take_over(database, "gazette", "a", world)
    await take_over(database, "herald", "b", world)
    pair = await only_pair(database)

    async def merge() -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.merge_duplicates(tx, pair.id)

    async with database.system() as tx:
        await tx.execute("SELECT FROM catalog.deals WHERE id = %s FOR UPDATE", [written.deal_id])
        async with blocked(merge()) as merging:
            assert await catalog.take_back(tx, "gazette", [written]) == []
            await tx.connection.commit()
    with pytest.raises(NotFound):
        await merging


async def test_a_merchant_that_somebody_needs_while_an_undo_waits_is_left(
    database: Database, world: World, blocked: Blocked
) -> None:
    async with database.system() as tx:
        outcome = await catalog.import_deals(tx, [stated("a", world.chicago)])
    await take_back(database, "gazette", *outcome.written)

    async def take_back_merchants() -> list[Kept]:
        async with database.system() as tx:
            return await catalog.take_back_merchants(tx, outcome.merchants)

    async with database.transaction(OPERATOR) as tx:
        await catalog.add_location(tx, outcome.merchants[0], location_in(world.chicago))
        async with blocked(take_back_merchants()) as undo:
            await tx.connection.commit()
    (kept,) = await undo
    assert kept.reason == "The merchant Scissors & Co is in use, or was changed since."


async def test_a_merchant_is_renamed_before_or_after_an_import(
    database: Database, world: World, blocked: Blocked
) -> None:
    written = await take_over(database, "gazette", "a", world)
    async with database.system() as tx:
        (deal,) = await catalog.published_deals(tx, [written.deal_id])
    merchant_id = deal.merchant_id
    assert merchant_id is not None

    async def rename() -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.rename_merchant(tx, merchant_id, "Scissors and Company")

    async with database.system() as tx:
        await tx.execute("SELECT FROM catalog.deals WHERE id = %s FOR UPDATE", [written.deal_id])
        async with blocked(rename()) as renaming:
            await catalog.import_deals(tx, [stated("a", world.chicago, feed="gazette", sold=7)])
            await tx.connection.commit()
    await renaming


async def test_a_location_is_moved_before_or_after_its_deal_is_revised(
    database: Database, world: World, blocked: Blocked, publish: Publish
) -> None:
    deal_id = await publish()

    async def move() -> None:
        async with database.transaction(OPERATOR) as tx:
            await catalog.update_location(tx, world.loop, location_in(world.chicago, address="14 Lake Street"))

    async with database.transaction(OPERATOR) as tx:
        await tx.execute("SELECT FROM catalog.deals WHERE id = %s FOR UPDATE", [deal_id])
        async with blocked(move()) as moving:
            await catalog.revise_deal(tx, deal_id, pizza(world, title="Three pizzas"))
            await tx.connection.commit()
    await moving


async def test_a_picture_is_refused_before_or_after_an_import(
    database: Database, world: World, blocked: Blocked, tmp_path: Path
) -> None:
    written = await take_over(database, "gazette", "a", world)
    workshop = Workshop(open_blobs(Settings(data_dir=tmp_path)))
    unusable = stated("a", world.chicago, feed="gazette", image="http://127.0.0.1/a.jpg")
    async with database.system() as tx:
        await catalog.import_deals(tx, [unusable])
        await tx.execute(
            """
            INSERT INTO catalog.pictures VALUES (repeat('a', 64), 1, 1, 1, 'x', 0.5, 0.5, %(now)s, %(now)s);
            """,
            {"now": tx.now},
        )
        await tx.execute("UPDATE catalog.deal_pictures SET digest = repeat('a', 64)")
    async with database.system() as tx:
        (wanted,) = await catalog.take_wanted_pictures(tx)
    async with database.system() as tx:
        await tx.execute("SELECT FROM catalog.deals WHERE id = %s FOR UPDATE", [written.deal_id])
        async with blocked(catalog.fetch_wanted_picture(database, workshop, (), wanted)) as fetching:
            other = msgspec.structs.replace(unusable, image="http://127.0.0.1/b.jpg")
            await catalog.import_deals(tx, [other])
            await tx.connection.commit()
    await fetching


async def test_an_undo_and_a_search_take_turns(database: Database, world: World, blocked: Blocked) -> None:
    written = await take_over(database, "gazette", "a", world)
    await take_over(database, "herald", "b", world)
    await only_pair(database)
    await take_over(database, "tribune", "c", world)
    async with database.system() as tx:
        await tx.execute("UPDATE catalog.duplicates SET score = score + 1")
    async with database.system() as tx:
        await tx.execute("SELECT FROM catalog.deals WHERE id = %s FOR UPDATE", [written.deal_id])
        async with blocked(catalog.find_duplicates(database, everything=True)) as searching:
            assert await catalog.take_back(tx, "gazette", [written]) == []
            await tx.connection.commit()
    assert (await searching).proposed == 1
