"""The feeds whose offers stand in text, in areas and on weekdays. They do not come along; see test_real_feeds.py."""

import csv
import io
import lzma
import os
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from highstreet.kit.database import Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Precision, PublishedDeal, Reach
from highstreet.market.catalog.domain.fine_print import AskFirst, Days, NotOnHolidays, Rule
from highstreet.market.catalog.domain.names import fold
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.rows import Reject

FOLDER = os.environ.get("HIGHSTREET_BENCH_DATA")
TOKYO = ZoneInfo("Asia/Tokyo")
GROUPON = "groupon_nyc/groupon_deals.csv.xz"
PONPARE = ("ponpare/coupon_list_train.csv.xz", "ponpare/coupon_list_test.csv")

pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="HIGHSTREET_BENCH_DATA is not set: Groupon's and Ponpare's feeds were NOT imported"
)

Record = dict[str, str]


def stated(name: str) -> Iterator[Record]:
    """The file's rows, read without anything of ours."""
    content = (Path(FOLDER or "") / name).read_bytes()
    text = (lzma.decompress(content) if name.endswith(".xz") else content).decode("utf-8-sig")
    yield from csv.DictReader(io.StringIO(text, newline=""))


@pytest.fixture
async def world(database: Database) -> Database:
    """A database that knows the categories and every place of some size."""
    async with database.system() as tx:
        await catalog.seed_categories(tx)
        await catalog.load_places(tx, min_population=5_000)
    return database


async def imported(world: Database, mapping: str, *names: str) -> tuple[dict[str, PublishedDeal], list[Reject]]:
    rejects: list[Reject] = []
    for name in names:
        file = Path(FOLDER or "") / name
        await feeds.import_feed(world, file, feeds.load_mapping(mapping), on_reject=rejects.append)
    async with world.system() as tx:
        cursor = await tx.connection.execute("SELECT id FROM catalog.deals")
        ids = [row[0] for row in await cursor.fetchall()]
        deals = await catalog.published_deals(tx, ids)
    return {deal.source.key: deal for deal in deals if deal.source}, rejects


def words(text: str) -> str:
    """The words of a text, without what the feed cut them with."""
    return " ".join(re.sub(r"<p>|,", " ", text).split())


async def test_groupons_options_are_those_that_its_rows_price(world: Database) -> None:
    deals, rejects = await imported(world, "groupon_nyc", GROUPON)
    rows = list(stated(GROUPON))
    pricing = [row for row in rows if re.search(r"\$\d[\d,.]*\s+for\b", row["deal_features"] + row["promotion_title"])]
    with_options = [row for row in pricing if key_of(row) in deals]
    assert len(with_options) >= 0.9 * len(pricing)
    assert (len(with_options), len(pricing)) == (243, 244)
    assert len(deals) == len(with_options), "no other row has a price"
    assert {each.reason for each in rejects} == {"states no price to pay"}
    assert len(deals) + len(rejects) == len(rows) == 389
    for row in with_options:
        check_groupon(deals[key_of(row)], row)


def key_of(row: Record) -> str:
    return row["url"].rpartition("/")[2]


def check_groupon(deal: PublishedDeal, row: Record) -> None:
    assert deal.title == " ".join(row["promotion_title"].split())
    assert fold(deal.merchant_name or "") == fold(row["merchant"]), "one merchant, however its rows punctuate it"
    assert deal.source is not None
    assert deal.source.url == row["url"]
    assert f"{deal.source.ratings:,} Ratings" == row["total_ratings"]
    assert deal.category_slug is not None
    assert (deal.reach is Reach.DIVISION) == (row["rel_location"] == "Multiple Locations")
    text = words(f"{row['deal_features']},{row['promotion_title']}")
    for option in deal.options:
        asked = f"{dollars(option.price_minor)} for {words(option.title)}"
        assert asked in text, "the price is asked for this title, in these words"
        if option.value_minor is None:
            continue
        assert option.value_minor >= option.price_minor
        value = dollars(option.value_minor)
        rest = text[text.index(asked) + len(asked) :]
        closing = re.match(rf"\s*\((?:an? )?{re.escape(value)}\s*(?:total )?value\)", rest, re.IGNORECASE)
        assert closing or option.title.startswith(value), "the value closes the option, or begins it"


def dollars(minor: int) -> str:
    """As the feed writes it: `$1398`, `$17.50`; commas are taken out of the text that it is looked for in."""
    whole, cents = divmod(minor, 100)
    groups = f"{whole:,}".replace(",", " ")
    return f"${groups}" + (f".{cents:02}" if cents else "")


async def test_every_coupon_of_ponpare_keeps_its_yen_area_weekdays_and_validity(world: Database) -> None:
    deals, rejects = await imported(world, "ponpare", *PONPARE)
    assert rejects == []
    rows = [row for name in PONPARE for row in stated(name)]
    assert len(deals) == len(rows) == 19_413 + 310
    towns: dict[str, set[str]] = {}
    for row in rows:
        deal = deals[row["COUPON_ID_hash"]]
        check_ponpare(deal, row)
        (point,) = deal.points
        assert (point.precision, point.time_zone) == (Precision.AREA, "Asia/Tokyo")
        towns.setdefault(row["ken_name"], set()).add(str(point.place_slug))
    assert len(towns) == 47
    assert len({next(iter(slugs)) for slugs in towns.values()}) == 47
    assert all(len(slugs) == 1 for slugs in towns.values())
    assert towns["神奈川県"] == {"yokohama-19-jp"}


def check_ponpare(deal: PublishedDeal, row: Record) -> None:
    assert (deal.currency, deal.language) == ("JPY", "ja")
    for part in ("CAPSULE_TEXT", "ken_name", "small_area_name"):
        assert row[part] in deal.title
    (option,) = deal.options
    assert (option.price_minor, option.value_minor) == (int(row["DISCOUNT_PRICE"]), int(row["CATALOG_PRICE"]))
    assert deal.starts_at == datetime.fromisoformat(row["DISPFROM"]).replace(tzinfo=TOKYO)
    assert deal.ends_at == datetime.fromisoformat(row["DISPEND"]).replace(tzinfo=TOKYO)
    assert (option.redeem_from, option.redeem_until) == (day(row["VALIDFROM"], 0), day(row["VALIDEND"], 1))
    assert list(deal.fine_print) == fine_print(row)


def day(text: str, after: int) -> datetime | None:
    if text == "NA":
        return None
    return datetime.combine(date.fromisoformat(text) + timedelta(days=after), time(), TOKYO)


def fine_print(row: Record) -> list[Rule]:
    flags = [row[f"USABLE_DATE_{name}"] for name in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")]
    holiday, eve = row["USABLE_DATE_HOLIDAY"], row["USABLE_DATE_BEFORE_HOLIDAY"]
    rules: list[Rule] = []
    if "0" in flags:
        rules.append(Days(tuple(number for number, flag in enumerate(flags, 1) if flag != "0")))
    if "0" in {holiday, eve}:
        rules.append(NotOnHolidays(holidays=holiday == "0", eves=eve == "0"))
    if "2" in {*flags, holiday, eve}:
        unclear = tuple(number for number, flag in enumerate(flags, 1) if flag == "2")
        rules.append(AskFirst(unclear, holidays=holiday == "2", eves=eve == "2"))
    return rules
