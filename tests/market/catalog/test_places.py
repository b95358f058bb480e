"""Places and divisions: a few towns, and the whole world once."""

import statistics
import time

import pytest

from highstreet.kit.database import VISITOR, Database
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import DivisionDraft
from tests.market.catalog.conftest import TOWNS, World, town


async def found(database: Database, text: str, *, country: str | None = None) -> list[str]:
    async with database.transaction(VISITOR) as tx:
        return [place.slug for place in await catalog.find_places(tx, text, country=country)]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Chicago", "chicago-il-us"),
        ("chicago, il", "chicago-il-us"),
        ("CHICAGO, Illinois, USA", "chicago-il-us"),
        ("windy city", "chicago-il-us"),
        ("Чикаго", "chicago-il-us"),
        ("schaum", "schaumburg-il-us"),
        ("Saint Charles", "st-charles-il-us"),
        ("st char", "st-charles-il-us"),
        ("Munich", "munchen-02-de"),
        ("münch", "munchen-02-de"),
    ],
)
async def test_a_place_is_found_by_any_of_its_spellings(database: Database, world: World, text: str, slug: str) -> None:
    assert world
    assert (await found(database, text))[0] == slug


async def test_what_is_asked_of_region_and_country_holds(database: Database, world: World) -> None:
    assert world
    assert await found(database, "Chicago, TX") == []
    assert await found(database, "Chicago", country="DE") == []
    assert await found(database, " , IL") == []


async def test_locating_takes_exact_names_only(database: Database, world: World) -> None:
    async with database.transaction(VISITOR) as tx:
        located = await catalog.locate(tx, "ST CHARLES", "IL", "US")
        assert located is not None
        assert located.slug == "st-charles-il-us"
        assert await catalog.locate(tx, "Schaum", "IL", "US") is None
        assert await catalog.locate(tx, "Chicago", "TX", "US") is None
        by_alternate = await catalog.locate(tx, "Monaco di Baviera", None, None)
        assert by_alternate is not None
        assert by_alternate.id == world.munich
        assert await catalog.locate(tx, "...", None, None) is None


async def test_of_several_towns_the_biggest_has_the_plain_slug_and_keeps_it(database: Database) -> None:
    small, big = town(10, "Springfield", population=5), town(11, "Springfield", population=50)
    async with database.system() as tx:
        assert await catalog.store_places(tx, [small, big]) == 2
        bigger = town(9, "Springfield", population=500)
        assert await catalog.store_places(tx, [small, big, bigger]) == 1
        largest = await catalog.largest_places(tx, country="US")
    assert [(place.geoname_id, place.slug) for place in largest] == [
        (9, "springfield-il-us-9"),
        (11, "springfield-il-us"),
        (10, "springfield-il-us-10"),
    ]


async def test_loading_again_writes_only_what_changed(database: Database, world: World) -> None:
    assert world
    async with database.system() as tx:
        assert await catalog.store_places(tx, TOWNS) == 0
        renamed = town(1, "New Chicago", population=2_664_452, alternate_names=("CHI",))
        assert await catalog.store_places(tx, [renamed, *TOWNS[1:]]) == 1
    assert (await found(database, "new chicago"))[0] == "chicago-il-us"
    assert await found(database, "windy city") == []


async def test_the_nearest_place_is_found(database: Database, world: World) -> None:
    async with database.transaction(VISITOR) as tx:
        near = await catalog.nearest_place(tx, 42.0, -88.0)
        far = await catalog.nearest_place(tx, -60.0, 0.0)
        ordered = await catalog.places_by_ids(tx, [world.munich, world.chicago])
    assert near is not None
    assert near.id == world.schaumburg
    assert far is None
    assert [place.id for place in ordered] == [world.munich, world.chicago]


AROUND = (
    town(21, "Taveuni", latitude=-16.9, longitude=-179.97),
    town(22, "Suva", latitude=-18.14, longitude=178.44),
    town(23, "Longyearbyen", latitude=78.22, longitude=15.65),
    town(24, "Barentsburg", latitude=78.06, longitude=14.22),
    town(25, "Alert", latitude=82.5, longitude=-62.35),
    town(26, "In the corner", latitude=10.9, longitude=10.9),
    town(27, "Straight ahead", latitude=11.1, longitude=10.0),
)


@pytest.mark.parametrize(
    ("latitude", "longitude", "name"),
    [
        (-16.9, 179.9, "Taveuni"),  # over the antimeridian
        (-16.9, -180.0, "Taveuni"),
        (-18.0, 179.0, "Suva"),
        (78.22, 20.0, "Longyearbyen"),  # where degrees of longitude are short
        (89.9, 120.0, "Alert"),  # on the other side of the pole
        (90.0, 0.0, "Alert"),
        (10.0, 10.0, "Straight ahead"),  # the other one is in the corner of a smaller box, and further away
        (-90.0, 0.0, None),
    ],
)
async def test_the_nearest_place_is_found_wherever_one_is(
    database: Database, latitude: float, longitude: float, name: str | None
) -> None:
    async with database.system() as tx:
        await catalog.store_places(tx, AROUND)
    async with database.transaction(VISITOR) as tx:
        found = await catalog.nearest_place(tx, latitude, longitude)
    assert (found.name if found else None) == name


async def test_a_division_is_made_once_and_then_changed(database: Database, world: World) -> None:
    draft = DivisionDraft(slug="chicago", name="Chicago", place_id=world.chicago, radius_km=40)
    async with database.system() as tx:
        first = await catalog.create_division(tx, draft)
        assert await catalog.create_division(tx, draft) == first
        wider = DivisionDraft(slug="chicago", name="Chicagoland", place_id=world.chicago, radius_km=60)
        assert await catalog.create_division(tx, wider) == first
        division = await catalog.division_by_slug(tx, "chicago")
        assert division is not None
        assert (division.name, division.radius_km, division.latitude) == ("Chicagoland", 60, 41.88)
        assert await catalog.divisions(tx) == [division]


async def test_a_division_that_cannot_be_names_every_field(database: Database, world: World) -> None:
    async with database.system() as tx:
        with pytest.raises(InvalidInput) as caught:
            await catalog.create_division(
                tx, DivisionDraft(slug="Chicago!", name=" ", place_id=world.chicago, radius_km=0)
            )
        assert [problem.field for problem in caught.value.problems] == ["slug", "name", "radius_km"]
        with pytest.raises(InvalidInput, match="no place"):
            await catalog.create_division(tx, DivisionDraft(slug="x", name="X", place_id=world.merchant, radius_km=1))


async def test_the_whole_world_is_loaded_once_and_found_within_milliseconds(database: Database) -> None:
    told: list[tuple[int, int]] = []
    async with database.system() as tx:
        written = await catalog.load_places(tx, report=lambda done, expected: told.append((done, expected)))
    assert written > 230_000
    assert told[-1][0] == written
    async with database.system() as tx:
        assert await catalog.load_places(tx) == 0

    assert (await found(database, "Chicago"))[0] == "chicago-il-us"
    assert (await found(database, "St. Louis, MO"))[0] == "st-louis-mo-us"
    assert "san-diego-ca-us" in await found(database, "san", country="US")
    assert (await found(database, "munich"))[0] == "munich-02-de"
    async with database.transaction(VISITOR) as tx:
        schaumburg = await catalog.locate(tx, "Schaumburg", "IL", "US")
        assert schaumburg is not None
        assert (schaumburg.region_name, schaumburg.currency, schaumburg.time_zone) == (
            "Illinois",
            "USD",
            "America/Chicago",
        )
        took: list[float] = []
        for text in ("chicago", "san", "new yo", "st", "pari", "springfield, il") * 3:
            began = time.perf_counter()
            await catalog.find_places(tx, text, country="US")
            took.append(time.perf_counter() - began)
    # Some 1-2 ms when nothing else runs; the bound leaves room for machines that are busy.
    assert statistics.median(took) < 0.05
