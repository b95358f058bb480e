"""When a feed is imported again and again."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

MOST_OFTEN_MINUTES, LEAST_OFTEN_MINUTES = 5, 43_200


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """Every so many minutes, or every day at a time of day in a time zone. One of the two is set."""

    every_minutes: int | None = None
    daily_at: time | None = None
    time_zone: str

    def first(self, now: datetime) -> datetime:
        """When a schedule that is made now is due first: at once, or at the time of day."""
        return now if self.every_minutes else self.after(now, now)

    def after(self, due: datetime, now: datetime) -> datetime:
        """When it is due after it was due at `due`: the first time in its rhythm that is still to come.

        What was missed, because no worker ran, is not made up for.
        """
        if self.every_minutes:
            step = timedelta(minutes=self.every_minutes)
            return due + step * ((now - due) // step + 1)
        assert self.daily_at is not None, "a rhythm is one of the two"
        zone = ZoneInfo(self.time_zone)
        day = now.astimezone(zone).date()
        while (at := datetime.combine(day, self.daily_at, zone).astimezone(UTC)) <= now:
            day += timedelta(days=1)
        return at

    def __str__(self) -> str:
        if self.daily_at is not None:
            return f"daily at {self.daily_at:%H:%M} ({self.time_zone})"
        minutes = self.every_minutes or 0
        for size, word in ((1_440, "day"), (60, "hour"), (1, "minute")):
            if minutes % size == 0:
                return f"every {word}" if minutes == size else f"every {minutes // size} {word}s"
        raise AssertionError("every number of minutes is one of minutes")


class Schedule(Rhythm, frozen=True, kw_only=True):
    """A feed that is imported again and again. `source` may hold a secret in its query."""

    feed: str
    source: str
    """A path, or an address."""
    mapping_name: str | None
    mapping: str
    """In JSON, as it was when the schedule was made."""
    shift_dates: bool
    os_user: str | None
    created_at: datetime
    next_at: datetime
    asked_at: datetime | None = None
    """When the queue was last given the import."""
    told_at: datetime | None = None
    told: str | None = None
    """What came of it the last time."""
