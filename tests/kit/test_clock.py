"""Time is always UTC, and one file moves it for every process that reads it."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from highstreet.kit.clock import FileClock, FixedClock, SystemClock
from highstreet.kit.errors import InvalidInput

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_MOMENT = timedelta(seconds=30)


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
    assert abs(SystemClock().now() - datetime.now(UTC)) < A_MOMENT


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock(NOON.astimezone(timezone(timedelta(hours=-6))))
    assert clock.now() == clock.now() == NOON
    assert clock.now().tzinfo is UTC
    clock.advance(timedelta(days=1))
    assert clock.now() == NOON + timedelta(days=1)


def test_a_time_without_its_offset_is_refused(tmp_path: Path) -> None:
    for take in (FixedClock, FileClock(tmp_path / "clock").set):
        with pytest.raises(InvalidInput, match="offset from UTC"):
            take(NOON.replace(tzinfo=None))


def test_a_file_clock_runs_on_from_where_it_was_set_and_without_a_file_is_the_systems(tmp_path: Path) -> None:
    clock = FileClock(tmp_path / "clock")
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
    clock.set(NOON)
    first = clock.now()
    assert NOON <= first < NOON + A_MOMENT
    assert clock.now() > first
    clock.advance(timedelta(hours=3))
    assert NOON + timedelta(hours=3) <= clock.now() < NOON + timedelta(hours=3) + A_MOMENT


def test_every_process_that_reads_the_file_has_the_same_time(tmp_path: Path) -> None:
    ours, theirs = FileClock(tmp_path / "clock"), FileClock(tmp_path / "clock")
    assert abs(theirs.now() - datetime.now(UTC)) < A_MOMENT
    ours.set(NOON)
    assert abs(theirs.now() - NOON) < A_MOMENT
    script = "import sys, pathlib; from highstreet.kit.clock import FileClock; "
    script += "print(FileClock(pathlib.Path(sys.argv[1])).now().isoformat())"
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "clock")], capture_output=True, text=True, check=True
    )
    assert abs(datetime.fromisoformat(told.stdout.strip()) - NOON) < A_MOMENT
    assert [path.name for path in tmp_path.iterdir()] == ["clock"], "a clock that is set leaves nothing beside it"
