"""A segment is made of what is live: by one process or by several alike, whole or not at all."""

import asyncio
import contextlib
import signal
import sys
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from highstreet.discovery.search.index import stored
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.store import files, making
from highstreet.kit.database import Database
from highstreet.kit.errors import HighstreetError
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Reach
from tests.discovery.search.market import Market, open_market, until

_DEALS = 7
_MAKE = """
import asyncio, sys, time
from pathlib import Path
from random import Random
from highstreet.discovery.search.store import making
from highstreet.kit.clock import SystemClock
from highstreet.kit.database import open_database

making.SPAN_DEALS = making.DRAFT_SPANS = 1

def told(done, deals):
    print(done, flush=True)
    time.sleep(600)

async def main():
    async with open_database(sys.argv[1], SystemClock(), Random(0)) as database:
        await making.make(database, Path(sys.argv[2]), told=told, alone_deals=0)

asyncio.run(main())
"""


@pytest.fixture
async def market(database: Database) -> Market:
    market = await open_market(database)
    async with database.system() as tx:
        for number in range(_DEALS):
            shops = (market.madrid_shop, "EUR") if number % 2 else (market.chicago_shop, "USD")
            await market.publish(tx, title=f"Pizza {number} al forno", locations=shops[:1], currency=shops[1])
        await market.publish(tx, title="Pizza to bake at home", reach=Reach.ONLINE, locations=())
        await catalog.create_deal(tx, market.draft(tx, title="Not yet live"))
    return market


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many spans and drafts of few deals, and two processes."""
    monkeypatch.setattr(making, "SPAN_DEALS", 2)
    monkeypatch.setattr(making, "DRAFT_SPANS", 2)


def contents(sections: Sections) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in sections.arrays.items()}


def titles(sections: Sections) -> set[str]:
    starts: list[int] = sections["stored_starts"].tolist()
    data = sections["stored"].tobytes()
    return {stored.unpack(data[start:end]).title for start, end in pairwise(starts)}


def helpers() -> list[psutil.Process]:
    program = "highstreet.discovery.search.store.making_child"
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it is just ending
            if program in child.cmdline():
                found.append(child)
    return found


def left(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.mark.usefixtures("small_parts")
async def test_what_several_processes_make_is_what_one_makes(market: Market, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []

    def told(done: int, deals: int) -> None:
        heard.append((done, deals))

    alone, helped = tmp_path / "alone", tmp_path / "helped"
    first = await making.make(market.database, alone, alone_deals=100)
    second = await making.make(market.database, helped, alone_deals=0, told=told)
    assert first.tables == second.tables
    one, several = files.open(alone), files.open(helped)
    assert one.meta == several.meta
    assert contents(one) == contents(several)
    assert titles(one) == {*(f"Pizza {number} al forno" for number in range(_DEALS)), "Pizza to bake at home"}
    assert heard == [(4, 8), (8, 8)]
    assert helpers() == []
    assert left(tmp_path) == ["alone", "helped"]


@pytest.mark.usefixtures("small_parts")
async def test_only_what_the_named_divisions_hold_is_taken(market: Market, tmp_path: Path) -> None:
    for alone_deals in (0, 100):
        await making.make(market.database, tmp_path / "held", held=["chicagoland"], alone_deals=alone_deals)
        expected = {*(f"Pizza {number} al forno" for number in range(0, _DEALS, 2)), "Pizza to bake at home"}
        assert titles(files.open(tmp_path / "held")) == expected


async def test_changes_since_the_reading_are_told_by_its_cursor(market: Market, tmp_path: Path) -> None:
    made = await making.make(market.database, tmp_path / "made")
    async with market.database.system() as tx:
        later = await market.publish(tx, title="Pizza later")
    async with market.database.system() as tx:
        changes = await catalog.changed_deals(tx, made.cursor)
    assert [deal.id for deal in changes.published] == [later]


@pytest.mark.usefixtures("small_parts")
async def test_who_is_cancelled_ends_the_processes_and_leaves_nothing(market: Market, tmp_path: Path) -> None:
    reached = asyncio.Event()

    def told(_done: int, _deals: int) -> None:
        reached.set()

    making_it = asyncio.create_task(making.make(market.database, tmp_path / "made", alone_deals=0, told=told))
    await reached.wait()
    assert len(helpers()) == 2
    making_it.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await making_it
    assert helpers() == []
    assert left(tmp_path) == []


@pytest.mark.usefixtures("small_parts")
async def test_a_process_that_dies_is_told_and_nothing_is_left(market: Market, tmp_path: Path) -> None:
    def kill(*_: int) -> None:
        for helper in helpers():
            helper.send_signal(signal.SIGKILL)

    with pytest.raises(HighstreetError, match="ended with -9"):
        await making.make(market.database, tmp_path / "made", alone_deals=0, told=kill)
    assert left(tmp_path) == []


@pytest.mark.usefixtures("market")
async def test_who_is_killed_leaves_no_process_and_no_file(database_url: str, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _MAKE, database_url, str(tmp_path / "made")), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"1\n"
    children = psutil.Process(process.pid).children()
    assert len(children) >= 2
    process.kill()
    await process.communicate()
    await until(lambda: not any(child.is_running() for child in children))
    assert left(tmp_path) == []


@pytest.mark.usefixtures("small_parts")
async def test_a_disk_that_refuses_is_told_in_a_sentence(market: Market, tmp_path: Path) -> None:
    (tmp_path / "made.new").mkdir()
    for alone_deals in (0, 100):
        with pytest.raises(HighstreetError, match="cannot be written"):
            await making.make(market.database, tmp_path / "made", alone_deals=alone_deals)
