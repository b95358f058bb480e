"""The invented catalogue: how many deals each city has, and what they are.

It depends on nothing but the seed, the instant and how many deals a city has already: the same three, the same deals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from highstreet.demo.businesses import Town, found
from highstreet.demo.offers import offer_deal
from highstreet.demo.tables import City, tongue
from highstreet.market.catalog.domain.drafts import NewDeal, NewMerchant
from highstreet.market.catalog.domain.places import Place

SCHEDULED_SHARE = 0.03
"""How many of a city's deals have not started yet."""

_CROWDING = 0.72
"""The exponent with which a city's inhabitants become its share of the deals: big cities have more, not all."""
_DEALS_EACH = (1, 2, 3)
_DEALS_WEIGHTS = (45, 35, 20)


@dataclass(frozen=True, slots=True)
class Supply:
    """What a city gets: deals, and the merchants that they name."""

    merchants: list[NewMerchant]
    deals: list[NewDeal]


def shares(cities: Sequence[City], live: int) -> dict[str, int]:
    """How many deals each city is to have, started or not, so that `live` of them all run; keyed by the city's name."""
    weights = {city.name: city.people**_CROWDING for city in cities}
    wanted = live / (1 - SCHEDULED_SHARE)
    unit = wanted / sum(weights.values())
    exact = {name: weight * unit for name, weight in weights.items()}
    rounded = {name: int(share) for name, share in exact.items()}
    missing = round(wanted) - sum(rounded.values())
    for name in sorted(exact, key=lambda name: rounded[name] - exact[name])[:missing]:
        rounded[name] += 1
    return rounded


def supply(city: City, place: Place, *, seed: int, now: datetime, wanted: int, present: int) -> Supply:
    """The deals that a city lacks at `now`, of `wanted` ones when `present` are there."""
    today = now.astimezone(ZoneInfo(place.time_zone)).date()
    rng = Random(f"{seed} {place.slug} {today} {present}")
    town = Town(city, place, tongue(city.language))
    missing = max(wanted - present, 0)
    found_here = Supply([], [])
    while len(found_here.deals) < missing:
        business = found(town, str(len(found_here.merchants)), rng)
        offers = rng.choices(_DEALS_EACH, _DEALS_WEIGHTS)[0]
        for offer in rng.sample(business.trade.offer, min(offers, len(business.trade.offer))):
            later = rng.random() < SCHEDULED_SHARE
            found_here.deals.append(offer_deal(business, offer, town, today, later=later, rng=rng))
        found_here.merchants.append(business.merchant)
    del found_here.deals[missing:]
    return found_here
