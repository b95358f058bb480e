"""Places of Japan as GeoNames has them, asked for as Japanese writes them."""

import msgspec
import pytest

from highstreet.kit.database import VISITOR, Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import PlaceRecord
from highstreet.market.catalog.domain.prefectures import PREFECTURES, Prefecture
from highstreet.market.catalog.repository import gazetteer


def towns() -> list[PlaceRecord]:
    """The towns of Japan, and those elsewhere that share a name with one, that have 15,000 people or more."""
    with gazetteer.open_places(15_000) as (_, places):
        return [place for place in places if place.country_code in ("JP", "CN")]


TOWNS = towns()
SEATS = {place.geoname_id: place for place in TOWNS}


@pytest.fixture
async def japan(database: Database) -> Database:
    async with database.system() as tx:
        await catalog.store_places(tx, TOWNS)
    return database


async def found(database: Database, text: str) -> list[str]:
    async with database.transaction(VISITOR) as tx:
        return [f"{place.name}, {place.region_name}" for place in await catalog.find_places(tx, text)]


@pytest.mark.parametrize("prefecture", PREFECTURES, ids=lambda prefecture: prefecture.name)
def test_a_prefecture_has_its_number_and_its_seat_in_the_gazetteer(prefecture: Prefecture) -> None:
    seat = SEATS[prefecture.seat]
    assert (seat.country_code, seat.region_code, seat.region_name) == ("JP", prefecture.code, prefecture.name)


async def test_each_prefecture_is_found_by_its_name_in_japanese(japan: Database) -> None:
    async with japan.transaction(VISITOR) as tx:
        for prefecture in PREFECTURES:
            place, *_ = await catalog.find_places(tx, prefecture.native_name)
            assert place.geoname_id == prefecture.seat
            located = await catalog.locate(tx, prefecture.native_name, prefecture.code, "JP")
            assert located == place
            assert await catalog.locate(tx, prefecture.seat_name, prefecture.code, "JP") == place
            short, *_ = await catalog.places_called(tx, prefecture.short_name, country="JP")
            assert short.geoname_id == prefecture.seat


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("東京", "Tokyo, Tokyo"),
        ("東京都", "Tokyo, Tokyo"),
        ("大阪市", "Osaka, Osaka"),
        ("大阪府", "Osaka, Osaka"),
        ("さいたま市", "Saitama, Saitama"),
        ("府中市", "Fuchū, Tokyo"),
        ("新宿区", "Shinjuku, Tokyo"),
        ("新宿", "Shinjuku, Tokyo"),
        ("東京都新宿区", "Shinjuku, Tokyo"),
        ("神奈川県 川崎市", "Kawasaki, Kanagawa"),
        ("川崎市、神奈川県", "Kawasaki, Kanagawa"),
        ("Kawasaki, Kanagawa", "Kawasaki, Kanagawa"),
        ("横浜，日本", "Yokohama, Kanagawa"),
        ("茅ヶ崎市", "Chigasaki, Kanagawa"),
        ("茅ケ崎", "Chigasaki, Kanagawa"),
        ("ﾖｺﾊﾏ", "Yokohama, Kanagawa"),
        ("Hokkaido", "Sapporo, Hokkaido"),
        ("宇都", "Utsunomiya, Tochigi"),
    ],
)
async def test_a_town_is_found_as_japanese_writes_it(japan: Database, text: str, expected: str) -> None:
    assert (await found(japan, text))[0] == expected


async def test_a_town_is_not_found_in_a_prefecture_that_it_does_not_lie_in(japan: Database) -> None:
    assert await found(japan, "大阪府新宿区") == []
    assert await found(japan, "、東京都") == []


async def test_a_town_that_shares_its_name_comes_with_the_others(japan: Database) -> None:
    async with japan.transaction(VISITOR) as tx:
        called = await catalog.places_called(tx, "石川")
    assert [place.name for place in called] == ["Kanazawa", "Ishikawa"]


def test_a_prefecture_is_told_by_its_name_alone() -> None:
    names = [msgspec.structs.astuple(prefecture) for prefecture in PREFECTURES]
    assert all(len(set(column)) == len(PREFECTURES) == 47 for column in zip(*names, strict=True))
