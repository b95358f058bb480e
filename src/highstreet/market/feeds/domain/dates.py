"""Transforms that read dates."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.steps import Settings

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Dates outside are mistakes or stand-ins for "never", not dates of a deal."""


def instant(text: str, settings: Settings) -> datetime:
    """Read a date with a time of day: ISO 8601, or the field's `date_format`. Without offset: local to the feed."""
    read = _parse(text, settings)
    if settings.date_format is None and len(text.strip()) <= len("2015-05-15"):
        raise Unusable("has no time of day; use start_of_day or end_of_day")
    return _utc(read, settings.zone)


def start_of_day(text: str, settings: Settings) -> datetime:
    """Read a date, and mean its first instant in the feed's time zone."""
    return _utc(datetime.combine(_day(text, settings), time()), settings.zone)


def end_of_day(text: str, settings: Settings) -> datetime:
    """Read a date, and mean the end of that day in the feed's time zone, which is the next day's first instant."""
    return _utc(datetime.combine(_day(text, settings) + timedelta(days=1), time()), settings.zone)


def _day(text: str, settings: Settings) -> date:
    read = _parse(text, settings)
    if read.tzinfo is not None or read.time() != time():
        raise Unusable("has a time of day; use instant")
    return read.date()


def _parse(text: str, settings: Settings) -> datetime:
    try:
        if settings.date_format is None:
            read = datetime.fromisoformat(text.strip())
        else:
            read = datetime.strptime(text.strip(), settings.date_format)  # noqa: DTZ007 - naive is local to the feed
    except ValueError:
        expected = settings.date_format or "2015-05-15T09:59:00+00:00"
        raise Unusable(f"is not a date such as {expected}") from None
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise Unusable(f"is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return read


def _utc(read: datetime, zone: tzinfo) -> datetime:
    local = read if read.tzinfo is not None else read.replace(tzinfo=zone)
    return local.astimezone(UTC)
