"""An invented feed of the shape that real ones have, and a mapping for it."""

import csv
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pytest
import zstandard

from highstreet.kit.database import Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import PlaceRecord
from highstreet.market.feeds.domain.deals import DealReader, StatedDeal
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.rows import Reject
from highstreet.market.feeds.domain.shift import Shift
from highstreet.market.feeds.readers.feed import open_feed
from tests.duck import write_parquet

Record: TypeAlias = dict[str, str | None]
Write: TypeAlias = Callable[..., Path]
Read: TypeAlias = Callable[[Path, Mapping], list[StatedDeal | Reject]]

COLUMNS = ("link", "title", "price", "usual", "ends", "town")

MAPPING = """
[file]
format = "json"

[feed]
name = "lakeside"
currency = "USD"
time_zone = "America/Chicago"
captured_at = 2015-05-14T12:00:00-05:00

[division]
slug = "chicago"
name = "Chicago"
place = "Chicago, IL"
radius_km = 80

[fields]
key = { from = "link", transforms = ["last_segment", "leading_number"] }
url = { from = "link", transforms = ["strip"] }
title = { from = "title", transforms = ["entities", "collapse"] }
price = { from = "price", transforms = ["money"] }
value = { from = "usual", transforms = ["money"] }
ends_at = { from = "ends", transforms = ["instant"] }
place = { from = "town" }

[places]
country = "US"
division = ["Chicago Area", "Multiple Locations"]

[places.aliases]
"Shaumburg, IL" = "Schaumburg, IL"

[places.refused]
"Springfield" = "could be any of them"
"""


@pytest.fixture
def mapping_text() -> str:
    return MAPPING


@pytest.fixture
def mapping() -> Mapping:
    """The invented feed's, for JSON."""
    return parse_mapping(MAPPING, "lakeside.toml")


@pytest.fixture(scope="session")
def mapping_of_lakeside() -> Mapping:
    """The same, for property tests, which share their fixtures between examples."""
    return parse_mapping(MAPPING, "lakeside.toml")


@pytest.fixture
def csv_mapping() -> Mapping:
    return parse_mapping(MAPPING.replace('"json"', '"csv"'), "lakeside.toml")


@pytest.fixture
def sqlite_mapping() -> Mapping:
    return parse_mapping(MAPPING.replace('"json"', '"sqlite"\ntable = "deals"'), "lakeside.toml")


@pytest.fixture
def record() -> Callable[..., Record]:
    """A good row, but for what the test says otherwise."""

    def make(number: int = 1, **stated: str | None) -> Record:
        return {
            "link": f"https://deals.example/offers/{number}-boat-tour",
            "title": f"Boat Tour No. {number}",
            "price": "19",
            "usual": " 38",
            "ends": "2015-09-26T09:59:00+00:00",
            "town": "Chicago, IL",
            **stated,
        }

    return make


@pytest.fixture
def row(record: Callable[..., Record]) -> Callable[..., Record]:
    """A good row that ends after the tests' clock."""

    def make(number: int = 1, **stated: str | None) -> Record:
        return record(number, **{"ends": "2027-01-01T00:00:00Z", **stated})

    return make


@pytest.fixture
async def lakeside(database: Database, places: list[PlaceRecord]) -> Database:
    """A database that knows the places of the invented feed."""
    async with database.system() as tx:
        await catalog.store_places(tx, places)
    return database


@pytest.fixture
def read() -> Read:
    """Everything that a file states, through the same door as an import: the readers, then the rules."""

    def make(file: Path, mapping: Mapping) -> list[StatedDeal | Reject]:
        with open_feed(file, mapping) as feed:
            found = list(DealReader(mapping, Shift(ZoneInfo("UTC"))).read_all(feed.rows()))
            assert len(found) == feed.total
            return found

    return make


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write records as the file's name says: .json, .jsonl, .xml, .csv, .sqlite, .parquet, and each of them packed."""

    def make(records: Sequence[Record], name: str = "feed.json") -> Path:
        path = tmp_path / name
        kind = name.split(".")[1]
        content = {
            "json": _json,
            "jsonl": _json_lines,
            "xml": _xml,
            "csv": _csv,
            "sqlite": _sqlite,
            "parquet": _parquet,
        }[kind](records)
        packed = {"xz": lzma.compress, "gz": gzip.compress, "zst": zstandard.compress, "zip": _zip}.get(
            name.rpartition(".")[2]
        )
        path.write_bytes(packed(content) if packed else content)
        return path

    return make


def _json(records: Sequence[Record]) -> bytes:
    return ("[" + ",\n".join(json.dumps(record) for record in records) + "]").encode()


def _json_lines(records: Sequence[Record]) -> bytes:
    return "\n".join(json.dumps(record) for record in records).encode()


def _xml(records: Sequence[Record]) -> bytes:
    rows = ("".join(f"<{name}>{_escaped(text or '')}</{name}>" for name, text in record.items()) for record in records)
    items = "\n".join(f"<item>{row}</item>" for row in rows)
    return f'<?xml version="1.0"?>\n<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def _zip(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("feed", content)
    return archive.getvalue()


def _csv(records: Sequence[Record]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([record[name] for name in COLUMNS] for record in records)
    return text.getvalue().encode()


def _sqlite(records: Sequence[Record]) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE deals (id INTEGER PRIMARY KEY, {', '.join(f'{name} TEXT' for name in COLUMNS)})")
    marks = ", ".join("?" * len(COLUMNS))
    connection.executemany(
        f"INSERT INTO deals ({', '.join(COLUMNS)}) VALUES ({marks})",
        [[record[name] for name in COLUMNS] for record in records],
    )
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


def _parquet(records: Sequence[Record]) -> bytes:
    marks = ", ".join("?" * len(COLUMNS))
    made = (f"CREATE TABLE deals ({', '.join(f'{name} TEXT' for name in COLUMNS)})", ())
    filled = [(f"INSERT INTO deals VALUES ({marks})", [record[name] for name in COLUMNS]) for record in records]
    with TemporaryDirectory() as folder:
        write_parquet(Path(folder) / "feed", "FROM deals", before=[made, *filled])
        return (Path(folder) / "feed").read_bytes()


@pytest.fixture(scope="session")
def places() -> list[PlaceRecord]:
    """The towns of the invented feed."""

    def town(number: int, name: str, latitude: float, longitude: float, *others: str) -> PlaceRecord:
        return PlaceRecord(
            geoname_id=number,
            name=name,
            region_code="IL",
            region_name="Illinois",
            country_code="US",
            country_name="United States",
            latitude=latitude,
            longitude=longitude,
            population=1_000_000 // number,
            time_zone="America/Chicago",
            currency="USD",
            alternate_names=others,
        )

    return [
        town(1, "Chicago", 41.85, -87.65),
        town(2, "Schaumburg", 42.03, -88.08),
        town(3, "St. Charles", 41.91, -88.31, "Saint Charles"),
    ]
