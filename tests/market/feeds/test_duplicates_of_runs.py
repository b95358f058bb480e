"""After an import, what it wrote is compared with the other deals, by a worker and in a process of its own."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from highstreet.kit import jobs
from highstreet.kit.database import Database
from highstreet.market.catalog.jobs import DUPLICATES
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import Mapping
from tests.market.feeds.conftest import Record, Write

Make = Callable[..., Record]


@pytest.fixture
def commands(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs that are started here find this test's database."""
    monkeypatch.setenv("HIGHSTREET_ENV", "test")
    monkeypatch.setenv("HIGHSTREET_DATABASE_URL", database_url)
    monkeypatch.setenv("HIGHSTREET_DATA_DIR", str(tmp_path / "data"))


async def waiting(database: Database) -> list[str]:
    async with database.system() as tx:
        return [job.job for job in await jobs.waiting(tx)]


def under_name(mapping: Mapping, name: str) -> Mapping:
    return msgspec.structs.replace(mapping, feed=msgspec.structs.replace(mapping.feed, name=name))


async def proposed(database: Database, number: int) -> int:
    return await feeds.proposed_of_run(database, (await feeds.run_by_number(database, number)).record)


@pytest.mark.usefixtures("commands")
async def test_what_an_import_wrote_is_compared_and_its_run_tells_what_was_proposed(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(1)])
    await feeds.import_feed(lakeside, file, mapping, dry_run=True)
    assert await waiting(lakeside) == []
    first = await feeds.import_feed(lakeside, file, mapping)
    second = await feeds.import_feed(lakeside, file, under_name(mapping, "herald"))
    assert await waiting(lakeside) == [DUPLICATES.name]
    assert first.run is not None
    assert second.run is not None
    assert await proposed(lakeside, second.run) == 0
    await DUPLICATES.run(lakeside, DUPLICATES.payload())
    assert await proposed(lakeside, second.run) == 1


@pytest.mark.usefixtures("commands")
async def test_an_import_that_changed_nothing_asks_for_no_search(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(1)])
    await feeds.import_feed(lakeside, file, mapping)
    async with lakeside.system() as tx:
        await tx.execute("DELETE FROM procrastinate_jobs", [])
    await feeds.import_feed(lakeside, file, mapping)
    assert await waiting(lakeside) == []


async def test_a_search_that_fails_says_why(
    lakeside: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIGHSTREET_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("HIGHSTREET_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(RuntimeError, match="the search for duplicates ended with 1"):
        await asyncio.wait_for(DUPLICATES.run(lakeside, DUPLICATES.payload()), 60)
