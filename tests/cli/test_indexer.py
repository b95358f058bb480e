"""Indexers as processes: one works, another one stands by, and no end of either leaves readers without an index."""

import signal
from pathlib import Path
from uuid import UUID

import pytest

from highstreet.discovery.search.store import generations
from highstreet.kit.database import Database
from tests.discovery.search.market import Market, open_market, until
from tests.discovery.search.store.running import all_deals, following
from tests.web.serving import program


@pytest.fixture
async def market(database: Database) -> Market:
    return await open_market(database)


async def published(market: Market) -> UUID:
    async with market.database.system() as tx:
        return await market.publish(tx)


async def test_who_stands_by_takes_over_from_one_that_is_killed(
    market: Market, database_url: str, tmp_path: Path
) -> None:
    expected = {await published(market)}
    with program("indexer", env="test", database_url=database_url, data_dir=tmp_path) as first:
        first.wait_for("search index built")
        async with following(market.database, tmp_path / "search") as follower:
            await until(lambda: follower.ready)
            with program("indexer", env="test", database_url=database_url, data_dir=tmp_path) as second:
                second.wait_for("standing by")
                await until(lambda: generations.heartbeat(tmp_path / "search") is not None)
                beat = generations.heartbeat(tmp_path / "search")
                assert beat is not None
                assert beat.process == first.process.pid
                first.process.kill()
                expected.add(await published(market))
                second.wait_for("search index opened")
                await until(lambda: {deal.id for deal in all_deals(follower.index)} == expected)
                await until(lambda: (follower.age_seconds() or 9) < 0.5)
                assert second.end() == 0


@pytest.mark.parametrize(("sig", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_an_indexer_ends_when_told(database_url: str, tmp_path: Path, sig: signal.Signals, code: int) -> None:
    with program("indexer", env="test", database_url=database_url, data_dir=tmp_path) as indexer:
        indexer.wait_for("search index built")
        assert indexer.end(sig) == code


def test_a_division_that_there_is_not_stops_the_start_and_is_named(database_url: str, tmp_path: Path) -> None:
    environ = {"env": "test", "database_url": database_url, "data_dir": tmp_path, "search_divisions": "atlantis"}
    with program("indexer", **environ) as indexer:
        indexer.wait_for("HIGHSTREET_SEARCH_DIVISIONS names 'atlantis', and there is no such division")
        assert indexer.process.wait(30) == 1
