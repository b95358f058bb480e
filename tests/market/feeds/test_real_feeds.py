"""The feeds that the shipped mappings are for. They do not come along: HIGHSTREET_BENCH_DATA names their folder."""

import json
import lzma
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from highstreet.kit.database import Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import PublishedDeal, Reach
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.rows import Reject
from highstreet.market.feeds.domain.runs import ImportSummary

FOLDER = os.environ.get("HIGHSTREET_BENCH_DATA")
CHICAGO = ("livingsocial_chicago_2015", "items.json.xz")
SAN_FRANCISCO = ("livingsocial_sf", "lsdata.sqlite")

pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="HIGHSTREET_BENCH_DATA is not set: the LivingSocial feeds were NOT imported"
)


@pytest.fixture
async def world(database: Database) -> Database:
    """A database that knows every place."""
    async with database.system() as tx:
        await catalog.load_places(tx)
    return database


def stated(feed: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """The file's rows, read without anything of ours."""
    path = Path(FOLDER or "") / feed[0] / feed[1]
    if path.suffix == ".xz":
        yield from json.loads(lzma.decompress(path.read_bytes()))
        return
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    connection.row_factory = sqlite3.Row
    yield from (dict(row) for row in connection.execute("SELECT * FROM deals ORDER BY id"))
    connection.close()


async def imported(world: Database, feed: tuple[str, str]) -> tuple[ImportSummary, list[PublishedDeal], list[Reject]]:
    rejects: list[Reject] = []
    summary = await feeds.import_feed(
        world,
        Path(FOLDER or "") / feed[0] / feed[1],
        feeds.load_mapping(feed[0]),
        shift_dates=True,
        on_reject=rejects.append,
    )
    async with world.system() as tx:
        return summary, (await catalog.changed_deals(tx, None)).published, rejects


async def test_chicago_is_usable_and_placed_and_san_francisco_accounted_for(world: Database) -> None:
    summary, deals, rejects = await imported(world, CHICAGO)
    assert summary.rows == 933
    assert summary.accepted >= 0.98 * 933
    assert len(deals) == summary.accepted, "every one of them can be found today"
    assert sum(deal.options[0].value_minor is None for deal in deals) == 64
    naming = [row for row in stated(CHICAGO) if row["location"] not in {"", None}]
    placed = [deal for deal in deals if deal.reach in {Reach.LOCATIONS, Reach.DIVISION}]
    assert len(placed) >= 0.98 * len(naming)
    compare(deals, CHICAGO)
    assert {each.field for each in rejects} == {"place"}

    summary, deals, rejects = await imported(world, SAN_FRANCISCO)
    assert (summary.rows, summary.accepted + len(rejects)) == (1005, 1005)
    assert {each.value for each in rejects} == {"Lotus, CA", "Moss Landing, CA", "Danville, AL"}
    compare([deal for deal in deals if deal.source and deal.source.feed == SAN_FRANCISCO[0]], SAN_FRANCISCO)


def compare(deals: list[PublishedDeal], feed: tuple[str, str]) -> None:
    """Each deal says what its row says, and nothing that it does not say."""
    rows = {row["link"]: row for row in stated(feed)}
    for deal in deals:
        assert deal.source is not None
        row = rows.pop(str(deal.source.url))
        (option,) = deal.options
        usual = row.get("original_price")
        assert deal.title == option.title == " ".join(row["title"].split())
        assert (option.price_minor, option.value_minor) == (
            100 * int(row["price"]),
            100 * int(usual) if usual else None,
        )
        assert not re.search("[\u00c2\u00c3]|\u00e2\u20ac|\ufffd|&[a-z#0-9]+;", deal.title)
        assert (deal.merchant_name, deal.category_slug, deal.description, deal.fine_print) == (None, None, None, ())
        place = row["location"] or ""
        assert (deal.reach is Reach.UNSTATED) == (not place)
        for point in deal.points:
            town, _, region = place.rpartition(", ")
            assert point.place_name is not None
            assert point.place_slug is not None
            assert point.place_slug.endswith(f"-{region.lower()}-us") or region == "AL"
            assert town[:3].lower() == point.place_name[:3].lower() or place in ALIASED


ALIASED = {"St. Helena, CA", "Saint Charles, IL", "Mt.Prospect, IL", "Fishermen Wharf, CA", "Panorama City, CA"}
"""Written otherwise than the place is called."""
