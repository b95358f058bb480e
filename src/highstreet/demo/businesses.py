"""Invents businesses: a name, a trade, and where in the city they are."""

import math
import re
from dataclasses import dataclass
from random import Random

from highstreet.demo.grammar import Lexicon
from highstreet.demo.opening import opening_hours
from highstreet.demo.prices import Market
from highstreet.demo.tables import City, District, Tongue, Trade
from highstreet.market.catalog.domain.drafts import NewMerchant
from highstreet.market.catalog.domain.merchants import LocationDraft, MerchantDraft
from highstreet.market.catalog.domain.places import Place

KM_PER_DEGREE = 111.2

_LOCATIONS = (1, 2, 3, 4)
_LOCATION_WEIGHTS = (72, 17, 8, 3)
_DISTRICT_FALLOFF = 0.1
"""How much less each next district of a city's list has of its businesses than the one before."""

_ATTEMPTS = 40
"""How often a name that is taken is drawn anew; a city that has so many takes one for the second time."""
_PLAIN_ATTEMPTS = 12
"""How often before the district is put behind it."""

_DIRECTION = re.compile(r"^[NSEW]{1,2} (?=\D)|^[NSEW]{1,2} (?=\d+\w\w )")
_STREET_KIND = re.compile(r" (St|Ave|Avenue|Blvd|Rd|Dr|Ln|Pike|Hwy|Street|Road|Lane|Way)( [NSEW]{1,2})?$")
_NUMBERED = re.compile(r"^\d")


@dataclass(frozen=True, slots=True)
class Business:
    """A merchant and what its deals need to know of it. `level` is how expensive it is, from 0 to 1."""

    merchant: NewMerchant
    trade: Trade
    words: Lexicon
    about: str
    level: float
    ending: str
    """How its prices end: whole, nine or cents."""


class Town:
    """A city with what is drawn from it again and again, and the names that are taken in it."""

    def __init__(self, city: City, place: Place, tongue: Tongue) -> None:
        self.city = city
        self.place = place
        self.tongue = tongue
        self.market = Market(place.currency, city.costs, city.language)
        self.name = city.local or city.name
        self.names: set[str] = set()
        self.titles: set[str] = set()
        self._trade_weights = [trade.weight for trade in tongue.trades]
        self._district_weights = [1 / (1 + _DISTRICT_FALLOFF * rank) for rank in range(len(city.districts))]

    def trade(self, rng: Random) -> Trade:
        return rng.choices(self.tongue.trades, self._trade_weights)[0]

    def districts(self, count: int, rng: Random) -> list[District]:
        """So many different districts, the first ones of the list more often."""
        chosen: dict[str, District] = {}
        while len(chosen) < min(count, len(self.city.districts)):
            district = rng.choices(self.city.districts, self._district_weights)[0]
            chosen.setdefault(district[0], district)
        return list(chosen.values())


def found(town: Town, key: str, rng: Random) -> Business:
    """A new business in a town, with a name that nobody there has yet unless the town is full."""
    trade = town.trade(rng)
    districts = town.districts(rng.choices(_LOCATIONS, _LOCATION_WEIGHTS)[0], rng)
    streets = [rng.choice(town.city.streets) for _ in districts]
    district = districts[0][0]
    words = Lexicon(
        rng,
        {"first": town.tongue.first, **trade.words},
        {
            "city": town.name,
            "district": district,
            "bare_district": re.sub(r"^(the|The|el|El|la|La) ", "", district),
            "street": streets[0],
            "street_name": _street_name(streets[0]),
        },
    )
    name = _free_name(town, trade, words)
    hours = opening_hours(trade.opening, rng)
    return Business(
        merchant=NewMerchant(
            key=key,
            draft=MerchantDraft(name=name),
            locations=tuple(
                LocationDraft(
                    name=f"{name}, {where[0]}" if len(districts) > 1 else None,
                    address=town.city.address.format(number=_number(rng), street=street),
                    place_id=town.place.id,
                    opening_hours=hours,
                    **_scattered(where, town.city.spread_km, rng),
                )
                for where, street in zip(districts, streets, strict=True)
            ),
        ),
        trade=trade,
        words=words,
        about=say(town, words, rng.choice(trade.about)),
        level=rng.betavariate(2, 2.4),
        ending=rng.choices(("whole", "nine", "cents"), (60, 25, 15))[0],
    )


def say(town: Town, words: Lexicon, phrase: str) -> str:
    return words.say_english(phrase) if town.city.language == "en" else words.say(phrase)


def _free_name(town: Town, trade: Trade, words: Lexicon) -> str:
    name = ""
    for attempt in range(_ATTEMPTS):
        name = words.say(words.rng.choice(trade.names))
        if attempt >= _PLAIN_ATTEMPTS and words["bare_district"] not in name:
            name = f"{name} {words['bare_district']}"
        if name not in town.names:
            town.names.add(name)
            return name
        words.renew(("first", *trade.words))
    return name


def _street_name(street: str) -> str:
    """`N Milwaukee Ave` as people say it: Milwaukee; a street with a number stays a street."""
    bare = _DIRECTION.sub("", street)
    short = _STREET_KIND.sub("", bare)
    return f"{short} Street" if _NUMBERED.match(short) else short


def _number(rng: Random) -> int:
    return round(math.exp(rng.uniform(math.log(11), math.log(3200))))


def _scattered(where: District, spread_km: float, rng: Random) -> dict[str, float]:
    """A point near a district's middle: half of them within two thirds of the spread, none beyond twice the spread."""
    _, latitude, longitude = where
    distance_km = min(abs(rng.gauss(0, spread_km * 0.9)), spread_km * 2)
    bearing = rng.uniform(0, math.tau)
    north, east = distance_km * math.cos(bearing), distance_km * math.sin(bearing)
    return {
        "latitude": round(latitude + north / KM_PER_DEGREE, 6),
        "longitude": round(longitude + east / (KM_PER_DEGREE * math.cos(math.radians(latitude))), 6),
    }
