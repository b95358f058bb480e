"""Money is a whole number of minor units with an ISO 4217 code; it is never a float."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import msgspec
from babel.numbers import get_currency_precision, list_currencies

from highstreet.kit.errors import InvalidInput

MAX_MINOR = 10**15
"""The largest amount accepted, in minor units: far above any deal, far below what a 64-bit column holds."""

_CODES = frozenset(list_currencies())


class Money(msgspec.Struct, frozen=True, order=True):
    """`minor` units (cents, or whole yen) of `currency`."""

    currency: str
    minor: int

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise InvalidInput.at("currency", f"{self.currency!r} is not an ISO 4217 currency code")
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise InvalidInput.at("amount", f"{self.minor} minor units is outside what an amount may be")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.currency, self.minor + self._same(other))

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.currency, self.minor - self._same(other))

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise InvalidInput.at("currency", f"{other.currency} cannot be mixed with {self.currency}")
        return other.minor


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code, of today or of the past."""
    return code in _CODES


@lru_cache
def minor_digits(currency: str) -> int:
    """How many decimal digits the currency's minor unit has: 2 for USD, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def parse_minor(text: str, currency: str) -> int:
    """Read a plain decimal such as `1,234.50` as minor units of `currency`.

    Raises InvalidInput for anything else: signs, words, exponents, more decimals than the currency has, or more than
    MAX_MINOR.
    """
    plain = text.strip().replace(",", "")
    try:
        if not re.fullmatch(r"\d{1,16}(\.\d{1,9})?", plain, re.ASCII):
            raise InvalidOperation
        scaled = Decimal(plain).scaleb(minor_digits(currency))
    except InvalidOperation:
        raise InvalidInput.at("amount", f"{text!r} is not an amount of money") from None
    if scaled != scaled.to_integral_value():
        raise InvalidInput.at("amount", f"{text!r} has more decimals than {currency} has")
    if scaled > MAX_MINOR:
        raise InvalidInput.at("amount", f"{text!r} is more than an amount may be")
    return int(scaled)


def discount_percent(price_minor: int, value_minor: int | None) -> int | None:
    """Whole percent below the stated value, rounded down so that it never promises too much; None without a value."""
    if value_minor is None or value_minor <= price_minor:
        return None
    return (value_minor - price_minor) * 100 // value_minor
