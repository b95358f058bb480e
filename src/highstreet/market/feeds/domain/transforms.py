"""The named transforms of a mapping: small pure functions from what a file states to what the catalogue keeps.

Each takes the text and the Settings of its field, and raises Unusable with a reason that follows the field's name.
"""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import parse_minor
from highstreet.market.feeds.domain import text as texts
from highstreet.market.feeds.domain.rows import Unusable

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Dates outside are mistakes or stand-ins for "never", not dates of a deal."""

_SYMBOLS = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "CLP", "COP", "ARS"}),
    "US$": frozenset({"USD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}),
}
_AMOUNTS = {
    ".": re.compile(r"(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d+)?", re.ASCII),
    ",": re.compile(r"(?:\d{1,15}|\d{1,3}(?:\.\d{3}){1,4})(?:,\d+)?", re.ASCII),
}


class Kind(StrEnum):
    """What a transform gives."""

    TEXT = "text"
    MONEY = "money"
    INSTANT = "instant"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a transform may need to know about its feed and its field."""

    currency: str
    zone: tzinfo
    decimal: str = "."
    date_format: str | None = None


Value = str | int | datetime
Step = Callable[[str, Settings], Value]


class Transform(msgspec.Struct, frozen=True):
    """A named step. Only the last step of a field may give something other than text."""

    name: str
    gives: Kind
    apply: Step

    @property
    def summary(self) -> str:
        """What it does, in one paragraph."""
        return " ".join((self.apply.__doc__ or "").split())


def strip(text: str, _: Settings) -> str:
    """Remove space at both ends."""
    return text.strip()


def collapse(text: str, _: Settings) -> str:
    """Turn every run of white space, line breaks included, into one space, and remove it at both ends."""
    return " ".join(text.split())


def entities(text: str, _: Settings) -> str:
    """Replace HTML character references: `&amp;` becomes `&`, `&eacute;` becomes `é`. Tags stay, as text."""
    return html.unescape(text)


def repair_mojibake(text: str, _: Settings) -> str:
    """Put right UTF-8 that was once read as Windows-1252 (`cafÃ©` becomes `café`), where that can be undone exactly."""
    return texts.repair_mojibake(text)


def last_segment(text: str, _: Settings) -> str:
    """Keep the last part of a link's path: `https://x.example/deals/12-spa?a=1` becomes `12-spa`."""
    segment = _parts(text).path.rstrip("/").rpartition("/")[2]
    if not segment:
        raise Unusable("is a link without a path")
    return segment


def leading_number(text: str, _: Settings) -> str:
    """Keep the digits at the start: `12-spa` becomes `12`."""
    found = re.match(r"\d{1,40}(?!\d)", text, re.ASCII)
    if found is None:
        raise Unusable("does not start with a number")
    return found.group()


def money(text: str, settings: Settings) -> int:
    """Read an amount in the feed's currency: `99`, `1,299.00`, `$1,299.00`, `1299 USD`.

    Words, signs, ranges, another currency's symbol and more decimals than the currency has are refused. With
    `decimal = ","` the comma is the decimal mark and the full stop groups thousands.
    """
    plain = _without_currency(text.strip(), settings.currency)
    if not _AMOUNTS[settings.decimal].fullmatch(plain):
        raise Unusable(f"is not an amount in {settings.currency}")
    if settings.decimal == ",":
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return parse_minor(plain, settings.currency)
    except InvalidInput as problem:
        raise Unusable(problem.problems[0].message) from None


def _without_currency(text: str, currency: str) -> str:
    marks = [currency, *(symbol for symbol, codes in _SYMBOLS.items() if currency in codes)]
    for mark in sorted(marks, key=len, reverse=True):
        if text.startswith(mark):
            return text.removeprefix(mark).lstrip()
        if text.endswith(mark):
            return text.removesuffix(mark).rstrip()
    return text


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


MAX_URL = 2_000


def check_url(text: str) -> str:
    """Return `text`, or raise Unusable unless it is an absolute http or https address that is safe to link to."""
    if len(text) > MAX_URL or not text.isprintable() or any(character.isspace() for character in text):
        raise Unusable(f"is not a web address of at most {MAX_URL:,} characters without spaces")
    parts = _parts(text)
    if parts.scheme not in {"http", "https"}:
        raise Unusable("is not an http or https address")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Unusable("is not an address of a host, or carries a user name")
    return text


def _parts(text: str):  # noqa: ANN202 - urllib's own result type
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise Unusable("is not a web address") from None
    return parts


TRANSFORMS: dict[str, Transform] = {
    step.__name__: Transform(step.__name__, kind, step)
    for kind, steps in {
        Kind.TEXT: (strip, collapse, entities, repair_mojibake, last_segment, leading_number),
        Kind.MONEY: (money,),
        Kind.INSTANT: (instant, start_of_day, end_of_day),
    }.items()
    for step in steps
}
"""Every transform by its name in a mapping."""
