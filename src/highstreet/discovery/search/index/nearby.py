"""Which rows lie in a circle: runs of the columns, and chains, the deals with several points, that have one in it.

Chains have rows of their own behind all others, so that what is looked at of them stays in the cache.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import grid
from highstreet.discovery.search.index.asked import Aim, Columns
from highstreet.discovery.search.index.runs import Ints, Whole, add_run
from highstreet.kit.compiling import compiled, inlined
from highstreet.science.geo import EARTH_RADIUS_M

_A_METRE = 1.000001 / EARTH_RADIUS_M
"""On the unit sphere, and a little more."""
_WIDEST = 4.0
"""The squared chord of two points that lie opposite each other."""


class Chains(NamedTuple):
    """Deals with several points that have one in the circle, in any order. They lie among the rows `first:end`.

    Of each its row, the squared chord from the centre to its nearest point, and the ordinal of that. Whether a chain is
    among them is said by its bit of `seen`, and where by its slot, both counted from `first`; without a circle, `seen`
    is empty.
    """

    first: int
    end: int
    seen: NDArray[np.uint8]
    slots: NDArray[np.int32]
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
def points_around(columns: Columns, aim: Aim) -> Whole:
    """How many points of chains lie in the cells of the circle."""
    places = _places_around(columns.point_cells, aim.cell_runs)
    return (places[:, 1] - places[:, 0]).sum()


@compiled
def chains_around(columns: Columns, aim: Aim, wanted: NDArray[np.uint8]) -> Chains:
    """The chains that have a point in the circle; where bits are given, by row of a chain, those that are `wanted`.

    Of points as many whole metres away the first of the deal counts.
    """
    first, end = _rows_of_chains(columns)
    if not aim.centred:
        return no_chains(columns)
    places = _places_around(columns.point_cells, aim.cell_runs)
    within, within_chords = _points_within(columns, aim, wanted, places, first)
    point_rows, point_ordinals = columns.point_rows, columns.point_ordinals
    # Nothing is given another array in the loop: what may change is counted at each turn.
    most = min(len(within), end - first)
    rows, chords, ordinals = np.empty(most, np.int64), np.empty(most, np.float64), np.empty(most, np.int64)
    slots, seen, size = np.empty(end - first, np.int32), np.zeros((end - first >> 3) + 1, np.uint8), np.int64(0)
    # Chords that differ by more are more than a metre apart: to know that, no root is needed.
    surely = 2 * _A_METRE * math.sqrt(min(aim.widest_chord, _WIDEST))
    for place in range(len(within)):
        at, chord = within[place], within_chords[place]
        chain = np.int64(point_rows[at]) - first
        # Without a branch as well: whether a chain was met before, and whether this point is nearer, tosses coins.
        met = np.int64(seen[chain >> 3] >> (chain & 7) & 1)
        slot = size + met * (np.int64(slots[chain]) - size)
        rows[slot], slots[chain] = chain + first, slot
        seen[chain >> 3] |= np.uint8(1 << (chain & 7))
        size += 1 - met
        nearer, ordinal = chords[slot] - chord, np.int64(point_ordinals[at])
        is_next = met == 0 or nearer > surely
        if met and -surely <= nearer <= surely:
            is_next = _is_nearer(chord, ordinal, float(chords[slot]), ordinals[slot])
        chords[slot] = chord if is_next else chords[slot]
        ordinals[slot] = ordinal if is_next else ordinals[slot]
    return Chains(first, end, seen, slots, rows[:size], chords[:size], ordinals[:size])


@compiled
def _points_within(
    columns: Columns, aim: Aim, wanted: NDArray[np.uint8], places: Ints, first: Whole
) -> tuple[Ints, NDArray[np.float64]]:
    """Where the points of wanted chains stand that lie in the circle, and their squared chords from the centre."""
    point_rows, points = columns.point_rows, columns.points
    x, y, z, widest, only_wanted = aim.x, aim.y, aim.z, aim.widest_chord, len(wanted) > 0
    most = (places[:, 1] - places[:, 0]).sum()
    found, chords, size = np.empty(most, np.int64), np.empty(most, np.float64), 0
    for run in range(len(places)):
        for at in range(places[run, 0], places[run, 1]):
            if only_wanted:
                chain = np.int64(point_rows[at]) - first
                if not wanted[chain >> 3] >> (chain & 7) & 1:
                    continue
            point = points[at]
            chord = chord_squared(point.x - x, point.y - y, point.z - z)
            # No branch, since none could be foretold: what is too far is written over by the next one.
            found[size], chords[size] = at, chord
            size += chord <= widest
    return found[:size], chords[:size]


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
    nothing = np.empty(0, np.int64)
    return Chains(first, end, np.empty(0, np.uint8), np.empty(0, np.int32), nothing, np.empty(0, np.float64), nothing)


@compiled
def how_many_chains(columns: Columns) -> Whole:
    first, end = _rows_of_chains(columns)
    return end - first


@compiled
def runs_of_rows(columns: Columns, aim: Aim, whole_cells: Ints, with_chains: bool) -> Ints:  # noqa: FBT001 -- compiled code takes no names
    """Shape (runs, 2): runs of rows, end excluded, ascending and apart, that hold every row which may be near enough.

    All chains are among them, or none. Without a centre that is all rows.
    """
    if not aim.centred:
        everything = np.empty((1, 2), np.int64)
        everything[0, 0], everything[0, 1] = 0, len(columns.records)
        return everything
    runs = np.empty((len(aim.cell_runs) + 1 + len(whole_cells), 2), np.int64)
    number = np.int64(0)
    for run in range(len(aim.cell_runs)):
        first, last = aim.cell_runs[run, 0], aim.cell_runs[run, 1]
        band = first // grid.COLUMNS
        start, end = np.int64(columns.band_starts[band]), np.int64(columns.band_starts[band + 1])
        number = _add_cells(columns, runs, number, first, last, start, end)
    first_chain, end_chains = _rows_of_chains(columns)
    if with_chains and first_chain < end_chains:
        number = add_run(runs, number, first_chain, end_chains)
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
