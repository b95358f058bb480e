"""Which rows lie in a circle: runs of the columns, and chains, the deals with several points, that have one in it.

Chains have rows of their own behind all others, so that what is looked at of them stays in the cache.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import grid
from highstreet.discovery.search.index.asked import Aim, Columns
from highstreet.discovery.search.index.runs import Ints, Whole, add_run, by_rows
from highstreet.kit.compiling import compiled, inlined
from highstreet.science.geo import EARTH_RADIUS_M

_ROW_SHIFT = np.int64(32)
_SLOT = 2**32 - 1
"""A chain is packed as its row, and the slot that holds its nearest point."""
_A_METRE = 1.000001 / EARTH_RADIUS_M
"""On the unit sphere, and a little more."""


class Chains(NamedTuple):
    """Deals with several points that have one in the circle, ascending. They lie among the rows `first:end`.

    Of each its row, the squared chord from the centre to its nearest point, and the ordinal of that.
    """

    first: int
    end: int
    rows: Ints
    chords: NDArray[np.float64]
    ordinals: Ints


@compiled
def first_at_least(values: NDArray[Any], wanted: Whole, start: Whole, end: Whole) -> Whole:
    """Where in `values[start:end]`, which ascend, the first one stands that is `wanted` or more; else `end`."""
    while start < end:
        middle = (start + end) >> 1
        if values[middle] < wanted:
            start = middle + 1
        else:
            end = middle
    return start


@compiled
def chains_around(columns: Columns, aim: Aim, wanted: NDArray[np.uint8]) -> Chains:
    """The chains that have a point in the circle; where bits are given, by row of a chain, those that are `wanted`.

    Of points as many whole metres away the first of the deal counts.
    """
    first, end = _rows_of_chains(columns)
    if not aim.centred:
        return no_chains(columns)
    point_rows, point_ordinals, points = columns.point_rows, columns.point_ordinals, columns.points
    places = _places_around(columns.point_cells, aim.cell_runs)
    x, y, z, widest, only_wanted = aim.x, aim.y, aim.z, aim.widest_chord, len(wanted) > 0
    # Nothing is given another array in the loop: what may change is counted at each turn.
    most = min((places[:, 1] - places[:, 0]).sum(), end - first)
    found, chords, ordinals = np.empty(most, np.int64), np.empty(most, np.float64), np.empty(most, np.int64)
    slots, seen, size = np.empty(end - first, np.int32), np.zeros((end - first >> 3) + 1, np.uint8), 0
    for run in range(len(places)):
        for at in range(places[run, 0], places[run, 1]):
            chain = np.int64(point_rows[at]) - first
            if only_wanted and not wanted[chain >> 3] >> (chain & 7) & 1:
                continue
            point = points[at]
            chord = chord_squared(point.x - x, point.y - y, point.z - z)
            if chord > widest:
                continue
            if seen[chain >> 3] >> (chain & 7) & 1:
                slot = slots[chain]
                if not _is_nearer(chord, point_ordinals[at], float(chords[slot]), ordinals[slot]):
                    continue
            else:
                seen[chain >> 3] |= np.uint8(1 << (chain & 7))
                slot = slots[chain] = size
                found[size] = chain + first << _ROW_SHIFT | size
                size += 1
            chords[slot], ordinals[slot] = chord, point_ordinals[at]
    found = by_rows(found[:size], _ROW_SHIFT)
    order = found & _SLOT
    return Chains(first, end, found >> _ROW_SHIFT, chords[order], ordinals[order])


@compiled
def _places_around(cells: NDArray[np.uint32], cell_runs: Ints) -> Ints:
    """Shape (runs, 2): where the points in runs of cells stand, end excluded."""
    places, at = np.empty((len(cell_runs), 2), np.int64), np.int64(0)
    for run in range(len(cell_runs)):
        places[run, 0] = first_at_least(cells, cell_runs[run, 0], at, np.int64(len(cells)))
        at = first_at_least(cells, cell_runs[run, 1] + 1, places[run, 0], np.int64(len(cells)))
        places[run, 1] = at
    return places


@compiled
def chains_among(columns: Columns, aim: Aim, rows: Ints) -> Chains:
    """As `chains_around`, of those among some rows, which ascend."""
    first, end = _rows_of_chains(columns)
    place = first_at_least(rows, first, np.int64(0), np.int64(len(rows)))
    if not aim.centred or place == len(rows) or rows[place] >= end:
        return no_chains(columns)
    wanted = np.zeros((end - first >> 3) + 1, np.uint8)
    while place < len(rows) and rows[place] < end:
        wanted[rows[place] - first >> 3] |= np.uint8(1 << (rows[place] - first & 7))
        place += 1
    return chains_around(columns, aim, wanted)


@compiled
def no_chains(columns: Columns) -> Chains:
    first, end = _rows_of_chains(columns)
    return Chains(first, end, np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.int64))


@compiled
def all_chains(columns: Columns) -> Ints:
    """All of their rows, as one run."""
    run = np.empty((1, 2), np.int64)
    run[0, 0], run[0, 1] = _rows_of_chains(columns)
    return run


@compiled
def runs_of_rows(columns: Columns, aim: Aim, whole_cells: Ints, chains: Ints) -> Ints:
    """Shape (runs, 2): runs of rows, end excluded, ascending and apart, that hold every row which may be near enough.

    `chains` are the runs of these. Without a centre that is all rows.
    """
    if not aim.centred:
        everything = np.empty((1, 2), np.int64)
        everything[0, 0], everything[0, 1] = 0, len(columns.records)
        return everything
    runs = np.empty((len(aim.cell_runs) + len(chains) + len(whole_cells), 2), np.int64)
    number = np.int64(0)
    for run in range(len(aim.cell_runs)):
        first, last = aim.cell_runs[run, 0], aim.cell_runs[run, 1]
        band = first // grid.COLUMNS
        start, end = np.int64(columns.band_starts[band]), np.int64(columns.band_starts[band + 1])
        number = _add_cells(columns, runs, number, first, last, start, end)
    for run in range(len(chains)):
        number = add_run(runs, number, chains[run, 0], chains[run, 1])
    start, end = np.int64(columns.band_starts[grid.BANDS]), np.int64(len(columns.cell_keys))
    for cell in whole_cells:
        number = _add_cells(columns, runs, number, cell, cell, start, end)
    return runs[:number]


@compiled
def _rows_of_chains(columns: Columns) -> tuple[Whole, Whole]:
    """The first row, and that behind the last."""
    keys, starts = columns.cell_keys, columns.cell_starts
    start = np.int64(columns.band_starts[grid.BANDS])
    end = first_at_least(keys, grid.DIVISION_CELL, start, np.int64(len(keys)))
    return np.int64(starts[start]), np.int64(starts[end])


@compiled
def _add_cells(columns: Columns, runs: Ints, number: Whole, first: Whole, last: Whole, start: Whole, end: Whole) -> int:
    """Adds the rows of the cells `first` to `last`, which stand among `cell_keys[start:end]`."""
    start = first_at_least(columns.cell_keys, first, start, end)
    end = first_at_least(columns.cell_keys, last + 1, start, end)
    if start == end:
        return number
    return add_run(runs, number, np.int64(columns.cell_starts[start]), np.int64(columns.cell_starts[end]))


@inlined
def chord_squared(dx: float, dy: float, dz: float) -> float:
    """The square of the chord between two points on the unit sphere, of the differences of their coordinates."""
    return dx * dx + dy * dy + dz * dz


@compiled
def _is_nearer(chord: float, ordinal: Whole, than_chord: float, than_ordinal: Whole) -> bool:
    """Of two points of a deal, by whole metres and then by their order."""
    shorter = math.sqrt(than_chord) - math.sqrt(chord)
    if abs(shorter) > _A_METRE:  # where even the chords are a metre apart, there is no need to round both arcs
        return shorter > 0
    metres, than_metres = grid.metres_of_chord(chord), grid.metres_of_chord(than_chord)
    return metres < than_metres or (metres == than_metres and ordinal < than_ordinal)
