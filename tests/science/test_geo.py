"""Distances, and a grid that never loses a point within a circle."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.science import geo

latitudes = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0, 0.0, 89.99]))
longitudes = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 0.0, 179.999]))


@pytest.mark.parametrize(
    ("here", "there", "kilometres"),
    [
        ((41.8781, -87.6298), (40.7128, -74.0060), 1144.3),
        ((51.5074, -0.1278), (48.8566, 2.3522), 343.6),
        ((0, 179.9), (0, -179.9), 22.2),
        ((90, 0), (-90, 0), 20015.1),
    ],
)
def test_known_distances(here: tuple[float, float], there: tuple[float, float], kilometres: float) -> None:
    metres = geo.distance_m(*here, np.array([there[0]]), np.array([there[1]]))
    assert metres[0] / 1000 == pytest.approx(kilometres, abs=0.06)


@given(latitude=latitudes, longitude=longitudes, radius_m=st.floats(1, 21_000_000), seed=st.integers(0, 1000))
def test_every_point_within_the_radius_lies_in_one_of_the_runs_of_cells(
    latitude: float, longitude: float, radius_m: float, seed: int
) -> None:
    rng = Random(seed)
    spread = radius_m / 111_000
    north = np.array([min(90.0, max(-90.0, latitude + rng.gauss(0, spread))) for _ in range(60)])
    east = np.array([(longitude + rng.gauss(0, 2 * spread) + 180) % 360 - 180 for _ in range(60)])
    inside = geo.distance_m(latitude, longitude, north, east) <= radius_m
    first, last = geo.cells_within(latitude, longitude, radius_m)
    cells = geo.cells(north, east)
    runs = ((cells[:, None] >= first) & (cells[:, None] <= last)).sum(axis=1)
    assert (runs[inside] == 1).all()
    assert (runs <= 1).all()


def test_a_citys_circle_touches_few_cells() -> None:
    first, last = geo.cells_within(41.85, -87.65, 25_000)
    assert (last - first + 1).sum() <= 16


def test_runs_are_laid_out_one_after_the_other() -> None:
    positions = geo.positions(np.array([2, 5, 9]), np.array([4, 5, 12]))
    assert positions.tolist() == [2, 3, 9, 10, 11]
