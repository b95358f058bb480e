"""Time comes from a clock that is passed in; nothing else in the code asks the machine what time it is."""

import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from highstreet.kit.errors import InvalidInput


class Clock(Protocol):
    """Tells the present instant, always in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests inside one process."""

    def __init__(self, at: datetime) -> None:
        self._at = _aware(at)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


class FileClock:
    """A clock that all processes of a test or demonstration share through one file.

    The file holds the offset in seconds from the machine's clock, so that time goes on between two settings.
    A missing file is an offset of zero.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._offset = timedelta()

    def now(self) -> datetime:
        self._refresh()
        return datetime.now(UTC) + self._offset

    def set(self, at: datetime) -> None:
        """Make the shared clock read `at` from this moment on."""
        offset = _aware(at) - datetime.now(UTC)
        beside = self._path.with_suffix(f".{os.getpid()}")
        beside.write_text(repr(offset.total_seconds()), encoding="ascii")
        beside.replace(self._path)
        self._stamp = None

    def advance(self, by: timedelta) -> None:
        self.set(self.now() + by)

    def _refresh(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp != self._stamp:
                self._offset = timedelta(seconds=float(self._path.read_text(encoding="ascii")))
                self._stamp = stamp


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise InvalidInput.at("clock", "a time needs its offset from UTC, for example 2026-03-01T12:00:00Z")
    return at.astimezone(UTC)
