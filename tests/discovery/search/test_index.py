"""What a segment says of its deals: where they are, what their words count, and what is left when bits flip."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search import service as search
from highstreet.discovery.search.domain import MAX_RADIUS_KM
from highstreet.discovery.search.index import grid
from highstreet.discovery.search.index.build import build, microseconds
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.index.stored import DamagedRow
from highstreet.discovery.search.language.lexicon import Lexicon
from highstreet.kit.compiling import compiled
from highstreet.kit.native import Held
from highstreet.market.catalog.domain.deals import Source
from highstreet.science.geo import EARTH_RADIUS_M, distances_m
from tests.discovery.search import layers, worlds
from tests.discovery.search.test_find import EQUAL

_LATITUDES = st.sampled_from((-90.0, -89.99, -60.0, 0.0, 41.85, 89.97, 90.0)) | st.floats(-90, 90)
_LONGITUDES = st.sampled_from((-180.0, -179.999, 0.0, 179.999, 180.0)) | st.floats(-180, 180)
_RADII_KM = st.sampled_from((0.001, 1.0, 10.0, MAX_RADIUS_KM)) | st.floats(0.001, MAX_RADIUS_KM)


@given(_LATITUDES, _LONGITUDES, _RADII_KM, st.integers(0, 2**32))
def test_the_cells_around_a_centre_hold_every_point_within_the_radius(
    latitude: float, longitude: float, radius_km: float, seed: int
) -> None:
    radius_m = radius_km * 1000
    runs = grid.cover(latitude, longitude, radius_m)
    assert np.all(runs[:, 0] <= runs[:, 1])
    assert np.all(runs[1:, 0] > runs[:-1, 1]), "ascending and apart"
    points = _around(latitude, longitude, radius_m, seed)
    inside = distances_m(np.full(200, latitude), np.full(200, longitude), *points) <= radius_m + 0.4
    cells = grid.cells(*points).astype(np.int64)[inside]
    run = np.searchsorted(runs[:, 0], cells, side="right") - 1
    assert np.all((run >= 0) & (cells <= runs[run, 1]))


def _around(latitude: float, longitude: float, radius_m: float, seed: int) -> Any:  # noqa: ANN401 -- two arrays
    """Points at most so far away, half of them just so far: by bearing and distance on the sphere."""
    rng = np.random.default_rng(seed)
    angle = radius_m / EARTH_RADIUS_M * np.where(rng.random(200) < 0.5, 1.0, np.sqrt(rng.random(200)))
    bearing = rng.choice([0, np.pi / 2, np.pi, -np.pi / 2], 200) + rng.normal(0, 0.5, 200)
    up = np.radians(latitude)
    north = np.arcsin(np.clip(np.sin(up) * np.cos(angle) + np.cos(up) * np.sin(angle) * np.cos(bearing), -1, 1))
    east = np.arctan2(np.sin(bearing) * np.sin(angle) * np.cos(up), np.cos(angle) - np.sin(up) * np.sin(north))
    return np.degrees(north), (longitude + np.degrees(east) + 180) % 360 - 180


def test_a_town_is_covered_by_few_cells() -> None:
    runs = grid.cover(41.85, -87.65, 10_000)
    assert len(runs) == 7
    assert (runs[:, 1] - runs[:, 0] + 1).sum() < 7 * 10


@given(_LATITUDES, _LONGITUDES, _LATITUDES, _LONGITUDES)
def test_metres_of_a_chord_are_those_of_the_haversine(
    latitude: float, longitude: float, to_latitude: float, to_longitude: float
) -> None:
    one, other = grid.vectors(np.array([latitude, to_latitude]), np.array([longitude, to_longitude]))
    squared = float(((one - other) ** 2).sum())
    (exact,) = distances_m(*(np.array([each]) for each in (latitude, longitude, to_latitude, to_longitude)))
    nearly_opposite = squared > 3.9  # where the arc sine is steep; no radius reaches that far
    assert abs(grid.metres_of_chord(squared) - exact) <= (1.0 if nearly_opposite else 0.5 + 1e-6)


def _impacts(**given_fields: object) -> dict[str, int]:
    """By word, what it counts in a deal with these texts and no others."""
    option = msgspec.structs.replace(worlds.deal(Random(1)).options[0], title="-")
    deal = worlds.deal(
        Random(1), **(EQUAL | {"title": "-", "points": (), "options": (option,), "source": None} | given_fields)
    )
    sections = build([deal], worlds.TREE)
    lexicon = Lexicon.of(sections.arrays, sections.meta.languages)
    return {lexicon.surface(word): int(sections["postings"][word]) & 255 for word in range(len(lexicon))}


def test_words_count_by_field_and_length() -> None:
    # Worked by hand: 255 s / (s + 2), where s sums weight / (1 + b (length / usual length - 1)) over occurrences.
    usual = " ".join(["massage", *(f"word{number}" for number in range(44))])
    assert _impacts(description=usual)["massage"] == 85  # s = 1
    assert _impacts(title="Massage")["massage"] == 186  # s = 4 / (1 - 0.3 * 7/8) = 5.42
    assert _impacts(title="Massage massage")["massage"] == 214  # s = 2 * 4 / (1 - 0.3 * 6/8) = 10.32
    assert _impacts(merchant_name="Massage on Main")["massage"] == 151  # s = 3 / (1 + 0.2 * 0.5/2.5) = 2.88
    assert _impacts(title="Massage", description=usual)["massage"] == 194  # s = 5.42 + 1
    link = Source(feed="paper", key="1", url="https://x.example/a-massage")
    assert _impacts(source=link)["massage"] == 179  # s = 3 / (1 - 0.6 * 3/5) = 4.69
    assert _impacts(category_slug="pizza") == {"\x01food": 128, "\x01pizza": 128}


def test_a_row_in_which_a_bit_flipped_is_told_and_not_shown() -> None:
    whole = build(worlds.deals(5, seed=8), worlds.TREE)
    data = whole["stored"].copy()
    data[int(whole["stored_starts"][2]) + 40] ^= 4
    damaged = Sections(whole.meta, {**whole.arrays, "stored": data})
    index = layers.layered(layers.live(damaged))
    hits = search.find(index, search.SearchQuery(at=worlds.NOW + timedelta(days=1), limit=100)).hits
    broken = 0
    for hit in hits:
        if hit.key[1] == 2:
            with pytest.raises(DamagedRow, match="damaged"):
                _ = hit.deal
            broken += 1
        else:
            assert hit.deal.id == hit.id
    with pytest.raises(DamagedRow):
        list(index.deals())
    assert broken == sum(hit.key[1] == 2 for hit in hits)


_ZONES = (
    *("America/Chicago", "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Kiritimati"),
    *("Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago", "Asia/Beirut", "Pacific/Pago_Pago", "UTC"),
)
"""With odd quarters of an hour, with clocks that change by half an hour, and some that change at midnight."""


def _in_every_zone() -> search.Generation:
    rng = Random(2)
    point = next(deal for deal in worlds.deals(50, 2) if deal.points).points[0]
    return worlds.index(
        [
            worlds.deal(rng, reach="locations", points=(msgspec.structs.replace(point, time_zone=zone),))
            for zone in _ZONES
        ]
    )


EVERYWHERE = _in_every_zone()


@compiled
def _days(heres: Held[Any]) -> Any:  # noqa: ANN401 -- an array of whole numbers
    return heres.what[0].zone_days


@given(st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1)), st.integers(-3, 3))  # noqa: DTZ001 -- UTC is set below
def test_the_day_of_a_zone_is_that_of_its_clock_also_when_clocks_change(about: datetime, minutes: int) -> None:
    zones = EVERYWHERE.prepared.sections[0].meta.zones
    assert set(zones) == set(_ZONES)
    midnights = [about.replace(hour=0, minute=0, second=0, tzinfo=ZoneInfo(zone)) for zone in zones]
    for at in (about.replace(tzinfo=UTC), *(midnight + timedelta(minutes=minutes) for midnight in midnights)):
        instant = at.astimezone(UTC)
        days = _days(EVERYWHERE.prepared.heres((), microseconds(instant))).tolist()
        epoch = datetime(1970, 1, 1, tzinfo=UTC).date()
        assert days == [(instant.astimezone(ZoneInfo(zone)).date() - epoch).days for zone in zones]


@pytest.mark.parametrize(
    ("asked", "title", "merchant", "is_found"),
    [
        ('"hot stone"', "Hot stone massage", None, True),
        ('"hot stone"', "Massage with hot stones", None, True),
        ('"hot stone"', "Stone, hot", None, False),
        ('"hot stone"', "Hot massage with a stone", None, False),
        ('"hot stone"', "Massage, hot", "Stone house", False),
        ('"hot stone"', "Hot hot stone", None, True),
        ('"hot stone massage"', "Hot stone hot stone massage", None, True),
        ("t-shirt", "A T-shirt of yours", None, True),
        ("t-shirt", "Tshirts", None, True),
        ("t-shirt", "Shirt, size T", None, False),
    ],
)
def test_words_in_quotation_marks_stand_together_in_one_field(
    asked: str, title: str, merchant: str | None, *, is_found: bool
) -> None:
    fields = EQUAL | {"title": title, "merchant_name": merchant, "source": None, "language": "en"}
    index = worlds.index([worlds.deal(Random(4), **fields)])
    assert search.find(index, search.SearchQuery(at=worlds.NOW, text=asked)).total == is_found
