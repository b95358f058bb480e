"""Transforms that read numbers: money, currencies, counts and durations."""

import re
from functools import lru_cache

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import is_currency, parse_minor
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.steps import Settings

MAX_COUNT = 2_000_000_000
"""The largest count of anything: what a database integer holds."""

_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "TWD", "CLP", "COP", "ARS"})
_SYMBOLS: dict[str, frozenset[str]] = {
    "$": _DOLLARS,
    "\N{FULLWIDTH DOLLAR SIGN}": _DOLLARS,
    "US$": frozenset({"USD"}),
    "C$": frozenset({"CAD"}),
    "CA$": frozenset({"CAD"}),
    "A$": frozenset({"AUD"}),
    "AU$": frozenset({"AUD"}),
    "NZ$": frozenset({"NZD"}),
    "HK$": frozenset({"HKD"}),
    "S$": frozenset({"SGD"}),
    "MX$": frozenset({"MXN"}),
    "R$": frozenset({"BRL"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "￥": frozenset({"JPY", "CNY"}),
    "円": frozenset({"JPY"}),
    "元": frozenset({"CNY"}),
    "₩": frozenset({"KRW"}),
    "₹": frozenset({"INR"}),
}
"""Which currencies a sign may stand for."""

_AMOUNTS = {
    ".": r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d+)?",
    ",": r"(?:\d{1,3}(?:\.\d{3}){1,4}|\d{1,15})(?:,\d+)?",
}


@lru_cache
def marks_of(currency: str) -> tuple[str, ...]:
    """How amounts in `currency` may be marked, the longest mark first."""
    signs = [sign for sign, codes in _SYMBOLS.items() if currency in codes]
    return tuple(sorted([currency, *signs], key=len, reverse=True))


def amount_pattern(decimal: str) -> str:
    """A pattern of a plain amount with `decimal` as its mark."""
    return _AMOUNTS[decimal]


def minor(plain: str, settings: Settings) -> int:
    """A plain amount in minor units. Raises Unusable."""
    if not re.fullmatch(_AMOUNTS[settings.decimal], plain, re.ASCII):
        raise Unusable(f"is not an amount in {settings.currency}")
    if settings.decimal == ",":
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return parse_minor(plain, settings.currency)
    except InvalidInput as problem:
        raise Unusable(problem.problems[0].message) from None


def money(text: str, settings: Settings) -> int:
    """Read an amount in the row's currency: `99`, `1,299.00`, `$1,299.00`, `1299 USD`, `2,690円`.

    Words, signs, ranges, another currency's symbol and more decimals than the currency has are refused. With
    `decimal = ","` the comma is the decimal mark and the full stop groups thousands.
    """
    return minor(_without_currency(text.strip(), settings.currency), settings)


def _without_currency(text: str, currency: str) -> str:
    for mark in marks_of(currency):
        if text.startswith(mark):
            return text.removeprefix(mark).lstrip()
        if text.endswith(mark):
            return text.removesuffix(mark).rstrip()
    return text


def currency_code(text: str, settings: Settings) -> str:
    """Read a currency by its code or sign: `cad`, `C$`, `US$`, `€`, `£`, `円`.

    A sign that several currencies share (`$`, `¥`) is the feed's own, and is refused where the feed's is none of them.
    """
    stated = text.strip()
    if is_currency(stated.upper()):
        return stated.upper()
    codes = _SYMBOLS.get(stated.upper(), frozenset[str]())
    if settings.currency in codes:
        return settings.currency
    if len(codes) == 1:
        return next(iter(codes))
    raise Unusable("may be one of several currencies" if codes else "is not a currency")


def count(text: str, settings: Settings) -> int:
    """Read a whole number, with or without the words after it: `20,195`, `20,195 Ratings`, `12人`.

    Fractions, ranges and limits (`500+`, `1.5k`) are refused. With `decimal = ","` the full stop groups thousands.
    """
    group = "," if settings.decimal == "." else r"\."
    found = re.fullmatch(
        rf"(\d{{1,3}}(?:{group}\d{{3}}){{1,3}}|\d{{1,12}})(?:\s*[^\W\d][^\d+]*|\s*\([^\d]*\))?", text.strip(), re.DOTALL
    )
    if found is None or re.search(r"\d[kKmM]\b", text):
        raise Unusable("is not a whole number")
    number = int(found.group(1).replace(group[-1], ""))
    if number > MAX_COUNT:
        raise Unusable("is more than can be counted")
    return number


_DAYS = {
    1: ("d", "day", "days", "día", "días", "dia", "dias", "日", "日間"),
    7: ("week", "weeks", "semana", "semanas", "週", "週間"),
    30: ("month", "months", "mes", "meses", "ヶ月", "ヵ月", "か月", "カ月", "ケ月", "ヶ月間", "か月間", "カ月間"),
    365: ("year", "years", "año", "años", "年", "年間"),
}
_UNITS = {unit: days for days, units in _DAYS.items() for unit in units}


def days(text: str, _: Settings) -> int:
    """Read a duration in days: `151`, `90 days`, `3 months`, `6ヶ月`. A month counts as 30 days and a year as 365."""
    found = re.fullmatch(r"(\d{1,5})\s*([^\W\d]*)", text.strip())
    factor = _UNITS.get(found.group(2).lower() or "days") if found else None
    if found is None or factor is None:
        raise Unusable("is not a duration such as `90 days`")
    return int(found.group(1)) * factor
