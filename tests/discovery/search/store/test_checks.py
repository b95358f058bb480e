"""The doctor tells an operator of an index that is damaged, left alone, or about to fill the disk."""

from pathlib import Path

import pytest

from highstreet.discovery.search import checks
from highstreet.discovery.search.store import generations
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.doctor.checks import Level, MachineCheck, Verdict
from highstreet.kit.settings import Settings
from tests.discovery.search.market import open_market
from tests.discovery.search.store.running import ready


@pytest.fixture
async def directory(database: Database, settings: Settings) -> Path:
    market = await open_market(database)
    async with database.system() as tx:
        await market.publish(tx)
    found = generations.directory_of(settings)
    async with ready(database, found):
        pass
    return found


def looked(settings: Settings, clock: FixedClock) -> Verdict:
    (look,) = [check.look for check in checks.CHECKS if isinstance(check, MachineCheck)]
    return look(settings, clock)


@pytest.mark.usefixtures("directory")
def test_an_index_that_is_whole_is_counted_and_measured(settings: Settings, clock: FixedClock) -> None:
    verdict = looked(settings, clock)
    assert (verdict.level, verdict.says) == (Level.OK, "The search index has 1 deals and takes 0 MiB.")


def test_where_there_is_none_nothing_is_wrong(settings: Settings, clock: FixedClock) -> None:
    assert looked(settings, clock).says == "No search index has been made on this machine yet."


def test_a_damaged_one_is_told(directory: Path, settings: Settings, clock: FixedClock) -> None:
    base = directory / generations.read(directory)[0].segments[0]
    base.write_bytes(base.read_bytes()[:-1])
    verdict = looked(settings, clock)
    assert verdict.level is Level.FAIL
    assert str(base) in verdict.says


@pytest.mark.parametrize(
    ("free", "age", "level"),
    [(2000, 1.0, Level.OK), (2000, None, Level.OK), (1999, 1.0, Level.WARN), (2000, 61.0, Level.WARN)],
)
def test_little_room_and_an_old_index_are_warnings(free: int, age: float | None, level: Level) -> None:
    assert checks.judge(5, 1000, free, age).level is level
