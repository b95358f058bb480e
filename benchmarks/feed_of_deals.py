"""A feed to import: as many deals as wanted, of the shape that partners' feeds have, always the same."""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random

import duckdb
import zstandard

_SEED = 20260412
_TOWNS = (
    "Chicago, IL", "Evanston, IL", "Naperville, IL", "Aurora, IL", "Schaumburg, IL", "New York, NY", "Brooklyn, NY",
    "Buffalo, NY", "Albany, NY", "Boston, MA", "Cambridge, MA", "Worcester, MA", "Seattle, WA", "Tacoma, WA",
    "Spokane, WA", "Portland, OR", "Eugene, OR", "Denver, CO", "Boulder, CO", "Austin, TX", "Dallas, TX", "Houston, TX",
    "Miami, FL", "Orlando, FL", "Tampa, FL", "Atlanta, GA", "Nashville, TN", "Detroit, MI", "Phoenix, AZ", "Tucson, AZ",
)  # fmt: skip
_SECTIONS = {
    "Spas": "spas", "Massage": "massage", "Hair": "hair", "Restaurants": "restaurants", "Gyms": "gyms",
    "Yoga": "yoga-pilates", "Food": "takeaway", "Wine": "wine-beer",
}  # fmt: skip
_OFFERS = ("Two-hour tasting for two", "Three visits", "Dinner with a view", "One-hour lesson", "Family ticket",
           "Weekend workshop", "Month of classes", "Guided tour with a drink")  # fmt: skip
_WORDS = (
    "bright", "quiet", "small", "open", "summer", "harbour", "garden", "market", "evening", "warm", "fresh", "local",
    "certified", "friendly", "old", "corner", "brick", "river", "north", "hidden", "slow", "daily", "seasonal",
    "family", "wooden", "light", "roof",
)  # fmt: skip
COLUMNS = ("id", "headline", "text", "price", "usual price", "link", "shop", "section", "town", "valid until")

MAPPING = f"""
[file]
format = "FORMAT"

[feed]
name = "bench"
currency = "USD"
time_zone = "America/Chicago"

[fields]
key = {{ from = "id" }}
title = {{ from = "headline", transforms = ["entities", "collapse"] }}
description = {{ from = "text", transforms = ["entities", "collapse"] }}
price = {{ from = "price", transforms = ["money"] }}
value = {{ from = "usual price", transforms = ["money"] }}
url = {{ from = "link", transforms = ["strip"] }}
merchant = {{ from = "shop" }}
category = {{ from = "section" }}
place = {{ from = "town" }}
ends_at = {{ from = "valid until", transforms = ["instant"] }}

[places]
country = "US"

[categories]
{chr(10).join(f'"{section}" = "{slug}"' for section, slug in _SECTIONS.items())}
"""


def write_csv(file: Path, rows: int) -> None:
    """The feed as CSV; the first rows of a longer one are those of a shorter one."""
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(rows))


def _rows(number: int) -> Iterator[tuple[object, ...]]:
    rng = Random(_SEED)
    sections = tuple(_SECTIONS)
    for each in range(1, number + 1):
        usual = rng.randrange(2_000, 40_000)
        price = usual * rng.randrange(30, 90) // 100
        words = " ".join(rng.choices(_WORDS, k=rng.randrange(15, 45)))
        yield (
            f"D{each}",
            f"{rng.choice(_OFFERS)} at the {rng.choice(_WORDS)} {rng.choice(_WORDS)} house",
            f"{words.capitalize()}. Book ahead &amp; bring this voucher.",
            f"{price // 100}.{price % 100:02}",
            f"{usual // 100}.{usual % 100:02}",
            f"https://deals.example/offers/{each}-voucher?ref=feed",
            f"Shop No. {rng.randrange(1, 50_001)}",
            rng.choice(sections),
            rng.choice(_TOWNS),
            f"2027-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:00:00Z",
        )


def pack(file: Path, packed: Path) -> None:
    """The same as a zstd archive of the usual strength."""
    with file.open("rb") as source, packed.open("wb") as target:
        zstandard.ZstdCompressor().copy_stream(source, target)


def shuffle(file: Path, parquet: Path, changed: str) -> None:
    """The same rows in another order, as a Parquet file of numbers and times; the price of `changed` is another."""
    columns = ", ".join(
        {
            "price": f"""CAST(price AS DECIMAL(10, 2)) + CASE WHEN id = '{changed}' THEN 0.01 ELSE 0 END AS price""",
            "usual price": """CAST("usual price" AS DECIMAL(10, 2)) AS "usual price\"""",
            "valid until": """CAST("valid until" AS TIMESTAMPTZ) AS "valid until\"""",
        }.get(name, f'"{name}"')
        for name in COLUMNS
    )
    query = f"SELECT {columns} FROM read_csv('{file}', all_varchar = true) ORDER BY hash(id)"  # noqa: S608 - names of ours
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{parquet}'")
