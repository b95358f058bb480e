"""The languages of the pages: translations from gettext catalogues, amounts and dates as each language writes them.

English is the language of the source text and has no catalogue and no prefix in its addresses; every other language has
`locales/<code>/LC_MESSAGES/highstreet.po`, read once at start.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date as date_of_calendar
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import Translations
from babel.units import format_unit

from highstreet.kit.money import minor_digits

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "highstreet"

_MILE_COUNTRIES = frozenset({"US", "GB", "LR", "MM"})
_KM_PER_MILE = 1.609344


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language that pages are served in. `prefix` goes before every path: empty for the default."""

    code: str
    name: str
    """In the language itself, as a switch shows it."""
    prefix: str
    locale: Locale
    translations: NullTranslations

    @property
    def translate(self) -> Callable[[str], str]:
        return self.translations.gettext

    def localized(self, path: str) -> str:
        """The address in this language of a path without prefix."""
        return self.prefix or "/" if path == "/" else self.prefix + path


def po_file(code: str) -> Path:
    return LOCALES / code / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def languages() -> tuple[Language, ...]:
    """Every language, the default first."""
    return (
        Language("en", "English", "", Locale("en", "US"), NullTranslations()),
        Language("es", "Español", "/es", Locale("es"), _translations("es")),
    )


def by_path(path: str) -> tuple[Language, str]:
    """The language that a path is in, and the path without its prefix (`/es/search` is Spanish, `/search`)."""
    default, *others = languages()
    for language in others:
        if path == language.prefix or path.startswith(f"{language.prefix}/"):
            return language, path.removeprefix(language.prefix) or "/"
    return default, path


def _translations(code: str) -> NullTranslations:
    with po_file(code).open("rb") as source:
        catalogue = read_po(source, locale=code, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


@lru_cache(maxsize=8192)
def money(language: Language, minor: int, currency: str) -> str:
    """An amount of minor units; whole amounts are written without decimals."""
    digits = minor_digits(currency)
    amount = Decimal(minor).scaleb(-digits)
    if digits and minor % 10**digits == 0:
        pattern = language.locale.currency_formats["standard"].pattern.replace("0.00", "0")
        return format_currency(amount, currency, format=pattern, locale=language.locale, currency_digits=False)
    return format_currency(amount, currency, locale=language.locale)


@lru_cache(maxsize=2048)
def number(language: Language, value: int) -> str:
    return format_decimal(value, locale=language.locale)


@lru_cache(maxsize=128)
def percent(language: Language, value: int) -> str:
    """`value` is in hundredths: 35 is 35 %."""
    return format_percent(Decimal(value) / 100, locale=language.locale)


def date(language: Language, at: datetime, time_zone: str | None = None) -> str:
    """The calendar day of an instant where `time_zone` is (None: in UTC), with its year."""
    return _day(language, at.astimezone(ZoneInfo(time_zone or "UTC")).date().toordinal())


def day(language: Language, on: date_of_calendar) -> str:
    """A calendar day that belongs to no place."""
    return _day(language, on.toordinal())


def last_day(language: Language, until: datetime, time_zone: str | None = None) -> str:
    """The last calendar day before an end, which itself is outside: an end at midnight is the day before."""
    return date(language, until - timedelta(microseconds=1), time_zone)


@lru_cache(maxsize=2048)
def _day(language: Language, ordinal: int) -> str:
    return format_date(datetime.fromordinal(ordinal).date(), format="medium", locale=language.locale)


def short_date(language: Language, at: datetime, time_zone: str | None = None) -> str:
    """Like `date` without the year, for days that are near."""
    day = at.astimezone(ZoneInfo(time_zone or "UTC")).replace(tzinfo=None)
    return format_skeleton("MMMd", day, locale=language.locale)


@cache
def weekday_names(language: Language) -> tuple[str, ...]:
    """From Monday on, as the language writes them where they stand alone."""
    names = language.locale.days["stand-alone"]["wide"]
    return tuple(names[day] for day in range(7))


def country_names(language: Language) -> Mapping[str, str]:
    """Countries in the language by their codes, among names of continents and other areas."""
    return cast("Mapping[str, str]", language.locale.territories)


def country_name(language: Language, code: str) -> str | None:
    """A country in the language; None for a code that the language has no name for."""
    return country_names(language).get(code)


def distance_unit(country_code: str | None) -> str:
    """`mile` where roads are signed in miles, else `kilometer`."""
    return "mile" if country_code in _MILE_COUNTRIES else "kilometer"


def to_km(length: float, unit: str) -> float:
    return length * _KM_PER_MILE if unit == "mile" else length


def distance(language: Language, length_km: float, unit: str) -> str:
    """A distance in `unit`, to a tenth below ten and whole above."""
    length = length_km / _KM_PER_MILE if unit == "mile" else length_km
    return length_in(language, round(length, 1) if length < 9.95 else round(length), unit)


@lru_cache(maxsize=2048)
def length_in(language: Language, length: float, unit: str) -> str:
    """A length that is already in `unit`, written short: `5 km`, `5 mi`."""
    return format_unit(length, f"length-{unit}", length="short", locale=language.locale)


def clock(language: Language, at: time) -> str:
    """A time of day as the language writes it: `6:30 PM`, `18:30`."""
    return format_time(at, format="short", locale=language.locale)
