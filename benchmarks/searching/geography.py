"""Where the deals of the benchmark are: real cities, as many as the deals are enough for.

The density is the same whatever the number of deals: a larger catalogue covers more regions, as a marketplace that
grows does. So a question about one town has the same neighbourhood in 10,000 deals and in 5,000,000.
"""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from highstreet.market.catalog.domain.places import Division, PlaceRecord
from highstreet.market.catalog.repository.gazetteer import open_places

DEALS_PER_PERSON = 0.0025
"""So that a million deals cover some 400 million people, and New York has more than 50,000 within 25 km."""

_FIRST_STATES = ("OR", "CO", "NY", "NJ")
_FIRST_COUNTRIES = ("US", "CA", "GB", "IE", "AU", "NZ", "DE", "FR", "ES", "IT", "MX")
_OF_DIVISION = 250_000
_DIVISION_KM = 40.0
_KM_PER_DEGREE = 111.195


@dataclass(frozen=True, slots=True)
class City:
    """A place with the id that the benchmark gives it."""

    id: UUID
    slug: str
    record: PlaceRecord


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """The cities that have deals, with the chance of each; `countries` numbers them, so that a chain stays in one."""

    cities: tuple[City, ...]
    chances: NDArray[np.float64]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    sigmas_km: NDArray[np.float64]
    """How far around its centre a city's deals are spread."""
    country_starts: NDArray[np.int64]
    """By city, the first city of its country; cities of one country stand together."""
    country_ends: NDArray[np.int64]
    divisions: tuple[Division, ...]
    division_of: NDArray[np.int64]
    """By city, the division whose centre is nearest; whether it reaches that far or not."""


@cache
def world(number: int) -> World:
    """What `number` deals cover."""
    records = _covered(number / DEALS_PER_PERSON)
    cities = tuple(City(UUID(int=record.geoname_id), record.slug(), record) for record in records)
    people = np.array([record.population for record in records], dtype=np.float64)
    latitudes = np.array([record.latitude for record in records])
    longitudes = np.array([record.longitude for record in records])
    countries = np.unique([record.country_code for record in records], return_inverse=True)[1]
    changes = np.flatnonzero(np.diff(countries)) + 1
    bounds = np.concatenate(([0], changes, [len(records)]))
    lengths = np.diff(bounds)
    centres = np.flatnonzero(people >= min(_OF_DIVISION, people.max()))
    return World(
        cities=cities,
        chances=people / people.sum(),
        latitudes=latitudes,
        longitudes=longitudes,
        sigmas_km=0.8 + 4 * np.sqrt(people / 1e6),
        country_starts=np.repeat(bounds[:-1], lengths),
        country_ends=np.repeat(bounds[1:], lengths),
        divisions=tuple(_division(cities[place]) for place in centres.tolist()),
        division_of=_nearest(latitudes, longitudes, centres),
    )


def _covered(people: float) -> list[PlaceRecord]:
    """Cities, region after region, until so many people live there."""
    with open_places(15_000) as (_, places):
        records = sorted(places, key=_turn)
    found: list[PlaceRecord] = []
    slugs: set[str] = set()
    for record in records:
        if record.population and record.slug() not in slugs:  # of two towns of one name, the larger has the slug
            found.append(record)
            slugs.add(record.slug())
            people -= record.population
        if people <= 0:
            break
    return found


def _turn(record: PlaceRecord) -> tuple[int, str, int, str, int, int]:
    country, state = record.country_code, record.region_code
    first = _FIRST_COUNTRIES.index(country) if country in _FIRST_COUNTRIES else len(_FIRST_COUNTRIES)
    within = _FIRST_STATES.index(state) if country == "US" and state in _FIRST_STATES else len(_FIRST_STATES)
    return first, country, within, state, -record.population, record.geoname_id


def _division(city: City) -> Division:
    record = city.record
    return Division(
        id=city.id,
        slug=city.slug,
        name=record.name,
        place_id=city.id,
        latitude=record.latitude,
        longitude=record.longitude,
        radius_km=_DIVISION_KM,
    )


def _nearest(
    latitudes: NDArray[np.float64], longitudes: NDArray[np.float64], centres: NDArray[np.int64]
) -> NDArray[np.int64]:
    """By city, the place in `centres` of the nearest one; on a flat map, which is near enough to choose by."""
    found = np.empty(len(latitudes), dtype=np.int64)
    for start in range(0, len(latitudes), 2048):
        part = slice(start, start + 2048)
        north = latitudes[part, None] - latitudes[None, centres]
        east = (longitudes[part, None] - longitudes[None, centres]) * np.cos(np.radians(latitudes[part, None]))
        found[part] = np.argmin(north * north + east * east, axis=1)
    return found


def scattered(
    around: NDArray[np.int64], places: World, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A point around each of the cities: most of them close to its centre, one in seven three times as far."""
    spread = places.sigmas_km[around] * np.where(rng.random(len(around)) < 1 / 7, 3.0, 1.0) / _KM_PER_DEGREE
    latitudes = places.latitudes[around] + rng.normal(size=len(around)) * spread
    narrow = np.cos(np.radians(places.latitudes[around]))
    longitudes = places.longitudes[around] + rng.normal(size=len(around)) * spread / narrow
    return np.round(np.clip(latitudes, -89.9, 89.9), 6), np.round((longitudes + 180) % 360 - 180, 6)


def around(places: World, latitude: float, longitude: float) -> NDArray[np.float64]:
    """How far each city's centre is from a point, in kilometres; on a flat map."""
    east = (places.longitudes - longitude) * np.cos(np.radians(latitude))
    return np.hypot(places.latitudes - latitude, east) * _KM_PER_DEGREE


@cache
def densest(places: World, radius_km: float) -> tuple[float, float]:
    """The centre of the one large city that has the most people around it."""
    largest: list[int] = np.argsort(-places.chances, kind="stable")[:50].tolist()
    centres = [(float(places.latitudes[place]), float(places.longitudes[place])) for place in largest]
    return max(centres, key=lambda centre: float(places.chances[around(places, *centre) <= radius_km].sum()))
