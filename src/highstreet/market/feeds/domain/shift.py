"""Old dates moved to today, by whole weeks, so that a feed of the past can be browsed as it was then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

_WEEK_DAYS = 7


class Shift(msgspec.Struct, frozen=True):
    """How far dates are moved. Weekdays and local times of day stay; `days` is a multiple of seven, never negative."""

    zone: ZoneInfo
    days: int = 0

    def move(self, instant: datetime) -> datetime:
        """`instant` moved, in UTC: midnight in the feed's time zone stays midnight there, summer time or not."""
        return _moved(instant, self.days, self.zone)

    def begun_by(self, captured_at: datetime, now: datetime) -> datetime:
        """When deals that state no start count as begun: they were on offer at `captured_at`, moved like everything.

        Moved dates lie up to a week ahead of `now`; the beginning stays a week behind them, so that it has passed.
        """
        moved = self.move(captured_at)
        return _moved(moved, -_WEEK_DAYS, self.zone) if self.days and moved > now else moved


def shift_to(now: datetime, captured_at: datetime, zone: ZoneInfo) -> Shift:
    """The fewest whole weeks that bring `captured_at` to `now` or after it: what was on offer then is on offer now."""
    days = 0
    if captured_at < now:
        days = -(-(now - captured_at) // timedelta(days=_WEEK_DAYS)) * _WEEK_DAYS
        if _moved(captured_at, days, zone) < now:  # summer time took an hour
            days += _WEEK_DAYS
    return Shift(zone, days)


def _moved(instant: datetime, days: int, zone: ZoneInfo) -> datetime:
    if not days:
        return instant
    local = instant.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    return local.replace(tzinfo=zone).astimezone(UTC)
