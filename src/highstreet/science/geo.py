"""Distances on the Earth, and a grid that finds what is near without looking at everything.

Coordinates are WGS 84 degrees. The Earth is taken as a sphere, which is at most 0.6 % wrong: far less than a street
differs from a straight line.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG), in metres."""

CELLS_PER_DEGREE = 4
"""A cell is a quarter of a degree: 28 km from north to south, so a city's radius touches a handful of rows of cells."""

_BANDS = 180 * CELLS_PER_DEGREE
_COLUMNS = 360 * CELLS_PER_DEGREE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def distance_m(latitude: float, longitude: float, latitudes: Floats, longitudes: Floats) -> Ints:
    """Great-circle distances in whole metres from one point to many, by the haversine formula.

    Whole metres make equal distances equal everywhere: a cursor or a tie never hangs on the last bit of a cosine.
    """
    here = math.radians(latitude)
    there = np.radians(latitudes)
    half_north = np.sin((there - here) / 2)
    half_east = np.sin(np.radians(longitudes - longitude) / 2)
    haversine = half_north * half_north + math.cos(here) * np.cos(there) * half_east * half_east
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))
    return np.rint(metres).astype(np.int64)


def distances_m(latitudes: Floats, longitudes: Floats, to_latitudes: Floats, to_longitudes: Floats) -> Floats:
    """Great-circle distances in metres from each point to the one beside it, by the haversine formula."""
    here, there = np.radians(latitudes), np.radians(to_latitudes)
    half_north = np.sin((there - here) / 2)
    half_east = np.sin(np.radians(to_longitudes - longitudes) / 2)
    haversine = half_north * half_north + np.cos(here) * np.cos(there) * half_east * half_east
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))


def cells(latitudes: Floats, longitudes: Floats) -> Ints:
    """The grid cell of each point. Cells of one band of latitude are numbered consecutively from west to east."""
    bands = np.clip(np.floor((latitudes + 90) * CELLS_PER_DEGREE), 0, _BANDS - 1).astype(np.int64)
    columns = np.floor((longitudes + 180) * CELLS_PER_DEGREE).astype(np.int64) % _COLUMNS
    return bands * _COLUMNS + columns


def centres(cells: Ints) -> tuple[Floats, Floats]:
    """Latitude and longitude of the middle of each grid cell."""
    return (cells // _COLUMNS + 0.5) / CELLS_PER_DEGREE - 90, (cells % _COLUMNS + 0.5) / CELLS_PER_DEGREE - 180


def cells_within(latitude: float, longitude: float, radius_m: float) -> tuple[Ints, Ints]:
    """First and last cell, both inclusive, of the runs of cells that cover a circle.

    The runs do not overlap; together they hold every point within the radius, and some beyond it.
    """
    angle = (radius_m + 1) / EARTH_RADIUS_M
    south, north = latitude - math.degrees(angle), latitude + math.degrees(angle)
    first_band = max(0, math.floor((south + 90) * CELLS_PER_DEGREE))
    last_band = min(_BANDS - 1, math.floor((north + 90) * CELLS_PER_DEGREE))
    bands = np.arange(first_band, last_band + 1, dtype=np.int64) * _COLUMNS
    runs = _columns_within(latitude, longitude, angle)
    first = np.concatenate([bands + start for start, _ in runs])
    last = np.concatenate([bands + end for _, end in runs])
    return first, last


def _columns_within(latitude: float, longitude: float, angle: float) -> list[tuple[int, int]]:
    """Runs of columns that a circle of `angle` radians spans: one, or two where it crosses the antimeridian."""
    if abs(math.radians(latitude)) + angle >= math.pi / 2:
        return [(0, _COLUMNS - 1)]
    half_width = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(latitude))))
    west = math.floor((longitude - half_width + 180) * CELLS_PER_DEGREE)
    east = math.floor((longitude + half_width + 180) * CELLS_PER_DEGREE)
    if east - west + 1 >= _COLUMNS:
        return [(0, _COLUMNS - 1)]
    west, east = west % _COLUMNS, east % _COLUMNS
    return [(west, east)] if west <= east else [(0, east), (west, _COLUMNS - 1)]


def positions(starts: NDArray[Any], ends: NDArray[Any]) -> Ints:
    """All positions of the half-open runs `[start, end)`, one run after the other."""
    lengths = (ends - starts).astype(np.int64)
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    return np.arange(total, dtype=np.int64) + np.repeat(starts - before, lengths)
