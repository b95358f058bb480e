"""From what chance decided to deals as search takes them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from benchmarks.searching.drawing import IN_DIVISION, LEAVES, Draws
from benchmarks.searching.geography import City, World
from benchmarks.searching.vocabulary import vocabulary
from highstreet.market.catalog.domain.deals import (
    DealPoint,
    DealState,
    Option,
    Precision,
    PublishedDeal,
    Reach,
    ValueEvidence,
)
from highstreet.market.catalog.domain.fine_print import BookingNeeded, Days, Rule

_REACHES = (Reach.LOCATIONS, Reach.DIVISION, Reach.ONLINE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_TITLE = 200
_WEEKDAYS = ((1, 2, 3, 4, 5), (1, 2, 3, 4), (6, 7), (2, 3, 4), (5, 6, 7))
_ON_DAYS, _BOOKED, _WITHIN_SPAN, _CAPPED = 15, 30, 40, 50
"""Up to these `conditions`: on some weekdays only, to be booked, to be used within a span of days, in short supply."""
_COLUMNS = (
    *("id_high", "id_low", "starts_us", "ends_us", "prices", "percents", "sold", "kinds"),
    *("conditions", "merchants", "merchant_days", "option_counts"),
)
_LEFT = (5, 50, 500)
_SPAN = (timedelta(days=3), timedelta(days=90))
_OPTION_SHIFT, _MERCHANT_SHIFT = 48, 1 << 80
"""What is added to an id to make those of a deal's options, and to a number to make a merchant's."""


def assemble(draws: Draws, places: World, at: datetime) -> list[PublishedDeal]:
    """The deals, in their order."""
    languages: list[bool] = draws.spanish.tolist()
    titles = [_short(each) for each in _texts(draws.titles, draws.title_ends, languages)]
    descriptions = _texts(draws.descriptions, draws.description_ends, languages)
    merchants = _merchant_names(draws)
    option_titles = _rows(draws.option_words)
    points = _points(draws, places)
    point_ends: list[int] = draws.points.ends.tolist()
    divisions: list[int] = places.division_of[draws.homes].tolist()
    categories: list[int] = draws.categories.tolist()
    homes: list[int] = draws.homes.tolist()
    columns: list[list[int]] = [getattr(draws, name).tolist() for name in _COLUMNS]
    deals: list[PublishedDeal] = []
    first = 0
    for row, values in enumerate(zip(*columns, strict=True)):
        high, low, starts_us, ends_us, price, percent, sold, kind, condition, merchant, days, options = values
        starts_at = _EPOCH + timedelta(microseconds=starts_us)
        number = high << 64 | low
        title = titles[row]
        deals.append(
            PublishedDeal(
                id=UUID(int=number),
                slug=f"{title[:40].strip().lower().replace(' ', '-')}-{low & 0xFFFFFF:06x}",
                state=DealState.LIVE,
                title=title,
                description=descriptions[row],
                language="es" if languages[row] else "en",
                currency=places.cities[homes[row]].record.currency,
                merchant_id=UUID(int=_MERCHANT_SHIFT | merchant),
                merchant_slug=f"m{merchant:x}",
                merchant_name=merchants[row],
                category_slug=LEAVES[categories[row]],
                division_slug=places.divisions[divisions[row]].slug if kind == IN_DIVISION else None,
                reach=_REACHES[kind],
                points=tuple(points[first : point_ends[row]]),
                options=_options(
                    number, options, option_titles[row], price, percent, _limits(condition, starts_at, sold // options)
                ),
                fine_print=_fine_print(condition),
                starts_at=starts_at,
                ends_at=_EPOCH + timedelta(microseconds=ends_us) if ends_us else None,
                sold=sold,
                source=None,
                invented=False,
                changed_at=starts_at,
                merchant_since=at - timedelta(days=days),
            )
        )
        first = point_ends[row]
    return deals


def _short(title: str) -> str:
    """As many words of a title as the catalogue takes."""
    return title if len(title) <= _MOST_TITLE else title[:_MOST_TITLE].rpartition(" ")[0]


def _texts(ranks: NDArray[np.int64], ends: NDArray[np.int64], spanish: Sequence[bool]) -> list[str]:
    words = vocabulary().words
    english: list[str] = words["en"][ranks].tolist()
    other = words["es"]
    found: list[str] = []
    first = 0
    for end, is_spanish in zip(ends.tolist(), spanish, strict=True):
        chosen = other[ranks[first:end]].tolist() if is_spanish else english[first:end]
        found.append(" ".join(chosen).capitalize())
        first = end
    return found


def _rows(ranks: NDArray[np.int64]) -> list[str]:
    rows: list[list[str]] = vocabulary().words["en"][ranks].tolist()
    return [" ".join(row) for row in rows]


def _merchant_names(draws: Draws) -> list[str]:
    rows: list[list[str]] = vocabulary().words["en"][draws.merchant_words].tolist()
    return [" ".join(row[:length]).title() for row, length in zip(rows, draws.merchant_lengths.tolist(), strict=True)]


def _points(draws: Draws, places: World) -> list[DealPoint]:
    drawn = draws.points
    counts = np.diff(drawn.ends, prepend=0)
    merchants: list[int] = np.repeat(draws.merchants, counts).tolist()
    columns: Iterator[tuple[int, int, float, float, bool]] = zip(
        merchants,
        drawn.cities.tolist(),
        drawn.latitudes.tolist(),
        drawn.longitudes.tolist(),
        drawn.exact.tolist(),
        strict=True,
    )
    return [
        _address(places.cities[city], latitude, longitude, merchant) if exact else _town(places.cities[city])
        for merchant, city, latitude, longitude, exact in columns
    ]


def _address(city: City, latitude: float, longitude: float, merchant: int) -> DealPoint:
    house = 1 + (merchant + int(latitude * 1e6)) % 900
    return DealPoint(
        latitude=latitude,
        longitude=longitude,
        precision=Precision.ADDRESS,
        place_id=city.id,
        place_slug=city.slug,
        place_name=city.record.name,
        time_zone=city.record.time_zone,
        location_id=UUID(int=(merchant << 32 | int((latitude + longitude) * 1e6) & 0xFFFFFFFF) | 1 << 120),
        address=f"{house} High Street",
    )


def _town(city: City) -> DealPoint:
    return DealPoint(
        latitude=city.record.latitude,
        longitude=city.record.longitude,
        precision=Precision.TOWN,
        place_id=city.id,
        place_slug=city.slug,
        place_name=city.record.name,
        time_zone=city.record.time_zone,
    )


def _limits(condition: int, starts_at: datetime, sold: int) -> dict[str, Any]:
    """Of each option: from when until when a voucher may be used, or how many there are."""
    if _BOOKED <= condition < _WITHIN_SPAN:
        return {"redeem_from": starts_at + _SPAN[0], "redeem_until": starts_at + _SPAN[1]}
    return {"cap": sold + _LEFT[condition % len(_LEFT)]} if _WITHIN_SPAN <= condition < _CAPPED else {}


def _options(
    number: int, count: int, title: str, price: int, percent: int, limits: dict[str, Any]
) -> tuple[Option, ...]:
    """Each one more of the same, each a little dearer than the one before it."""
    return tuple(
        Option(
            id=UUID(int=number ^ position + 1 << _OPTION_SHIFT),
            position=position,
            title=title if not position else f"{title} {position + 1}",
            price_minor=price * (2 + position) // 2,
            value_minor=price * (2 + position) * 50 // (100 - percent) if percent else None,
            value_evidence=ValueEvidence.MERCHANT_STATED if percent else None,
            **limits,
        )
        for position in range(count)
    )


def _fine_print(condition: int) -> tuple[Rule, ...]:
    if condition < _ON_DAYS:
        return (Days(_WEEKDAYS[condition % len(_WEEKDAYS)]),)
    if condition < _BOOKED:
        return (BookingNeeded(24),)
    return ()
