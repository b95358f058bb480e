"""The grid that rows are sorted by: bands of latitude, each cut into cells from west to east.

A circle is one run of cells in each band that it touches (two where it crosses the antimeridian), so that to cover it
costs a few arithmetic operations a band, and its rows are a few runs of neighbours.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from highstreet.kit.compiling import compiled, inlined
from highstreet.science.geo import EARTH_RADIUS_M

CELLS_PER_DEGREE: Final = 32
"""A cell is 3.5 km from north to south: a city's radius of 10 km touches seven bands."""

BANDS: Final = 180 * CELLS_PER_DEGREE
COLUMNS: Final = 360 * CELLS_PER_DEGREE

CHAIN_CELL: Final = 2**30
"""Behind all cells of the grid come those of chains, deals with several points: this plus the cell of the first."""
DIVISION_CELL: Final = 2**31
"""Behind these come those of deals that hold in a division: this plus its number."""
ONLINE_CELL: Final = 2**32 - 2
UNSTATED_CELL: Final = 2**32 - 1

_SLACK_M: Final = 1.0
"""Distances are rounded to whole metres, so that a point may be half a metre further away than it is taken for."""

_CLOSE: Final = 1e-9
"""Much more than what rounding does to a squared chord, and much less than half a metre."""

Floats = NDArray[np.float64]


def cells(latitudes: Floats, longitudes: Floats) -> NDArray[np.uint32]:
    """The cell of each point, WGS 84 degrees."""
    bands = np.clip(np.floor((latitudes + 90) * CELLS_PER_DEGREE), 0, BANDS - 1).astype(np.int64)
    columns = np.floor((longitudes + 180) * CELLS_PER_DEGREE).astype(np.int64) % COLUMNS
    return (bands * COLUMNS + columns).astype(np.uint32)


def vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    """Shape (points, 3): each point on the unit sphere."""
    up, along = np.radians(latitudes), np.radians(longitudes)
    across = np.cos(up)
    return np.stack((across * np.cos(along), across * np.sin(along), np.sin(up)), axis=1)


@inlined
def metres_of_chord(squared: float) -> int:
    """Great-circle distance in whole metres of two points on the unit sphere, from the square of their chord."""
    return int(np.rint(2 * EARTH_RADIUS_M * math.asin(min(math.sqrt(squared) / 2, 1.0))))


def widest_chord(metres: int) -> float:
    """The greatest squared chord that is not more than so many metres, to the last bit of it.

    So a chord is known to be near enough without an arc sine.
    """
    middle = (2 * math.sin(min((metres + 0.5) / (2 * EARTH_RADIUS_M), math.pi / 2))) ** 2
    near, far = middle * (1 - _CLOSE), middle * (1 + _CLOSE)
    if _metres(far) <= metres:
        return math.inf  # the whole globe
    while near < (middle := (near + far) / 2) < far:
        if _metres(middle) <= metres:
            near = middle
        else:
            far = middle
    return near


def _metres(squared: float) -> int:
    """As `metres_of_chord`, for who is not compiled."""
    return round(2 * EARTH_RADIUS_M * math.asin(min(math.sqrt(squared) / 2, 1.0)))


@compiled
def cover(latitude: float, longitude: float, radius_m: float) -> NDArray[np.int64]:
    """Shape (runs, 2): first and last cell, both included, of runs that hold every point within the radius.

    Ascending and apart from each other. The half width in longitude of a circle of angle a around latitude p is, at
    latitude q, arccos((cos a - sin p sin q) / (cos p cos q)); it is greatest at arcsin(sin p / cos a).
    """
    angle = (radius_m + _SLACK_M) / EARTH_RADIUS_M
    here = math.radians(latitude)
    south, north = max(here - angle, -math.pi / 2), min(here + angle, math.pi / 2)
    first_band = max(0, math.floor((math.degrees(south) + 90) * CELLS_PER_DEGREE))
    last_band = min(BANDS - 1, math.floor((math.degrees(north) + 90) * CELLS_PER_DEGREE))
    over_pole = abs(here) + angle >= math.pi / 2
    widest = here if over_pole else math.asin(math.sin(here) / math.cos(angle))
    runs = np.empty((2 * (last_band - first_band + 1), 2), np.int64)
    number = 0
    for band in range(first_band, last_band + 1):
        lowest = max(south, math.radians(band / CELLS_PER_DEGREE - 90))
        highest = min(north, math.radians((band + 1) / CELLS_PER_DEGREE - 90))
        half = 180.0
        if not over_pole:
            at = min(max(widest, lowest), highest)
            cosine = (math.cos(angle) - math.sin(here) * math.sin(at)) / (math.cos(here) * math.cos(at))
            half = math.degrees(math.acos(min(max(cosine, -1.0), 1.0))) + 1e-9
        west = math.floor((longitude - half + 180) * CELLS_PER_DEGREE)
        east = math.floor((longitude + half + 180) * CELLS_PER_DEGREE)
        start = band * COLUMNS
        if east - west + 1 >= COLUMNS:
            runs[number] = start, start + COLUMNS - 1
            number += 1
            continue
        west, east = west % COLUMNS, east % COLUMNS
        if west <= east:
            runs[number] = start + west, start + east
            number += 1
        else:
            runs[number] = start, start + east
            runs[number + 1] = start + west, start + COLUMNS - 1
            number += 2
    return runs[:number]
