"""Pictures that no deal has go after a while, and blobs that nothing speaks of; nothing else ever does."""

import asyncio
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.doctor.checks import Level
from highstreet.kit.errors import Unavailable
from highstreet.kit.pictures.making import MadePicture, Workshop
from highstreet.kit.settings import Settings
from highstreet.kit.sweeps import sweep_once
from highstreet.market.catalog import jobs as catalog_jobs
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.checks import pictures_check
from highstreet.market.catalog.domain.pictures import UNUSED_KEPT_FOR
from tests.market.catalog.conftest import NOW, Publish
from tests.market.catalog.test_pictures import made, picture, workshop

__all__ = ["workshop"]

HOUR = timedelta(hours=1)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


def age(directory: Path, changed_at: datetime) -> None:
    """Let everything that is kept be of that instant."""
    for path in directory.rglob("*"):
        if path.is_file():
            os.utime(path, (changed_at.timestamp(), changed_at.timestamp()))


@contextmanager
def out_of_reach(directory: Path) -> Generator[None]:
    """Meanwhile there is a file in place of the directory."""
    away = directory.rename(directory.with_name("elsewhere"))
    directory.write_text("in its place")
    yield
    directory.unlink()
    away.rename(directory)


async def sweep(database: Database, workshop: Workshop, clock: FixedClock) -> int:
    """Sweep each shelf once; how many pictures went."""
    removed = 0
    for _ in range(256):
        removed += await sweep_once(database, catalog_jobs.unused_pictures(workshop.blobs))
        clock.advance(timedelta(minutes=1))
    return removed


async def turn_of(clock: FixedClock, digest: str) -> None:
    """Go on to when it is the turn of the shelf of a digest."""
    while f"{int(clock.now().timestamp()) // 60 % 256:02x}" != digest[:2]:
        clock.advance(timedelta(minutes=1))


async def kept(workshop: Workshop) -> set[str]:
    return {each.digest async for each in workshop.blobs.list()}


async def attached(database: Database, deal_ids: Sequence[UUID], prepared: MadePicture) -> None:
    async with database.transaction(OPERATOR) as tx:
        for deal_id in deal_ids:
            await catalog.attach_picture(tx, deal_id, prepared)


async def test_a_picture_that_no_deal_has_goes_after_a_while_with_its_renditions(
    database: Database, workshop: Workshop, publish: Publish, clock: FixedClock, directory: Path
) -> None:
    one, other = await publish(), await publish(title="Another deal")
    prepared = await catalog.prepare_picture(workshop, picture(), "a.jpg")
    await attached(database, [one, other], prepared)
    age(directory, NOW - timedelta(days=400))
    clock.advance(timedelta(days=400))
    assert await sweep(database, workshop, clock) == 0
    async with database.transaction(OPERATOR) as tx:
        await catalog.remove_picture(tx, one, 0)
    assert await sweep(database, workshop, clock) == 0
    clock.advance(timedelta(days=400))
    assert await sweep(database, workshop, clock) == 0, "the other deal has it"
    async with database.transaction(OPERATOR) as tx:
        await catalog.remove_picture(tx, other, 0)
    assert await sweep(database, workshop, clock) == 0, "pages that show it are kept by others"
    clock.advance(UNUSED_KEPT_FOR - 5 * HOUR)
    assert await sweep(database, workshop, clock) == 0
    clock.advance(HOUR)
    assert await sweep(database, workshop, clock) == 1
    assert await kept(workshop) == set()


async def test_a_picture_that_is_used_again_begins_anew(
    database: Database, workshop: Workshop, publish: Publish, clock: FixedClock, directory: Path
) -> None:
    deal_id = await publish()
    prepared = await catalog.prepare_picture(workshop, picture(), "a.jpg")
    for _ in range(2):
        await attached(database, [deal_id], prepared)
        age(directory, NOW - timedelta(days=400))
        await sweep(database, workshop, clock)
        async with database.transaction(OPERATOR) as tx:
            await catalog.remove_picture(tx, deal_id, 0)
        assert await sweep(database, workshop, clock) == 0
        clock.advance(UNUSED_KEPT_FOR - 10 * HOUR)
        assert await sweep(database, workshop, clock) == 0


async def test_a_blob_that_nothing_speaks_of_goes_unless_it_has_just_been_kept(
    database: Database, workshop: Workshop, clock: FixedClock, directory: Path
) -> None:
    digest = await workshop.blobs.put(b"left by a run that was killed")
    await workshop.blobs.put_variant(digest, "wide50-360.avif", b"small")
    await workshop.blobs.put_variant("0" * 64, "wide50-360.avif", b"whose blob never came")
    age(directory, clock.now() - UNUSED_KEPT_FOR + 6 * HOUR)
    assert await sweep(database, workshop, clock) == 0
    fresh = (directory / digest[:2] / digest / "wide50-360.avif", clock.now().timestamp())
    clock.advance(2 * HOUR)
    os.utime(fresh[0], (fresh[1], fresh[1]))
    assert await sweep(database, workshop, clock) == 1
    assert await kept(workshop) == {digest}, "somebody is at it"


async def test_what_somebody_is_about_to_show_stays(
    database: Database, workshop: Workshop, publish: Publish, clock: FixedClock, directory: Path
) -> None:
    """The sweep and whoever shows a picture meet; neither waits for the other, and nothing that is shown is gone."""
    deal_id = await publish()
    prepared = await catalog.prepare_picture(workshop, picture(), "a.jpg")
    age(directory, datetime(2020, 1, 1, tzinfo=UTC))
    await turn_of(clock, prepared.digest)
    unused = catalog_jobs.unused_pictures(workshop.blobs)
    async with database.transaction(OPERATOR) as tx:
        await catalog.attach_picture(tx, deal_id, prepared)
        async with asyncio.timeout(10):
            assert await sweep_once(database, unused) == 0
    assert await sweep_once(database, unused) == 0
    assert await kept(workshop) == {prepared.digest}


async def test_a_picture_whose_blob_was_lost_goes_as_well_once_its_place_answers(
    database: Database, workshop: Workshop, publish: Publish, clock: FixedClock, directory: Path
) -> None:
    deal_id = await publish()
    await attached(database, [deal_id], made())
    async with database.transaction(OPERATOR) as tx:
        await catalog.remove_picture(tx, deal_id, 0)
    await sweep(database, workshop, clock)
    clock.advance(UNUSED_KEPT_FOR)
    await turn_of(clock, made().digest)
    unused = catalog_jobs.unused_pictures(workshop.blobs)
    with out_of_reach(directory), pytest.raises(Unavailable, match="blobs"):
        await sweep_once(database, unused)
    assert await sweep_once(database, unused) == 1
    assert await sweep_once(database, unused) == 0


async def test_the_doctor_tells_of_pictures_that_have_lost_their_blobs_and_changes_nothing(
    database: Database, workshop: Workshop, publish: Publish, directory: Path, tmp_path: Path
) -> None:
    async def looked() -> tuple[Level, str]:
        async with database.system() as tx:
            verdict = await pictures_check(Settings(data_dir=tmp_path)).look(tx)
        return verdict.level, verdict.says

    deal_id = await publish()
    assert await looked() == (Level.OK, "No deal shows a picture yet.")
    prepared = await catalog.prepare_picture(workshop, picture(), "a.jpg")
    await attached(database, [deal_id], prepared)
    assert await looked() == (Level.OK, "The pictures of deals are among the blobs; 1 were looked for.")
    await attached(database, [deal_id], made(2))
    lost = "1 of 2 pictures that were looked for are not among the blobs."
    assert await looked() == (Level.WARN, lost)
    await workshop.blobs.delete(prepared.digest)
    await asyncio.to_thread(directory.rmdir)
    assert (await looked())[0] is Level.WARN
    assert not await asyncio.to_thread(directory.exists)
