"""Old dates moved to today, by whole weeks, so that a feed of the past can be browsed as it was then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

_WEEK = timedelta(days=7)


class Shift(msgspec.Struct, frozen=True):
    """How far dates are moved. Weekdays and local times of day stay; `days` is a multiple of seven, never negative."""

    zone: ZoneInfo
    days: int = 0

    def move(self, instant: datetime) -> datetime:
        """`instant` moved, in UTC: midnight in the feed's time zone stays midnight there, summer time or not."""
        if not self.days:
            return instant
        local = instant.astimezone(self.zone).replace(tzinfo=None) + timedelta(days=self.days)
        return local.replace(tzinfo=self.zone).astimezone(UTC)


def shift_to(now: datetime, captured_at: datetime, zone: ZoneInfo) -> Shift:
    """The fewest whole weeks that bring `captured_at` to `now` or after it: what was on offer then is on offer now."""
    weeks = max(0, -(-(now - captured_at) // _WEEK))
    return Shift(zone, weeks * 7)
