"""Which rows lie in a circle: runs of the columns, and single rows of deals with a further point in it."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import grid
from highstreet.discovery.search.index.asked import TOO_FAR, Aim, Columns
from highstreet.discovery.search.index.runs import Ints, Rows, Whole, add_run, by_rows
from highstreet.kit.compiling import compiled, inlined
from highstreet.science.geo import EARTH_RADIUS_M

_MOST_POINTS = 2**15 - 1
"""Points that are looked at, of one deal."""
_A_METRE = 1.000001 / EARTH_RADIUS_M
"""On the unit sphere, and a little more."""


class Circle(NamedTuple):
    """A centre on the unit sphere, and the squared chord of the radius."""

    x: float
    y: float
    z: float
    widest: float


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
def gallop(values: NDArray[Any], wanted: Whole, start: Whole, end: Whole) -> Whole:
    """As `first_at_least`, in a time that grows with how far it is."""
    step, lowest = 1, start
    while start < end and values[start] < wanted:
        lowest = start + 1
        start += step
        step *= 2
    return first_at_least(values, wanted, lowest, min(start, end))


@compiled
def runs_of_rows(columns: Columns, aim: Aim, whole_cells: Ints) -> Ints:
    """Shape (runs, 2): runs of rows, end excluded, ascending and apart, that hold every row which may be near enough.

    Without a centre that is all rows.
    """
    if not aim.centred:
        return _everything(len(columns.records))
    runs = np.empty((len(aim.cell_runs) + len(whole_cells), 2), np.int64)
    number = np.int64(0)
    for run in range(len(aim.cell_runs)):
        first, last = aim.cell_runs[run, 0], aim.cell_runs[run, 1]
        band = first // grid.COLUMNS
        start, end = np.int64(columns.band_starts[band]), np.int64(columns.band_starts[band + 1])
        number = _add_cells(columns, runs, number, first, last, start, end)
    number = _add_whole(columns, runs, number, whole_cells)
    return _with_further(columns, aim, runs[:number])


@compiled
def runs_of_words(columns: Columns, aim: Aim, whole_cells: Ints) -> Ints:
    """As `runs_of_rows`, with every row that has a point, wherever that is: for words that few deals have."""
    if not aim.centred:
        return _everything(len(columns.records))
    runs = np.empty((1 + len(whole_cells), 2), np.int64)
    number = add_run(runs, np.int64(0), np.int64(0), np.int64(columns.cell_starts[columns.band_starts[grid.BANDS]]))
    return runs[: _add_whole(columns, runs, number, whole_cells)]


@compiled
def further_around(columns: Columns, aim: Aim) -> Whole:
    """How many further points lie in the cells of the circle."""
    number, at = 0, np.int64(0)
    for run in range(len(aim.cell_runs)):
        start = first_at_least(columns.point_cells, aim.cell_runs[run, 0], at, len(columns.point_cells))
        at = first_at_least(columns.point_cells, aim.cell_runs[run, 1] + 1, start, len(columns.point_cells))
        number += at - start
    return number


@compiled
def _everything(rows: Whole) -> Ints:
    runs = np.empty((1, 2), np.int64)
    runs[0, 0], runs[0, 1] = 0, rows
    return runs


@compiled
def _add_whole(columns: Columns, runs: Ints, number: Whole, whole_cells: Ints) -> Whole:
    start, end = np.int64(columns.band_starts[grid.BANDS]), len(columns.cell_keys)
    for cell in whole_cells:
        number = _add_cells(columns, runs, number, cell, cell, start, end)
    return number


@compiled
def _add_cells(columns: Columns, runs: Ints, number: Whole, first: Whole, last: Whole, start: Whole, end: Whole) -> int:
    """Adds the rows of the cells `first` to `last`, which stand among `cell_keys[start:end]`."""
    start = first_at_least(columns.cell_keys, first, start, end)
    end = first_at_least(columns.cell_keys, last + 1, start, end)
    if start == end:
        return number
    return add_run(runs, number, np.int64(columns.cell_starts[start]), np.int64(columns.cell_starts[end]))


@compiled
def _with_further(columns: Columns, aim: Aim, runs: Ints) -> Ints:
    """The runs, and the rows outside of them that have a further point in a cell of the circle."""
    cells, rows_of_points = columns.point_cells, columns.point_rows
    rows, size = np.empty(further_around(columns, aim), np.int64), 0
    at = np.int64(0)
    for run in range(len(aim.cell_runs)):
        at = first_at_least(cells, aim.cell_runs[run, 0], at, len(cells))
        while at < len(cells) and cells[at] <= aim.cell_runs[run, 1]:
            row = np.int64(rows_of_points[at])
            if not _is_in(runs, row):
                rows[size] = row
                size += 1
            at += 1
    if size == 0:
        return runs
    rows = by_rows(rows[:size], np.int64(0))
    joined = np.empty((len(runs) + size, 2), np.int64)
    number, place = np.int64(0), 0
    for run in range(len(runs)):
        while place < size and rows[place] < runs[run, 0]:
            number = add_run(joined, number, rows[place], rows[place] + 1)
            place += 1
        number = add_run(joined, number, runs[run, 0], runs[run, 1])
    for row in rows[place:]:
        number = add_run(joined, number, row, row + 1)
    return joined[:number]


@compiled
def _is_in(runs: Ints, row: Whole) -> bool:
    start, end = 0, len(runs)
    while start < end:
        middle = (start + end) >> 1
        if runs[middle, 1] <= row:
            start = middle + 1
        else:
            end = middle
    return start < len(runs) and runs[start, 0] <= row


@inlined
def chord_squared(dx: float, dy: float, dz: float) -> float:
    """The square of the chord between two points on the unit sphere, of the differences of their coordinates."""
    return dx * dx + dy * dy + dz * dz


@inlined
def nearest(
    ordinal: Whole, chord: float, points: Rows, start: Whole, end: Whole, circle: Circle
) -> tuple[Whole, float]:
    """The ordinal of a deal's nearest point, `TOO_FAR` where all are; and its squared chord to the centre.

    What is given is that of the first point, and where its further points stand, in their order. Of points as many
    whole metres away the first counts.
    """
    length = math.sqrt(chord)
    for place in range(start, min(end, start + _MOST_POINTS)):
        point = points[place]
        other = chord_squared(point.x - circle.x, point.y - circle.y, point.z - circle.z)
        if other > circle.widest or (ordinal != TOO_FAR and other >= chord):
            continue
        # Where even the chord is a metre shorter, there is no need to round both arcs.
        shorter = math.sqrt(other)
        if (
            ordinal == TOO_FAR
            or length - shorter > _A_METRE
            or grid.metres_of_chord(other) < grid.metres_of_chord(chord)
        ):
            ordinal, chord, length = place - start + 1, other, shorter
    return ordinal, chord
