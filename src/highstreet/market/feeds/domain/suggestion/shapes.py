"""What a cell's text looks like: an amount, a date, an address, a count, a flag. No look beyond the one cell."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from highstreet.market.feeds.domain.dates import FIRST_YEAR, LAST_YEAR
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.transforms import check_url

LOOKED_AT: Final = 2_000
"""How many characters of a cell are looked at."""

NOTHING: Final = frozenset({"", "na", "n/a", "null", "none", "nan", "-", "--", "\\n"})
"""Texts, in lower case, that exports write for nothing."""

MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "$": ("USD", "CAD", "AUD", "MXN", "NZD", "SGD", "HKD", "CLP", "COP", "ARS"),
    "US$": ("USD",),
    "C$": ("CAD",),
    "CA$": ("CAD",),
    "A$": ("AUD",),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
    "￥": ("JPY",),
    "円": ("JPY",),
    "₹": ("INR",),
    "R$": ("BRL",),
    "zł": ("PLN",),
    "kr": ("SEK", "NOK", "DKK"),
    "CHF": ("CHF",),
}
"""What each mark of money may mean, the likeliest first."""

_MARK = "|".join(sorted((re.escape(mark) for mark in MARKS), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?P<before>{_MARK}|[A-Z]{{3}}(?=[\s\d]))?\s*(?P<number>\d{{1,3}}(?:[.,'\s]\d{{3}})+(?:[.,]\d{{1,2}})?|\d{{1,12}}(?:[.,]\d{{1,4}})?)"
    rf"\s*(?P<after>{_MARK}|[A-Z]{{3}})?"
)
_COUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,9})\+?\s+[^\W\d][\w ]{2,24}|(\d{1,9})\s*(?:件|人|個|枚)")
_DAYS = re.compile(
    r"(\d{1,4})\s*(?:days?|d[ií]as?|日|日間|weeks?|semanas?|months?|mes|meses|ヶ月|か月|years?|años?|年)", re.IGNORECASE
)
_PERCENT = re.compile(r"-?\s*(\d{1,3}(?:[.,]\d{1,2})?)\s*[%\uff05]")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_LONGEST_DATE: Final = 40
_LIKE_A_DATE = re.compile(
    r"\d{1,4}[/.\-年]\d{1,2}[/.\-月]\d{1,4}|\d{8}$|[A-Za-z]{3,9},? \w+|\d{1,2} [A-Za-z]{3,9} \d{4}"
)
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:$|[?#])", re.IGNORECASE)
_PRICED = re.compile(r"[$€£]\s?\d[\d.,]*\s+for\b|\([$€£]\s?\d[\d.,]*\s+value\)", re.IGNORECASE)
_FLAGS: Final = frozenset(
    {"0", "1", "2", "true", "false", "yes", "no", "y", "n", "x", "o", "si", "sí", "ja", "nein", "oui", "non", "t", "f"}
    | {"○", "\N{MULTIPLICATION SIGN}", "\N{IDEOGRAPHIC NUMBER ZERO}", "✓", "✗", "◯"}
)
_FORMATS: Final = (
    ("%Y/%m/%d", False),
    ("%Y/%m/%d %H:%M", True),
    ("%Y/%m/%d %H:%M:%S", True),
    ("%d.%m.%Y", False),
    ("%d.%m.%Y %H:%M", True),
    ("%d.%m.%y", False),
    ("%d/%m/%Y", False),
    ("%d/%m/%Y %H:%M", True),
    ("%m/%d/%Y", False),
    ("%m/%d/%Y %H:%M", True),
    ("%m/%d/%y", False),
    ("%d-%m-%Y", False),
    ("%Y%m%d", False),
    ("%b %d, %Y", False),
    ("%B %d, %Y", False),
    ("%d %b %Y", False),
    ("%d %B %Y", False),
    ("%Y年%m月%d日", False),
    ("%a, %d %b %Y %H:%M:%S %z", True),
)
"""Patterns of dates that are not ISO 8601, and whether they tell a time of day. Order decides where two fit alike."""


class Amount(msgspec.Struct, frozen=True):
    """A number as written, and the mark of money beside it."""

    number: str
    mark: str | None


def is_nothing(text: str | None) -> bool:
    """Whether a cell says nothing, in the ways in which exports do."""
    return text is None or text.strip().lower() in NOTHING


def amount(text: str) -> Amount | None:
    found = _AMOUNT.fullmatch(text.strip())
    return None if found is None else Amount(found["number"], found["before"] or found["after"])


def number(written: str, decimal: str) -> float | None:
    """The number of an Amount under a decimal mark; None where it cannot be written so."""
    bare = re.sub(r"['\s]", "", written)
    if decimal == ",":
        bare = bare.replace(",", "|").replace(".", ",").replace("|", ".")
    if not re.fullmatch(r"\d{1,15}(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?", bare):
        return None
    return float(bare.replace(",", ""))


def words(text: str) -> float:
    """How many words a text has; two letters of a script without spaces count as one."""
    return max(float(len(text.split())), len(_WIDE.findall(text)) / 2)


def percent(text: str) -> float | None:
    found = _PERCENT.fullmatch(text.strip())
    return None if found is None else float(found[1].replace(",", "."))


def count(text: str) -> int | None:
    """A count with its words, such as `20,195 Ratings`."""
    found = _COUNT.fullmatch(text.strip())
    return None if found is None else int((found[1] or found[2]).replace(",", ""))


def is_span(text: str) -> bool:
    """A length of time in words, such as `90 days`."""
    return _DAYS.fullmatch(text.strip()) is not None


def is_flag(text: str) -> bool:
    return text.strip().lower() in _FLAGS


def is_link(text: str) -> bool:
    try:
        check_url(text.strip())
    except Unusable:
        return False
    return True


def is_picture(text: str) -> bool:
    """Whether a link names a picture."""
    return _PICTURE.search(text) is not None


def priced_options(text: str) -> int:
    """How many priced choices a text seems to hold: `$24 for one session ($49 value)`."""
    return len(_PRICED.findall(text))


def date_formats(text: str) -> frozenset[str]:
    """The ways in which a text can be read as a date; `iso` is ISO 8601."""
    bare = text.strip()
    if len(bare) > _LONGEST_DATE or not _LIKE_A_DATE.match(bare):
        return frozenset()
    return frozenset(name for name in ("iso", *(pattern for pattern, _ in _FORMATS)) if instant(bare, name) is not None)


def instant(text: str, pattern: str) -> datetime | None:
    """A date by one of `date_formats`, UTC where it states no offset; None where it is none."""
    bare = text.strip()
    try:
        if pattern == "iso":
            if not _ISO.fullmatch(bare):
                return None
            read = datetime.fromisoformat(bare)
        else:
            read = datetime.strptime(bare, pattern)  # noqa: DTZ007 - dates are compared with one another only
    except ValueError:
        return None
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def tells_time(text: str, pattern: str) -> bool:
    """Whether a date states a time of day."""
    if pattern == "iso":
        return len(text.strip()) > len("2015-05-15")
    return next((timed for known, timed in _FORMATS if known == pattern), False)


FORMATS: Final = ("iso", *(pattern for pattern, _ in _FORMATS))
"""Every name that `date_formats` may give, the preferred first."""
