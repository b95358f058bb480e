"""What people type into forms, read kindly. Each raises ValueError for what cannot be meant."""

import re
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import parse_minor

_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"\d+,\d{1,2}", re.ASCII)
_YEARS: Final = range(2000, 9000)
_INSTANT: Final = timedelta(microseconds=1)


def whole(text: str) -> int | None:
    """None for nothing."""
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def amount(text: str, currency: str) -> int | None:
    """Minor units. `12,50` is what half of the world writes for 12.50, and nobody writes it for 1250."""
    if not text:
        return None
    plain = text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text
    try:
        return parse_minor(plain, currency)
    except InvalidInput as problem:
        raise ValueError(text) from problem


def moment(text: str, time_zone: str) -> datetime | None:
    """A day and a time by the clock of a place, as a browser's field has it: `2026-03-02T18:30`."""
    if not text:
        return None
    read = datetime.fromisoformat(text)
    if read.tzinfo is not None or read.year not in _YEARS:
        raise ValueError(text)
    return read.replace(tzinfo=ZoneInfo(time_zone))


def first_moment(text: str, time_zone: str) -> datetime | None:
    """When a day begins somewhere."""
    return moment(f"{text}T00:00", time_zone) if text else None


def end_of(text: str, time_zone: str) -> datetime | None:
    """When a day is over somewhere."""
    begun = first_moment(text, time_zone)
    return begun + timedelta(days=1) if begun else None


def clock(text: str) -> time | None:
    if not text:
        return None
    read = time.fromisoformat(text)
    if read.tzinfo is not None:
        raise ValueError(text)
    return read


def moment_text(at: datetime | None, time_zone: str) -> str:
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%dT%H:%M") if at else ""


def day_text(at: datetime | None, time_zone: str) -> str:
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d") if at else ""


def last_day_text(until: datetime | None, time_zone: str) -> str:
    """The last day before an end, which itself is outside."""
    return day_text(until - _INSTANT, time_zone) if until else ""


def number_text(value: int | None) -> str:
    return "" if value is None else str(value)
