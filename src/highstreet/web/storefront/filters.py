"""What a visitor narrows a list by, as it stands in the address of a page."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from highstreet.discovery.search import service as search
from highstreet.discovery.search.domain import MAX_TEXT
from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.market.catalog.domain.places import Place
from highstreet.web import i18n

T = TypeVar("T")

PAGE_SIZE = 24
SORTS = tuple(sort for sort in search.Sort if sort is not search.Sort.POPULAR)
"""The orders that pages offer. Popularity is left out while nothing can be bought."""

RADII = {"kilometer": (2, 5, 10, 25, 50, 100), "mile": (1, 3, 5, 15, 30, 60)}
DEFAULT_RADIUS = {"kilometer": 25, "mile": 15}


class Ends(StrEnum):
    """How soon a deal ends, in days after today."""

    WEEK = "week"
    MONTH = "month"

    def latest(self, at: datetime, time_zone: str) -> datetime:
        """The end of the last day, by the clocks of `time_zone`: the same all day long, so that a cursor stays good."""
        today = at.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (today + timedelta(days=8 if self is Ends.WEEK else 31)).astimezone(UTC)


TODAY = "today"
"""In place of a weekday: the day that it is where the deal is."""


class Filters(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One choice for each filter; None where the visitor made none."""

    text: str = ""
    radius: int | None = None
    """In the unit of the place's country, one of RADII."""
    price: tuple[int, int | None] | None = None
    """Minor units, both ends included; an upper end of None is open."""
    min_discount: int | None = None
    ends: Ends | None = None
    usable: str | None = None
    """The ISO number of a weekday, or TODAY."""
    new_merchant: bool = False
    sort: search.Sort = search.Sort.RELEVANCE
    cursor: str | None = None

    @cached_property
    def params(self) -> dict[str, str]:
        """The choices as the parameters of an address, without the ones not made and without the page reached."""
        found = {
            "q": self.text,
            "radius": str(self.radius or ""),
            "price": price_param(self.price) if self.price else "",
            "discount": str(self.min_discount or ""),
            "ends": self.ends or "",
            "usable": self.usable or "",
            "new": "1" if self.new_merchant else "",
            "sort": "" if self.sort is search.Sort.RELEVANCE else self.sort,
        }
        return {name: str(value) for name, value in found.items() if value}

    def without(self, *names: str) -> dict[str, str]:
        return {name: value for name, value in self.params.items() if name not in names}


_RADII = {unit: {str(radius): radius for radius in radii} for unit, radii in RADII.items()}
_ENDS = {str(ends): ends for ends in Ends}
_SORTS = {str(sort): sort for sort in search.Sort}
_USABLE = {usable: usable for usable in (TODAY, *map(str, range(1, 8)))}
_NEW = {"1": True}
_DISCOUNTS = {str(percent): percent for percent in range(1, 101)}
"""What a filter may say in an address, and what that means."""


def price_param(band: tuple[int, int | None]) -> str:
    low, high = band
    return f"{low}-{'' if high is None else high}"


def read_filters(params: Mapping[str, str], unit: str) -> Filters:
    """The filters that an address asks for; `unit` is `mile` or `kilometer`.

    Raises InvalidInput, naming every field that cannot be used.
    """
    problems: list[FieldProblem] = []

    def one_of(name: str, allowed: Mapping[str, T]) -> T | None:
        given = params.get(name, "").strip()
        if given and given not in allowed:
            problems.append(FieldProblem(name, f"{given[:40]!r} is none of: {', '.join(allowed)}"))
        return allowed.get(given)

    radius = one_of("radius", _RADII[unit])
    ends = one_of("ends", _ENDS)
    sort = one_of("sort", _SORTS)
    discount = one_of("discount", _DISCOUNTS)
    usable = one_of("usable", _USABLE)
    new_merchant = one_of("new", _NEW) or False
    text = " ".join(params.get("q", "").split())
    if len(text) > MAX_TEXT:
        problems.append(FieldProblem("q", f"at most {MAX_TEXT} characters"))
    price = _read_price(params.get("price", "").strip(), problems)
    if problems:
        raise InvalidInput(tuple(problems))
    return Filters(
        text=text,
        radius=radius,
        price=price,
        min_discount=discount,
        ends=ends,
        usable=usable,
        new_merchant=new_merchant,
        sort=sort or search.Sort.RELEVANCE,
        cursor=params.get("cursor") or None,
    )


def _read_price(given: str, problems: list[FieldProblem]) -> tuple[int, int | None] | None:
    if not given:
        return None
    low, dash, high = given.partition("-")
    if not dash or not _is_minor(low) or not (high == "" or _is_minor(high)):
        problems.append(FieldProblem("price", "a range of minor units, such as 2000-4999"))
        return None
    return int(low), int(high) if high else None


def _is_minor(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


def search_query(
    filters: Filters, at: datetime, place: Place | None, category: str | None, point: search.Point | None = None
) -> search.SearchQuery:
    """What to ask search for one page of the list, around `point` or else around the place itself.

    Raises InvalidInput where the filters contradict the place.
    """
    low, high = filters.price or (None, None)
    unit = i18n.distance_unit(place.country_code if place else None)
    return search.SearchQuery(
        at=at,
        text=filters.text,
        centre=point or (search.Point(place.latitude, place.longitude) if place else None),
        radius_km=i18n.to_km(filters.radius or DEFAULT_RADIUS[unit], unit),
        category=category,
        min_price_minor=low,
        max_price_minor=high,
        currency=place.currency if place else None,
        min_discount=filters.min_discount,
        ends_before=filters.ends.latest(at, place.time_zone if place else "UTC") if filters.ends else None,
        days=(int(filters.usable),) if filters.usable and filters.usable != TODAY else (),
        usable_today=filters.usable == TODAY,
        new_merchant=filters.new_merchant,
        sort=filters.sort,
        limit=PAGE_SIZE,
        cursor=filters.cursor,
    )
