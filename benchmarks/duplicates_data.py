"""Deals to find duplicates among: invented ones, those of real feeds, and what another feed would make of them."""

import csv
import json
import lzma
import math
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from highstreet.demo.catalogue import shares, supply
from highstreet.demo.tables import cities
from highstreet.market.catalog.domain.deals import Precision
from highstreet.market.catalog.domain.likeness import Comparable
from highstreet.market.catalog.domain.places import Place
from highstreet.market.feeds.domain.deals import DealReader, StatedDeal
from highstreet.market.feeds.domain.shift import Shift
from highstreet.market.feeds.readers.feed import open_feed
from highstreet.market.feeds.usecases.mappings import load_mapping

_NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_SHARE_TWICE = 0.1
"""How many of the deals another feed has as well."""
_SHARE_SIBLINGS = 0.05
"""How many have a sibling that differs by a number, and how many one at another address."""
_TOWN_DEGREES = 0.05

_Row = tuple[str | None, str | None, str | None, str | None]
Truth = frozenset[tuple[int, int]]


def invented(number: int, seed: int, *, shifted_degrees: float = 0.0) -> list[Comparable]:
    """About so many deals of the demonstration's catalogue; `shifted_degrees` puts its cities somewhere else."""
    found: list[Comparable] = []
    wanted = shares(cities(), number)
    for position, city in enumerate(cities()):
        place = Place(
            id=UUID(int=position + 1),
            geoname_id=position,
            slug=city.name.lower(),
            name=city.name,
            region_code=city.region,
            country_code=city.country,
            latitude=city.districts[0][1],
            longitude=city.districts[0][2],
            population=city.people * 1000,
            time_zone="UTC",
            currency="USD" if city.country == "US" else "EUR",
        )
        made = supply(city, place, seed=seed, now=_NOW, wanted=wanted[city.name], present=0)
        merchants = {merchant.key: merchant for merchant in made.merchants}
        for deal in made.deals:
            merchant = merchants[deal.merchant]
            spots = [merchant.locations[number] for number in deal.locations]
            found.append(
                Comparable(
                    id=UUID(int=len(found) + 1),
                    title=deal.title,
                    merchant=merchant.draft.name,
                    currency=deal.currency,
                    price_minor=min(option.price_minor for option in deal.options),
                    points=tuple((spot.latitude, _turned(spot.longitude + shifted_degrees)) for spot in spots),
                    exact=True,
                )
            )
    return found


def _turned(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def real(folder: Path) -> dict[str, list[Comparable]]:
    """The feeds that have titles, by name, one deal a row. A town is a point of its own, wherever it may lie."""
    chicago = json.loads(lzma.decompress((folder / "livingsocial_chicago_2015" / "items.json.xz").read_bytes()))
    rows: dict[str, list[_Row]] = {
        "livingsocial_chicago": [(r["title"], None, r["location"], r["price"]) for r in chicago]
    }
    address = (folder / "livingsocial_sf" / "lsdata.sqlite").as_uri()
    with sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True) as connection:
        found = connection.execute("SELECT title, location, price FROM deals ORDER BY id")
        rows["livingsocial_sf"] = [(title, None, place, price) for title, place, price in found]
    with lzma.open(folder / "groupon_nyc" / "groupon_deals.csv.xz", "rt", encoding="utf-8") as text:
        rows["groupon_nyc"] = [
            (row["promotion_title"], row["merchant"], row["rel_location"], row["deal_features"].partition("$")[2][:6])
            for row in csv.DictReader(text)
        ]
    return {name: [*_deals(of_feed)] for name, of_feed in rows.items()}


def _deals(rows: Sequence[_Row]) -> Iterator[Comparable]:
    towns: dict[str, tuple[float, float]] = {}
    for number, (title, merchant, place, price) in enumerate(rows):
        town = " ".join((place or "").split()).casefold()
        if town:
            towns.setdefault(town, (40 + len(towns) % 30 * 0.01, -80 + len(towns) // 30 * 0.01))
        digits = "".join(each for each in (price or "").split(" ")[0].split(".")[0] if each.isdigit())
        if title and title.strip() and digits:
            yield Comparable(
                id=UUID(int=number + 1),
                title=title.strip(),
                merchant=merchant or None,
                currency="USD",
                price_minor=int(digits) * 100,
                points=(towns[town],) if town else (),
                exact=False,
            )


def ponpare(folder: Path) -> list[Comparable]:
    """The coupons of both files, as the mapping that ships reads them. Only the areas of their shops are known."""
    mapping, found = load_mapping("ponpare"), list[Comparable]()
    for name in ("coupon_list_train.csv.xz", "coupon_list_test.csv"):
        reader = DealReader(mapping, Shift(ZoneInfo(mapping.feed.time_zone)))
        with open_feed(folder / "ponpare" / name, mapping) as feed:
            stated = [deal for deal in reader.read_all(feed.rows()) if isinstance(deal, StatedDeal)]
        assert all(spot.precision is Precision.AREA for deal in stated for spot in deal.where.spots)
        found += [
            Comparable(
                id=UUID(int=len(found) + number),
                title=deal.title,
                merchant=deal.merchant,
                currency=deal.currency,
                price_minor=min(option.price_minor for option in deal.options),
                points=(),
                exact=False,
            )
            for number, deal in enumerate(stated, 1)
        ]
    return found


def in_towns(deals: Sequence[Comparable]) -> list[Comparable]:
    """The deals as a feed states them that names towns and no addresses: here a town is every few kilometres."""
    return [msgspec.structs.replace(deal, points=_towns(deal.points), exact=False) for deal in deals]


def _towns(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple(dict.fromkeys((_town(latitude), _town(longitude)) for latitude, longitude in points))


def _town(degrees: float) -> float:
    return round(round(degrees / _TOWN_DEGREES) * _TOWN_DEGREES, 6)


def with_siblings(deals: Sequence[Comparable], rng: Random) -> list[Comparable]:
    """The deals with others that are easily taken for them: of another number of something, or at another address."""
    number = round(len(deals) * _SHARE_SIBLINGS)
    chosen = rng.sample(range(len(deals)), 2 * number)
    found = list(deals)
    for at in chosen[:number]:
        form = rng.choice(_NUMBERED)
        one, other = rng.sample(form.numbers, 2)
        dearer = 1.0 if form.same_price else rng.uniform(1.0, 2.0)
        found[at] = _sibling(deals[at], deals[at].id, form.text.format(title=deals[at].title, number=one), 1.0)
        found.append(
            _sibling(deals[at], UUID(int=len(found) + 1), form.text.format(title=deals[at].title, number=other), dearer)
        )
    for at in chosen[number:]:
        if deals[at].points:
            found.append(_elsewhere(deals[at], UUID(int=len(found) + 1), rng))
    return found


def _sibling(deal: Comparable, own_id: UUID, title: str, dearer: float) -> Comparable:
    return msgspec.structs.replace(deal, id=own_id, title=title[:200], price_minor=round(deal.price_minor * dearer))


def _elsewhere(deal: Comparable, own_id: UUID, rng: Random) -> Comparable:
    """The same offer at another address of the merchant, 1.5 to 15 km away."""
    latitude, longitude = rng.choice(deal.points)
    degrees, angle = rng.uniform(1.5, 15) / 111, rng.uniform(0, math.tau)
    there = (
        latitude + degrees * math.sin(angle),
        longitude + degrees * math.cos(angle) / math.cos(math.radians(latitude)),
    )
    return msgspec.structs.replace(deal, id=own_id, points=(there,))


def with_twins(deals: Sequence[Comparable], rng: Random) -> tuple[list[Comparable], Truth]:
    """The deals, with a tenth of them once more as another feed would state them, and which belong together."""
    twice = rng.sample(range(len(deals)), round(len(deals) * _SHARE_TWICE))
    twins = [_restated(deals[number], UUID(int=len(deals) + at + 1), rng) for at, number in enumerate(twice)]
    return [*deals, *twins], frozenset((number, len(deals) + at) for at, number in enumerate(twice))


class _Form(NamedTuple):
    text: str
    numbers: Sequence[str]
    same_price: bool


_NUMBERED: Sequence[_Form] = (
    _Form("{title}, July {number}", [str(day) for day in range(1, 32)], same_price=True),
    _Form("{title} ({number} pm)", [str(hour) for hour in range(1, 12)], same_price=True),
    _Form("{number} Sessions: {title}", ["Two", "Three", "Four", "Five", "Six", "Ten"], same_price=False),
    _Form("{number}-Minute {title}", ["30", "45", "60", "75", "90", "120"], same_price=False),
    _Form("{title} for {number}", ["Two", "Three", "Four", "Six", "Eight"], same_price=False),
    _Form("{title}, {number}x{number} cm", ["20", "30", "40", "60"], same_price=False),
)


def _restated(deal: Comparable, own_id: UUID, rng: Random) -> Comparable:
    title = deal.title
    for change in rng.sample(_CHANGES, rng.choice((0, 1, 1, 2))):
        title = change(title, deal, rng)
    points, exact = _at(deal, rng)
    return msgspec.structs.replace(
        deal,
        id=own_id,
        title=title[:200],
        merchant=_renamed(deal.merchant, rng),
        price_minor=round(deal.price_minor * _priced(rng)),
        points=points,
        exact=exact,
    )


def _priced(rng: Random) -> float:
    return rng.choices((1, rng.uniform(0.9, 1.1), rng.uniform(0.7, 1.3)), (70, 20, 10))[0]


def _renamed(merchant: str | None, rng: Random) -> str | None:
    if merchant is None:
        return None
    return rng.choices(
        (merchant, None, f"{merchant} LLC", merchant.upper(), _mistyped(merchant, rng)), (40, 25, 12, 11, 12)
    )[0]


def _at(deal: Comparable, rng: Random) -> tuple[tuple[tuple[float, float], ...], bool]:
    """As stated, a little beside, only the town, or not at all; and whether these are addresses."""
    points = deal.points[: rng.choice((1, len(deal.points)))] if deal.points else ()
    if not points or rng.random() < 0.15:
        return (), True
    if not deal.exact:
        return (points, False) if rng.random() < 0.9 else (_beside(points, 2 * _TOWN_DEGREES, rng), False)
    way = rng.choice(("stated", "beside", "town"))
    if way == "town":
        return _towns(points), False
    return (points if way == "stated" else _beside(points, 0.001, rng)), True


def _beside(points: Sequence[tuple[float, float]], spread: float, rng: Random) -> tuple[tuple[float, float], ...]:
    return tuple(
        (latitude + rng.gauss(0, spread), longitude + rng.gauss(0, spread / math.cos(math.radians(latitude))))
        for latitude, longitude in points
    )


def _mistyped(text: str, rng: Random) -> str:
    at = rng.randrange(len(text))
    missing, swapped = text[:at] + text[at + 1 :], text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    return rng.choice((missing, text[:at] + rng.choice("aeinrst") + text[at:], swapped))


def _mistype(title: str, _deal: Comparable, rng: Random) -> str:
    return _mistyped(title, rng)


def _reorder(title: str, _deal: Comparable, rng: Random) -> str:
    words = title.split()
    at = rng.randrange(len(words))
    return " ".join([*words[at:], *words[:at]])


def _drop(title: str, _deal: Comparable, rng: Random) -> str:
    words = title.split()
    return " ".join(word for number, word in enumerate(words) if number != rng.randrange(len(words))) or title


def _rename(title: str, deal: Comparable, rng: Random) -> str:
    forms = [f"{title} (Up to {rng.choice((30, 40, 50, 60))}% Off)", f"Up to Half Off: {title}"]
    if deal.merchant:
        forms += [f"{title} at {deal.merchant}", f"{deal.merchant}: {title}"]
    return rng.choice(forms)


def _shorten(title: str, _deal: Comparable, rng: Random) -> str:
    return title if len(title) < 30 else title[: rng.randrange(24, len(title))].rpartition(" ")[0]


_CHANGES: tuple[Callable[[str, Comparable, Random], str], ...] = (_mistype, _reorder, _drop, _rename, _shorten)
