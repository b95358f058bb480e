"""Which grid rows are best sorted by: our bands of latitude, or the hexagons of H3.

Of circles around people, of three radii: how long it takes to find the cells that cover one, into how many runs of
neighbouring rows they fall, and how many rows have to be looked at for each that lies within.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Result
from benchmarks.searching.documents import h3, ring
from benchmarks.searching.geography import scattered, world
from highstreet.discovery.search.index import grid
from highstreet.science.geo import distance_m

_RADII_KM: Final = (5, 10, 25)
_CIRCLES: Final = 150
_SIZES: Final = (6, 7, 8)
_FINEST: Final = 15

Runs = NDArray[np.int64]
"""Shape (runs, 2): first and last key, both included."""


def grids(points: int) -> list[Result]:
    """Of so many points, spread as a million deals are."""
    places = world(1_000_000)
    rng = np.random.Generator(np.random.PCG64(7))
    cities = rng.choice(len(places.cities), points + _CIRCLES, p=places.chances)
    latitudes, longitudes = scattered(cities, places, rng)
    centres = list(zip(latitudes[points:].tolist(), longitudes[points:].tolist(), strict=True))
    latitudes, longitudes = latitudes[:points], longitudes[:points]
    within = {
        radius_km: [int((distance_m(*centre, latitudes, longitudes) <= radius_km * 1000).sum()) for centre in centres]
        for radius_km in _RADII_KM
    }
    bands = np.sort(grid.cells(latitudes, longitudes).astype(np.int64))
    hexagons = np.sort(
        np.array(
            [h3.latlng_to_cell(*point, _FINEST) for point in zip(latitudes.tolist(), longitudes.tolist(), strict=True)]
        )
    )
    grid.cover(*centres[0], 1000.0)
    results: list[Result] = []
    for radius_km in _RADII_KM:
        ways: dict[str, tuple[Runs, Callable[[float, float], Runs]]] = {
            "bands of 1/32 degree": (bands, lambda up, along, r=radius_km: grid.cover(up, along, r * 1000.0))
        }
        for size in _SIZES:
            ways[f"H3 at {size}"] = (hexagons, lambda up, along, r=radius_km, s=size: _hexagons(up, along, r, s))
        for name, (keys, cover) in ways.items():
            results += _figures(f"{name}, {radius_km} km", keys, cover, centres, sum(within[radius_km]))
    return results


def _figures(
    name: str,
    keys: Runs,
    cover: Callable[[float, float], Runs],
    centres: list[tuple[float, float]],
    within: int,
) -> list[Result]:
    began = perf_counter()
    covers = [cover(*centre) for centre in centres]
    microseconds = (perf_counter() - began) / len(centres) * 1e6
    scanned = sum(
        int((np.searchsorted(keys, runs[:, 1], side="right") - np.searchsorted(keys, runs[:, 0])).sum())
        for runs in covers
    )
    return [
        Result(name, "to cover a circle", round(microseconds, 1), "us"),
        Result(name, "runs of rows", round(sum(map(len, covers)) / len(covers), 1), ""),
        Result(name, "rows looked at for each within", round(scanned / within, 2), ""),
    ]


def _hexagons(latitude: float, longitude: float, radius_km: float, size: int) -> Runs:
    """The cells that cover a circle, as runs of the finest cells within them; neighbours in that order made one."""
    shape = h3.LatLngPoly(ring(latitude, longitude, radius_km * 1000))
    cells = h3.h3shape_to_cells_experimental(shape, size, contain="overlap")
    runs = sorted((_first(cell, size), _last(cell, size)) for cell in cells)
    joined = [list(runs[0])]
    for first, last in runs[1:]:
        if _follows(joined[-1][1], first, size):
            joined[-1][1] = last
        else:
            joined.append([first, last])
    return np.array(joined, dtype=np.int64)


def _first(cell: int, size: int) -> int:
    """The least number of a finest cell within a cell: its further digits, three bits each, are 0."""
    digits = 3 * (_FINEST - size)
    return (cell & ~((1 << digits) - 1) & ~(0xF << 52)) | _FINEST << 52


def _last(cell: int, size: int) -> int:
    """The greatest: its further digits are 6."""
    digits = _FINEST - size
    return _first(cell, size) | sum(6 << 3 * place for place in range(digits))


def _follows(last: int, first: int, size: int) -> bool:
    """Whether no cell of this size lies between two, given the last finest cell of one and the first of the other."""
    digits = 3 * (_FINEST - size)
    one, other = last >> digits, first >> digits
    while one & 7 == 6 and other & 7 == 0:
        one, other = one >> 3, other >> 3
    return other == one + 1
