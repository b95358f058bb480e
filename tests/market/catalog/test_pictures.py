"""Deals show the pictures that they were given; what a feed names is fetched, or refused with one sentence."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
import pytest
from PIL import Image

from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.kit.jobs import Pace, run_jobs
from highstreet.kit.pictures.making import MadePicture, Workshop
from highstreet.kit.pictures.shapes import Focus
from highstreet.kit.settings import Settings
from highstreet.kit.sweeps import sweep_once
from highstreet.market.catalog import jobs as catalog_jobs
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import PublishedDeal
from highstreet.market.catalog.domain.imports import ImportedDeal
from highstreet.market.catalog.domain.pictures import MAX_PICTURES, PictureRecord, WantedPicture
from tests.kit.test_fetch import House, house, send
from tests.market.catalog.conftest import Publish, World, stated
from tests.photographs import encoded

__all__ = ["house"]

HERE = ("127.0.0.1",)
HURRY = Pace(look_every_s=0.02, heartbeat_s=0.2, finish_within_s=0.2, first_retry_s=0.02)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(open_blobs(Settings(data_dir=tmp_path)))


def picture(shade: int = 90) -> bytes:
    return encoded(Image.new("RGB", (160, 130), (shade, 120, 60)))


def made(number: int = 1, **other: object) -> MadePicture:
    """A picture of which only the row matters."""
    usual = MadePicture(
        digest=f"{number:064x}", width=900, height=700, focus=Focus(0.5, 0.5), placeholder=bytes(20), bytes=1
    )
    return msgspec.structs.replace(usual, **other)


async def shown(database: Database, deal_id: UUID) -> PublishedDeal:
    async with database.transaction(VISITOR) as tx:
        deal = await catalog.published_deal(tx, deal_id)
    assert deal is not None
    return deal


async def take_over(database: Database, *batch: ImportedDeal) -> dict[str, UUID]:
    """Import, and the ids of the live deals by their keys."""
    async with database.system() as tx:
        await catalog.import_deals(tx, batch)
        changes = await catalog.changed_deals(tx, None)
    return {deal.source.key: deal.id for deal in changes.published if deal.source}


async def fetch_due(database: Database, workshop: Workshop, private: Sequence[str] = HERE) -> Sequence[WantedPicture]:
    """Fetch what is due now, as a worker would; what that was."""
    done: list[WantedPicture] = []
    while True:
        async with database.system() as tx:
            taken = await catalog.take_wanted_pictures(tx)
        if not taken:
            return done
        for wanted in taken:
            await catalog.fetch_wanted_picture(database, workshop, private, wanted)
        done += taken


async def records(database: Database, deal_id: UUID) -> list[PictureRecord]:
    async with database.system() as tx:
        return list(await catalog.pictures_of(tx, deal_id))


async def test_a_deal_shows_the_first_picture_that_it_was_given(
    database: Database, workshop: Workshop, publish: Publish
) -> None:
    deal_id = await publish()
    async with database.system() as tx:
        cursor = (await catalog.changed_deals(tx, None)).cursor
    first = await catalog.prepare_picture(workshop, picture(), "a.jpg", (0.25, 0.5))
    async with database.transaction(OPERATOR) as tx:
        assert await catalog.attach_picture(tx, deal_id, first, alt="A table for two") == 0
        assert await catalog.attach_picture(tx, deal_id, made()) == 1
    deal = await shown(database, deal_id)
    assert deal.picture is not None
    assert (deal.picture.digest, deal.picture.width, deal.picture.height) == (first.digest, 160, 130)
    assert (deal.picture.focus_x, deal.picture.alt) == (0.25, "A table for two")
    assert deal.picture.placeholder == first.placeholder
    assert await workshop.blobs.exists(first.digest)
    async with database.system() as tx:
        assert [changed.id for changed in (await catalog.changed_deals(tx, cursor)).published] == [deal_id]


async def test_every_change_of_a_picture_reaches_those_who_follow(
    database: Database, workshop: Workshop, publish: Publish, clock: FixedClock
) -> None:
    one, other = await publish(), await publish(title="Another deal")
    prepared = await catalog.prepare_picture(workshop, encoded(Image.linear_gradient("L")), "a.jpg")

    async def changed() -> dict[UUID, Focus | None]:
        nonlocal cursor
        async with database.system() as tx:
            changes = await catalog.changed_deals(tx, cursor)
        cursor = changes.cursor
        return {
            deal.id: Focus(deal.picture.focus_x, deal.picture.focus_y) if deal.picture else None
            for deal in changes.published
        }

    cursor = None
    await changed()
    for deal_id in (one, other):
        async with database.transaction(OPERATOR) as tx:
            await catalog.attach_picture(tx, deal_id, prepared)
    assert (await changed()).keys() == {one, other}
    clock.advance(timedelta(minutes=1))
    await catalog.refocus_picture(database, workshop, one, 0, (0.5, 0.9))
    assert await changed() == {one: Focus(0.5, 0.9), other: Focus(0.5, 0.9)}
    assert (await shown(database, other)).changed_at == clock.now()
    async with database.transaction(OPERATOR) as tx:
        await catalog.remove_picture(tx, one, 0)
    assert await changed() == {one: None}


async def test_what_cannot_be_is_refused(database: Database, workshop: Workshop, publish: Publish) -> None:
    deal_id = await publish()
    async with database.transaction(OPERATOR) as tx:
        for number in range(MAX_PICTURES):
            await catalog.attach_picture(tx, deal_id, made(number))
        with pytest.raises(Conflict, match="12 pictures at most"):
            await catalog.attach_picture(tx, deal_id, made(99))
        with pytest.raises(NotFound, match="no picture 40"):
            await catalog.remove_picture(tx, deal_id, 40)
        with pytest.raises(NotFound, match="There is no deal"):
            await catalog.attach_picture(tx, UUID(int=1), made())
        with pytest.raises(InvalidInput, match="alt: is 1 to 300"):
            await catalog.attach_picture(tx, deal_id, made(), alt="x" * 301)
    with pytest.raises(InvalidInput, match="two numbers from 0 to 1"):
        await catalog.prepare_picture(workshop, picture(), "a.jpg", (0.5, 1.1))


async def test_a_picture_that_a_feed_names_is_fetched_by_a_worker(
    database: Database, database_url: str, workshop: Workshop, world: World, house: House, rng: Random
) -> None:
    house.answers["/a.jpg"] = send(picture())
    deal_id = (await take_over(database, stated("a", world.chicago, image=f"{house.url}/a.jpg")))["a"]
    assert (await shown(database, deal_id)).picture is None
    work = catalog_jobs.picture_work(workshop, HERE)
    assert await sweep_once(database, work.sweep) == 1
    assert await sweep_once(database, work.sweep) == 0
    running = asyncio.create_task(run_jobs(database, database_url, [work.job], rng, HURRY))
    try:
        async with asyncio.timeout(30):
            while (await shown(database, deal_id)).picture is None:  # noqa: ASYNC110 - told by nothing but the row
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [(record.state, record.from_feed) for record in await records(database, deal_id)] == [("shown", True)]


async def test_an_address_that_several_deals_name_is_asked_once(
    database: Database, workshop: Workshop, world: World, house: House
) -> None:
    house.answers["/logo.png"] = send(picture())
    image = f"{house.url}/logo.png"
    ids = await take_over(database, *(stated(key, world.chicago, image=image) for key in "abc"))
    await fetch_due(database, workshop)
    assert house.asked == ["/logo.png"]
    assert len({(await shown(database, deal_id)).picture for deal_id in ids.values()}) == 1


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://localhost/a.jpg", "not on the public internet"),
        ("http://[::1]/a.jpg", "not on the public internet"),
        ("http://[::ffff:10.0.0.1]/a.jpg", "not on the public internet"),
        ("http://169.254.169.254/latest/meta-data/", "not on the public internet"),
        ("{house}/away", "not on the public internet"),
        ("{house}/away6", "not on the public internet"),
        ("http://user:secret@deals.example/a.jpg", "holds a name and a password"),
        ("{house}/missing.jpg", "answered 404"),
        ("{house}/svg.jpg", "is SVG"),
        ("{house}/lies.png", "60,000 x 60,000 pixels"),
        ("{house}/long", "answers with more than 10 MiB"),
    ],
)
async def test_a_picture_that_will_never_do_is_refused_with_one_sentence(
    database: Database, workshop: Workshop, world: World, house: House, address: str, told: str
) -> None:
    from tests.kit.pictures.hostile import png  # noqa: PLC0415 - for one of them

    house.answers |= {
        "/away": send(status=302, Location="http://10.0.0.1/a.jpg"),
        "/away6": send(status=302, Location="http://[fd00::1]/a.jpg"),
        "/missing.jpg": send(status=404),
        "/svg.jpg": send(b"<svg><script>alert(1)</script></svg>", Content_Type="image/jpeg"),
        "/lies.png": send(png(60_000, 60_000, b"")),
        "/long": send(b"", Content_Length=str(2**40)),
    }
    image = address.format(house=house.url)
    deal_id = (await take_over(database, stated("a", world.chicago, image=image)))["a"]
    await fetch_due(database, workshop)
    [record] = await records(database, deal_id)
    assert record.state == "refused"
    assert record.reason is not None
    assert told in record.reason
    assert record.reason.isprintable()
    assert await fetch_due(database, workshop) == []
    assert (await shown(database, deal_id)).picture is None


async def test_trouble_that_may_pass_is_met_again_with_growing_waits_and_at_last_refused(
    database: Database, workshop: Workshop, world: World, house: House, clock: FixedClock
) -> None:
    house.answers["/a.jpg"] = send(status=503)
    deal_id = (await take_over(database, stated("a", world.chicago, image=f"{house.url}/a.jpg")))["a"]
    for wait in (60, 300, 1_800, 7_200):
        assert len(await fetch_due(database, workshop)) == 1
        clock.advance(timedelta(seconds=wait - 1))
        assert await fetch_due(database, workshop) == []
        clock.advance(timedelta(seconds=1))
    await fetch_due(database, workshop)
    assert [(record.state, record.reason) for record in await records(database, deal_id)] == [
        ("refused", "answered 503 instead of 200, 5 times")
    ]
    house.answers["/a.jpg"] = send(picture())
    async with database.transaction(OPERATOR) as tx:
        assert await catalog.refetch_pictures(tx, deal_id) == 1
    await fetch_due(database, workshop)
    assert (await shown(database, deal_id)).picture is not None


async def test_a_deal_shows_what_its_feed_names_now(
    database: Database, workshop: Workshop, world: World, house: House
) -> None:
    house.answers |= {"/a.jpg": send(picture(10)), "/b.jpg": send(picture(200))}
    deal_id = (await take_over(database, stated("a", world.chicago, image=f"{house.url}/a.jpg")))["a"]
    await fetch_due(database, workshop)
    first = (await shown(database, deal_id)).picture
    await take_over(database, stated("a", world.chicago, image=f"{house.url}/b.jpg"))
    assert (await shown(database, deal_id)).picture == first, "the former one stays until the new one has come"
    await fetch_due(database, workshop)
    assert (await shown(database, deal_id)).picture not in {first, None}
    await take_over(database, stated("a", world.chicago))
    assert (await shown(database, deal_id)).picture is None
    assert await records(database, deal_id) == []


async def test_a_picture_that_was_removed_stays_away_though_the_feed_goes_on_naming_it(
    database: Database, workshop: Workshop, world: World, house: House
) -> None:
    house.answers["/a.jpg"] = send(picture())
    image = f"{house.url}/a.jpg"
    deal_id = (await take_over(database, stated("a", world.chicago, image=image)))["a"]
    await fetch_due(database, workshop)
    async with database.transaction(OPERATOR) as tx:
        await catalog.remove_picture(tx, deal_id, 0)
    await take_over(database, stated("a", world.chicago, image=image, title="A new title"))
    assert await fetch_due(database, workshop) == []
    assert (await shown(database, deal_id)).picture is None


async def test_what_was_fetched_for_an_address_that_is_no_longer_named_is_not_shown(
    database: Database, workshop: Workshop, world: World, house: House
) -> None:
    house.answers |= {"/a.jpg": send(picture(10)), "/b.jpg": send(picture(200))}
    deal_id = (await take_over(database, stated("a", world.chicago, image=f"{house.url}/a.jpg")))["a"]
    async with database.system() as tx:
        [wanted] = await catalog.take_wanted_pictures(tx)
    await take_over(database, stated("a", world.chicago, image=f"{house.url}/b.jpg"))
    await catalog.fetch_wanted_picture(database, workshop, HERE, wanted)
    assert (await shown(database, deal_id)).picture is None
    await fetch_due(database, workshop)
    assert (await shown(database, deal_id)).picture is not None


async def test_taking_an_import_back_takes_its_pictures_back(
    database: Database, workshop: Workshop, world: World, house: House
) -> None:
    house.answers |= {"/a.jpg": send(picture(10)), "/b.jpg": send(picture(200))}
    deal_id = (await take_over(database, stated("a", world.chicago, image=f"{house.url}/a.jpg")))["a"]
    await fetch_due(database, workshop)
    async with database.system() as tx:
        second = [
            stated("a", world.chicago, image=f"{house.url}/b.jpg"),
            stated("b", world.chicago, image=f"{house.url}/b.jpg"),
            stated("c", world.chicago),
        ]
        written = (await catalog.import_deals(tx, second)).written
        changes = await catalog.changed_deals(tx, None)
    new = {deal.source.key: deal.id for deal in changes.published if deal.source}
    await fetch_due(database, workshop)
    async with database.transaction(OPERATOR) as tx:
        await catalog.attach_picture(tx, new["c"], made())
    async with database.system() as tx:
        kept = await catalog.take_back(tx, "gazette", written)
    assert [(one.subject_id, "was given a picture since" in one.reason) for one in kept] == [(new["c"], True)]
    assert await records(database, new["b"]) == []
    assert [record.address for record in await records(database, deal_id)] == [f"{house.url}/a.jpg"]
