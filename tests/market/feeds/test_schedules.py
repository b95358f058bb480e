"""Feeds that are imported by themselves: when they are due, once each time, and in a process of their own."""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit import jobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.kit.sweeps import sweep_once
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.runs import Asked, RunState
from highstreet.market.feeds.domain.schedules import Rhythm, Schedule
from highstreet.market.feeds.jobs import DUE_IMPORTS, IMPORT, ScheduledImport

Record: TypeAlias = dict[str, str | None]
Make: TypeAlias = Callable[..., Record]
Write: TypeAlias = Callable[..., Path]


async def schedule(database: Database, file: Path | str, mapping: Mapping, **rhythm: object) -> Schedule:
    async with database.system() as tx:
        return await feeds.add_schedule(tx, str(file), mapping, asked=Asked(os_user="pat"), **rhythm)  # type: ignore[arg-type] - the rhythm's own arguments


async def only(database: Database) -> Schedule:
    async with database.system() as tx:
        (found,) = await feeds.all_schedules(tx)
    return found


async def waiting(database: Database) -> int:
    async with database.system() as tx:
        return len(await jobs.waiting(tx))


@pytest.fixture
def commands(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs that are started here find this test's database."""
    monkeypatch.setenv("HIGHSTREET_ENV", "test")
    monkeypatch.setenv("HIGHSTREET_DATABASE_URL", database_url)
    monkeypatch.setenv("HIGHSTREET_DATA_DIR", str(tmp_path / "data"))


async def test_what_is_due_is_asked_for_once_and_is_due_again_in_its_rhythm(
    lakeside: Database, mapping: Mapping, row: Make, write: Write, clock: FixedClock
) -> None:
    began = clock.now()
    await schedule(lakeside, write([row(1)]), mapping, every_minutes=60)
    assert await sweep_once(lakeside, DUE_IMPORTS) == 1
    assert await sweep_once(lakeside, DUE_IMPORTS) == 0
    assert await waiting(lakeside) == 1
    assert (await only(lakeside)).next_at == began + timedelta(hours=1)
    clock.advance(timedelta(hours=7, minutes=20))
    assert await sweep_once(lakeside, DUE_IMPORTS) == 1
    assert (await only(lakeside)).next_at == began + timedelta(hours=8), "what was missed is not made up for"
    assert await waiting(lakeside) == 1, "an import that still waits is not asked for a second time"


@pytest.mark.usefixtures("commands")
async def test_the_import_runs_in_a_process_of_its_own_and_tells_what_came_of_it(
    lakeside: Database, mapping: Mapping, row: Make, write: Write
) -> None:
    file = write([row(1), row(2)])
    await schedule(lakeside, file, mapping, every_minutes=60)
    await IMPORT.run(lakeside, ScheduledImport("lakeside"))
    (told,) = await feeds.run_list(lakeside)
    assert (told.record.state, told.record.scheduled, told.record.os_user) == (RunState.DONE, True, "pat")
    assert told.record.rows_new == 2
    assert (await only(lakeside)).told == f"Run {told.record.number}: 2 new, 0 changed, 0 ended."

    file.unlink()
    await IMPORT.run(lakeside, ScheduledImport("lakeside"))
    failed = (await feeds.run_list(lakeside))[0].record
    assert failed.state is RunState.FAILED
    assert failed.error is not None
    assert "feed.json" in failed.error
    assert (await only(lakeside)).told == failed.error


@pytest.mark.usefixtures("commands")
async def test_a_scheduled_import_ends_with_its_worker(
    lakeside: Database, mapping: Mapping, row: Make, tmp_path: Path
) -> None:
    """The file is a pipe that says nothing, so the import waits at it for ever."""
    del row
    silent = tmp_path / "silent.json"
    os.mkfifo(silent)
    await schedule(lakeside, silent, mapping, every_minutes=60)
    watched, held = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "highstreet", "import", "schedule", "run", "lakeside", "--parent", str(watched)),
        pass_fds=(watched,),
    )
    os.close(watched)
    os.close(held)
    assert await asyncio.wait_for(process.wait(), timeout=60) != 0
    assert (await only(lakeside)).told is None


async def test_a_schedule_that_cannot_be_is_refused(lakeside: Database, mapping: Mapping, write: Write) -> None:
    with pytest.raises(InvalidInput, match="standard input is there once"):
        await schedule(lakeside, "-", mapping, every_minutes=60)
    with pytest.raises(InvalidInput, match="say either how often"):
        await schedule(lakeside, "x.json", mapping)
    with pytest.raises(InvalidInput, match="from 5 minutes to 30 days"):
        await schedule(lakeside, "x.json", mapping, every_minutes=1)
    await schedule(lakeside, write([]), mapping, daily_at=time(3, 30))
    with pytest.raises(Conflict, match="lakeside has a schedule"):
        await schedule(lakeside, "x.json", mapping, every_minutes=60)
    async with lakeside.system() as tx:
        await feeds.remove_schedule(tx, "lakeside")
        with pytest.raises(NotFound, match="lakeside has no schedule"):
            await feeds.remove_schedule(tx, "lakeside")
    with pytest.raises(NotFound, match="lakeside has no schedule"):
        await feeds.import_scheduled(lakeside, "lakeside")


def test_a_daily_import_keeps_its_time_of_day_through_the_change_of_clocks() -> None:
    rhythm = Rhythm(daily_at=time(3, 30), time_zone="America/Chicago")
    saturday = rhythm.after(datetime(2026, 3, 6, 12, tzinfo=UTC), datetime(2026, 3, 6, 12, tzinfo=UTC))
    assert saturday == datetime(2026, 3, 7, 9, 30, tzinfo=UTC)
    sunday = rhythm.after(saturday, saturday)
    assert sunday == datetime(2026, 3, 8, 8, 30, tzinfo=UTC)
    assert str(rhythm) == "daily at 03:30 (America/Chicago)"


@given(
    minutes=st.integers(5, 43_200),
    late=st.timedeltas(timedelta(), timedelta(days=400)),
)
def test_the_next_time_is_the_first_in_the_rhythm_that_is_to_come(minutes: int, late: timedelta) -> None:
    due = datetime(2026, 1, 1, tzinfo=UTC)
    rhythm = Rhythm(every_minutes=minutes, time_zone="UTC")
    following = rhythm.after(due, due + late)
    assert due + late < following <= due + late + timedelta(minutes=minutes)
    assert (following - due) % timedelta(minutes=minutes) == timedelta()
    assert str(minutes) in str(rhythm) or minutes % 60 == 0
