"""Towns of several countries, some of one name, and files in shapes that partners send."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from highstreet.kit.database import Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import PlaceRecord

Save: TypeAlias = Callable[..., Path]

_TOWNS = (
    ("Chicago", "IL", "US", 41.85, -87.65, 2_700_000, "America/Chicago", "USD"),
    ("Evanston", "IL", "US", 42.04, -87.69, 75_000, "America/Chicago", "USD"),
    ("Portland", "OR", "US", 45.52, -122.68, 650_000, "America/Los_Angeles", "USD"),
    ("Portland", "ME", "US", 43.66, -70.26, 68_000, "America/New_York", "USD"),
    ("Springfield", "MO", "US", 37.2, -93.3, 167_000, "America/Chicago", "USD"),
    ("Springfield", "MA", "US", 42.1, -72.6, 155_000, "America/New_York", "USD"),
    ("St. Louis", "MO", "US", 38.63, -90.2, 300_000, "America/Chicago", "USD"),
    ("Raleigh", "NC", "US", 35.77, -78.64, 470_000, "America/New_York", "USD"),
    ("Durham", "NC", "US", 35.99, -78.9, 280_000, "America/New_York", "USD"),
    ("Durham", "ENG", "GB", 54.78, -1.58, 48_000, "Europe/London", "GBP"),
    ("London", "ENG", "GB", 51.51, -0.13, 8_900_000, "Europe/London", "GBP"),
    ("London", "08", "CA", 42.98, -81.23, 380_000, "America/Toronto", "CAD"),
    ("Madrid", "29", "ES", 40.42, -3.7, 3_200_000, "Europe/Madrid", "EUR"),
    ("Getafe", "29", "ES", 40.3, -3.73, 180_000, "Europe/Madrid", "EUR"),
    ("Berlin", "16", "DE", 52.52, 13.4, 3_600_000, "Europe/Berlin", "EUR"),
    ("Tokyo", "40", "JP", 35.69, 139.69, 9_700_000, "Asia/Tokyo", "JPY"),
    ("Saitama", "34", "JP", 35.9, 139.65, 1_300_000, "Asia/Tokyo", "JPY"),
)


@pytest.fixture(scope="session")
def records() -> list[PlaceRecord]:
    return [
        PlaceRecord(
            geoname_id=number,
            name=name,
            region_code=region,
            region_name=None,
            country_code=country,
            country_name=country,
            latitude=latitude,
            longitude=longitude,
            population=population,
            time_zone=zone,
            currency=currency,
        )
        for number, (name, region, country, latitude, longitude, population, zone, currency) in enumerate(_TOWNS, 1)
    ]


@pytest.fixture
async def world(database: Database, records: list[PlaceRecord]) -> Database:
    """A database that knows a few towns and all categories."""
    async with database.system() as tx:
        await catalog.store_places(tx, records)
        await catalog.seed_categories(tx)
    return database


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a file of this name."""

    def make(name: str, text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return make
