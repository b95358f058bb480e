"""What one machine has built, another one fetches: whole, as it is now, and without carrying what it has."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import structlog
from structlog.testing import capture_logs

from highstreet.discovery.search import repository
from highstreet.discovery.search.store import exchange, generations, indexer, opening, reader
from highstreet.discovery.search.store.indexer import Exchange
from highstreet.kit.blobs import Blobs, open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from tests.discovery.search.market import Market, open_market, until
from tests.discovery.search.store.running import all_deals, ready

EVERY = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _lines_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A logger that was used keeps what was set up then, which an earlier test of this process may have replaced."""
    for module in (exchange, indexer, opening, reader):
        monkeypatch.setattr(module, "_log", structlog.stdlib.get_logger())


@pytest.fixture
async def market(database: Database) -> Market:
    return await open_market(database)


@pytest.fixture
def blobs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Blobs:
    monkeypatch.setattr(exchange, "PIECE_BYTES", 4096)
    return open_blobs(settings, "search")


async def published(market: Market, count: int) -> list[UUID]:
    async with market.database.system() as tx:
        return [await market.publish(tx, title=f"Pizza number {number}") for number in range(count)]


async def snapshots(market: Market) -> list[repository.Snapshot]:
    async with market.database.system() as tx:
        return await repository.snapshots(tx)


async def pieces(blobs: Blobs) -> set[str]:
    return {kept.digest async for kept in blobs.list()}


@asynccontextmanager
async def publisher(market: Market, directory: Path, blobs: Blobs) -> AsyncGenerator[None]:
    """A machine that has published what there is."""
    async with ready(market.database, directory, exchanging=Exchange(blobs, EVERY)):
        for _ in range(400):
            found = await snapshots(market)
            if found and found[0].complete_at is not None:
                break
            await until_a_moment_later()
        else:
            raise AssertionError("nothing was published")
        yield


async def until_a_moment_later() -> None:
    passed = iter(range(4))
    await until(lambda: next(passed, None) is None)


async def test_a_machine_begins_with_what_another_one_published_and_catches_up(
    market: Market, tmp_path: Path, blobs: Blobs
) -> None:
    stays, ends, changes = await published(market, 3)
    async with publisher(market, tmp_path / "one", blobs):
        pass
    async with market.database.system() as tx:
        await catalog.kill(tx, ends, reason="unsafe")
        await catalog.revise_deal(tx, changes, market.draft(tx, title="Sushi"))
    (comes,) = await published(market, 1)
    with capture_logs() as lines:
        async with ready(market.database, tmp_path / "two", exchanging=Exchange(blobs)) as follower:
            await until(lambda: {deal.id for deal in all_deals(follower.index)} == {stays, changes, comes})
            assert {deal.title for deal in all_deals(follower.index) if deal.id == changes} == {"Sushi"}
    assert [line["event"] for line in lines] == ["search index fetched"]


async def test_a_damaged_file_is_mended_by_its_pieces(market: Market, tmp_path: Path, blobs: Blobs) -> None:
    ids = await published(market, 3)
    directory = tmp_path / "one"
    async with publisher(market, directory, blobs):
        pass
    base = directory / generations.read(directory)[0].segments[0]
    data = bytearray(base.read_bytes())
    data[5000] ^= 1
    base.write_bytes(data)
    (snapshot,) = await snapshots(market)
    for digest in [*snapshot.digests[:1], *snapshot.digests[2:]]:  # it needs the second piece only
        await blobs.delete(digest)
    with capture_logs() as lines:
        async with ready(market.database, directory, exchanging=Exchange(blobs)) as follower:
            assert {deal.id for deal in all_deals(follower.index)} == set(ids)
    assert lines[-1]["event"] == "search index fetched"


@pytest.mark.parametrize("damage", ["gone", "damaged", "older", "elsewhere", "unfinished", "others"])
async def test_a_snapshot_that_cannot_be_used_is_passed_over(
    market: Market, tmp_path: Path, blobs: Blobs, settings: Settings, damage: str
) -> None:
    ids = await published(market, 3)
    async with publisher(market, tmp_path / "one", blobs):
        pass
    (snapshot,) = await snapshots(market)
    match damage:
        case "gone":
            await blobs.delete(snapshot.digests[1])
        case "damaged":
            digest = snapshot.digests[1]
            (settings.data_dir / "blobs" / "search" / digest[:2] / digest / "blob").write_bytes(b"something else")
        case _:
            changed = {
                "older": {"format": "0.0"},
                "elsewhere": {"lineage": "another"},
                "unfinished": {"complete_at": None},
            }.get(damage, {"held": ["chicagoland"]})
            async with market.database.system() as tx:
                await repository.forget_snapshots(tx, [snapshot.id])
                await repository.begin_snapshot(tx, msgspec.structs.replace(snapshot, **changed))
    with capture_logs() as lines:
        async with ready(market.database, tmp_path / "two", exchanging=Exchange(blobs)) as follower:
            assert {deal.id for deal in all_deals(follower.index)} == set(ids)
    told = ["published search index cannot be used"] if damage in {"gone", "damaged"} else []
    assert [line["event"] for line in lines] == [*told, "search index built"]


async def test_nothing_is_published_twice_and_what_is_out_of_use_goes(
    market: Market, tmp_path: Path, blobs: Blobs, clock: FixedClock
) -> None:
    kept: list[str] = []
    for number in range(4):
        directory = tmp_path / str(number)
        await published(market, 2)
        async with ready(market.database, directory):
            manifest, _ = generations.read(directory)
        async with market.database.system() as tx:
            assert await exchange.is_due(tx, manifest, EVERY)
            assert await exchange.is_due(tx, manifest, timedelta(hours=3)) == (number == 0)
        await exchange.publish(market.database, blobs, directory, manifest, 2)
        async with market.database.system() as tx:
            assert not await exchange.is_due(tx, manifest, timedelta(0))
        kept = [manifest.whole.cursor, *kept]
        clock.advance(timedelta(hours=2))
    found = await snapshots(market)
    assert [each.cursor for each in found] == kept[:2]
    assert await pieces(blobs) == {digest for each in found for digest in each.digests}
