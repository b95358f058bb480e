"""Fetching pictures by the thousand: a few at a time, a few from each host, and none for nothing."""

import asyncio
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest

from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.pictures.making import Workshop
from highstreet.kit.settings import Secret, Settings
from highstreet.kit.sweeps import sweep_once
from highstreet.market.catalog import jobs as catalog_jobs
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.pictures import (
    FETCH_ATTEMPTS,
    FETCHED_AT_ONCE,
    FETCHED_FROM_A_HOST,
    WantedPicture,
)
from tests.kit.test_fetch import Answer, House, house, send
from tests.market.catalog.conftest import World, stated
from tests.market.catalog.test_pictures import (
    HERE,
    fetch_due,
    picture,
    records,
    shown,
    take_over,
    workshop,
)

__all__ = ["house", "workshop"]


@pytest.fixture
def away() -> Workshop:
    """A workshop that cannot keep anything."""
    settings = Settings(
        blobs_url="s3://bucket",
        blobs_endpoint="http://127.0.0.1:1",
        blobs_access_key=Secret("name"),
        blobs_secret_key=Secret("key"),
    )
    return Workshop(open_blobs(settings))


def held(began: Event, house: House) -> Answer:
    """An answer that comes only when the test is over."""

    def answer(porter: BaseHTTPRequestHandler) -> None:
        began.set()
        house.over.wait(30)
        send(picture())(porter)

    return answer


async def take(database: Database) -> list[WantedPicture]:
    async with database.system() as tx:
        return list(await catalog.take_wanted_pictures(tx))


async def named(database: Database, world: World, *addresses: str) -> dict[str, UUID]:
    """Import a deal for each address; their ids by it."""
    ids = await take_over(database, *(stated(address, world.chicago, image=address) for address in addresses))
    return {address: ids[address] for address in addresses}


async def test_only_a_few_pictures_are_in_the_queue_at_once(database: Database, world: World) -> None:
    await named(database, world, *(f"https://{n}.example/{m}" for n in range(9) for m in range(2)))
    assert len(await take(database)) == FETCHED_AT_ONCE
    assert await take(database) == []


async def test_a_host_is_asked_for_a_few_at_a_time_and_keeps_no_other_waiting(
    database: Database, world: World, clock: FixedClock
) -> None:
    many = [f"https://slow.example/{n}" for n in range(20)]
    await named(database, world, *many)
    assert [wanted.address in many for wanted in await take(database)] == [True] * FETCHED_FROM_A_HOST
    clock.advance(timedelta(seconds=5))
    await named(database, world, "https://a.example/1", "https://z.example/1?of=https://slow.example/")
    assert {wanted.address for wanted in await take(database)} == {
        "https://a.example/1",
        "https://z.example/1?of=https://slow.example/",
    }
    assert await take(database) == []


async def test_those_that_waited_longest_come_first(database: Database, world: World, clock: FixedClock) -> None:
    for number in reversed(range(9)):
        await named(database, world, f"https://{number}.example/a")
        clock.advance(timedelta(seconds=1))
    first = {wanted.address for wanted in await take(database)}
    assert first == {f"https://{number}.example/a" for number in range(1, 9)}


async def test_a_picture_whose_worker_is_lost_is_fetched_by_another_but_not_for_ever(
    database: Database, world: World, clock: FixedClock
) -> None:
    [deal_id] = (await named(database, world, "https://x.example/a")).values()
    for attempts in range(FETCH_ATTEMPTS):
        [wanted] = await take(database)
        assert wanted.attempts == attempts
        await begin_and_die(database, wanted)
        clock.advance(timedelta(minutes=14))
        assert await take(database) == []
        clock.advance(timedelta(minutes=1))
    assert await take(database) == []
    assert "was given up" in str((await records(database, deal_id))[0].reason)


async def begin_and_die(database: Database, wanted: WantedPicture) -> None:
    """Leave a picture as a worker does that is killed while it fetches."""
    from highstreet.market.catalog.repository import pictures as rows  # noqa: PLC0415 - nothing else stops half-way

    async with database.system() as tx:
        assert await rows.begin(tx, wanted, tx.now + timedelta(minutes=15))


async def test_waiting_in_a_full_queue_is_no_attempt(
    database: Database, world: World, workshop: Workshop, house: House, clock: FixedClock
) -> None:
    house.answers["/a.jpg"] = send(picture())
    [deal_id] = (await named(database, world, f"{house.url}/a.jpg")).values()
    stale: list[WantedPicture] = []
    for _ in range(2 * FETCH_ATTEMPTS):
        stale += await take(database)
        clock.advance(timedelta(minutes=15))
    for wanted in stale:  # the queue moves again
        assert await catalog.fetch_wanted_picture(database, workshop, HERE, wanted) is None
    assert [(record.state, record.attempts) for record in await records(database, deal_id)] == [("shown", 1)]
    assert house.asked == ["/a.jpg"]


async def test_work_that_is_done_again_after_it_succeeded_asks_nobody(
    database: Database, world: World, workshop: Workshop, house: House
) -> None:
    house.answers["/a.jpg"] = send(picture())
    await named(database, world, f"{house.url}/a.jpg")
    [wanted] = await take(database)
    for _ in range(2):
        await catalog.fetch_wanted_picture(database, workshop, HERE, wanted)
    assert house.asked == ["/a.jpg"]


async def test_a_worker_that_is_told_to_end_gives_its_picture_back(
    database: Database, world: World, workshop: Workshop, house: House
) -> None:
    began = Event()
    house.answers["/a.jpg"] = held(began, house)
    [deal_id] = (await named(database, world, f"{house.url}/a.jpg")).values()
    [wanted] = await take(database)
    fetching = asyncio.create_task(catalog.fetch_wanted_picture(database, workshop, HERE, wanted))
    assert await asyncio.to_thread(began.wait, 30)
    fetching.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(fetching, return_exceptions=True)
    assert fetching.cancelled()
    assert [(record.state, record.attempts) for record in await records(database, deal_id)] == [("wanted", 0)]


async def test_a_deal_that_is_taken_back_while_its_picture_is_fetched_harms_nobody(
    database: Database, world: World, workshop: Workshop, house: House
) -> None:
    began = Event()
    house.answers["/a.jpg"] = held(began, house)
    async with database.system() as tx:
        written = (await catalog.import_deals(tx, [stated("a", world.chicago, image=f"{house.url}/a.jpg")])).written
    [wanted] = await take(database)
    fetching = asyncio.create_task(catalog.fetch_wanted_picture(database, workshop, HERE, wanted))
    assert await asyncio.to_thread(began.wait, 30)
    async with database.system() as tx:
        assert await catalog.take_back(tx, "gazette", written) == []
    house.over.set()
    assert await fetching is None


async def test_a_picture_whose_blob_was_lost_is_fetched_and_not_taken_from_another_deal(
    database: Database, world: World, workshop: Workshop, house: House
) -> None:
    house.answers["/a.jpg"] = send(picture())
    ids = await take_over(database, stated("a", world.chicago, image=f"{house.url}/a.jpg"))
    await fetch_due(database, workshop)
    found = (await shown(database, ids["a"])).picture
    assert found is not None
    await workshop.blobs.delete(found.digest)
    ids = await take_over(database, stated("b", world.chicago, image=f"{house.url}/a.jpg"))
    await fetch_due(database, workshop)
    assert (await shown(database, ids["b"])).picture == found
    assert await workshop.blobs.exists(found.digest)
    assert house.asked == ["/a.jpg"] * 2


async def test_while_no_picture_can_be_kept_none_is_fetched(
    database: Database, world: World, house: House, clock: FixedClock, away: Workshop
) -> None:
    house.answers |= {f"/{n}.jpg": send(picture(n)) for n in range(FETCHED_FROM_A_HOST + 1)}
    ids = await named(database, world, *(f"{house.url}{path}" for path in house.answers))
    work = catalog_jobs.picture_work(away, HERE)
    async with database.system() as tx:
        taken = await catalog.take_wanted_pictures(tx)
    for wanted in taken:
        await work.job.run(database, wanted)
    kept = [(record.state, record.attempts) for own in ids.values() for record in await records(database, own)]
    assert kept == [("wanted", 0)] * len(ids)
    assert await sweep_once(database, work.sweep) == 0
    clock.advance(timedelta(minutes=1))
    assert await sweep_once(database, work.sweep) == FETCHED_FROM_A_HOST
    assert len(house.asked) == FETCHED_FROM_A_HOST


async def test_a_directory_that_cannot_be_written_is_no_fault_of_a_picture(
    database: Database, world: World, house: House, clock: FixedClock, workshop: Workshop, tmp_path: Path
) -> None:
    house.answers["/a.jpg"] = send(picture())
    [deal_id] = (await named(database, world, f"{house.url}/a.jpg")).values()
    in_the_way = tmp_path / "blobs"
    for directory in in_the_way.iterdir():
        directory.rmdir()
    in_the_way.rmdir()
    in_the_way.write_text("a file where there was a directory")
    [wanted] = await take(database)
    rest = await catalog.fetch_wanted_picture(database, workshop, HERE, wanted)
    assert rest is not None
    assert rest.until == clock.now() + timedelta(minutes=1)
    assert "blobs" in rest.why
    in_the_way.unlink()
    clock.advance(timedelta(minutes=1))
    await fetch_due(database, workshop)
    assert (await shown(database, deal_id)).picture is not None
