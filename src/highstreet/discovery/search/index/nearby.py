"""Which rows lie in a circle: runs of the columns, and single rows of deals with a further point in it."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import grid
from highstreet.discovery.search.index.asked import TOO_FAR, Aim, Columns
from highstreet.discovery.search.index.runs import Whole, by_rows
from highstreet.discovery.search.index.sections import SEVERAL_POINTS
from highstreet.kit.compiling import compiled, inlined
from highstreet.science.geo import EARTH_RADIUS_M

_ROW_SHIFT, _METRE_SHIFT = 39, 14
"""A further point in the circle is packed as its row, its distance (25 bits) and its ordinal (14 bits)."""
_METRES = 2**25 - 1
_ORDINAL = 2**14 - 1

Ints = NDArray[np.int64]


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
def further_points(columns: Columns, aim: Aim) -> Ints:
    """Further points within the radius, packed and ascending: of each deal the nearest, in the order of rows."""
    if not aim.centred or len(columns.extra_cells) == 0:
        return np.empty(0, np.int64)
    found = np.empty(16, np.int64)
    widest = widest_chord_squared(aim.radius_m)
    number, at = 0, 0
    for run in range(len(aim.cell_runs)):
        at = first_at_least(columns.extra_cells, aim.cell_runs[run, 0], at, len(columns.extra_cells))
        while at < len(columns.extra_cells) and columns.extra_cells[at] <= aim.cell_runs[run, 1]:
            extra = columns.extras[at]
            chord = chord_squared(extra.x - aim.x, extra.y - aim.y, extra.z - aim.z)
            metres = grid.metres_of_chord(chord) if chord <= widest else aim.radius_m + 1
            if metres <= aim.radius_m:
                if number == len(found):
                    found = np.concatenate((found, np.empty(number, np.int64)))
                ordinal = min(np.int64(extra.ordinal), _ORDINAL)
                found[number] = np.int64(extra.row) << _ROW_SHIFT | metres << _METRE_SHIFT | ordinal
                number += 1
            at += 1
    found = by_rows(found[:number], _ROW_SHIFT)
    kept = 0
    for place in range(number):
        if kept == 0 or found[place] >> _ROW_SHIFT != found[kept - 1] >> _ROW_SHIFT:
            found[kept] = found[place]
            kept += 1
        elif found[place] < found[kept - 1]:
            found[kept - 1] = found[place]
    return found[:kept]


@compiled
def runs_of_rows(columns: Columns, aim: Aim, whole_cells: Ints, further: Ints) -> Ints:
    """Shape (runs, 2): runs of rows, end excluded, ascending and apart, that hold every row which may be near enough.

    Without a centre that is all rows.
    """
    if not aim.centred:
        everything = np.empty((1, 2), np.int64)
        everything[0, 0], everything[0, 1] = 0, len(columns.records)
        return everything
    runs = np.empty((len(aim.cell_runs) + len(whole_cells) + len(further), 2), np.int64)
    number, next_further = 0, 0
    for run in range(len(aim.cell_runs) + len(whole_cells)):
        if run < len(aim.cell_runs):
            first, last = aim.cell_runs[run, 0], aim.cell_runs[run, 1]
            band = first // grid.COLUMNS
            start, end = np.int64(columns.band_starts[band]), np.int64(columns.band_starts[band + 1])
        else:
            first = last = whole_cells[run - len(aim.cell_runs)]
            start, end = np.int64(columns.band_starts[grid.BANDS]), len(columns.cell_keys)
        start = first_at_least(columns.cell_keys, first, start, end)
        end = first_at_least(columns.cell_keys, last + 1, start, end)
        if start == end:
            continue
        first_row, end_row = np.int64(columns.cell_starts[start]), np.int64(columns.cell_starts[end])
        number, next_further = _add_single(runs, number, further, next_further, first_row)
        number = _add_run(runs, number, first_row, end_row)
        while next_further < len(further) and further[next_further] >> _ROW_SHIFT < end_row:
            next_further += 1
    number, next_further = _add_single(runs, number, further, next_further, len(columns.records))
    return runs[:number]


@compiled
def _add_single(runs: Ints, number: Whole, further: Ints, at: Whole, before: Whole) -> tuple[Whole, Whole]:
    """Adds the rows of further points that come before a row."""
    while at < len(further) and further[at] >> _ROW_SHIFT < before:
        row = further[at] >> _ROW_SHIFT
        number = _add_run(runs, number, row, row + 1)
        at += 1
    return number, at


@compiled
def _add_run(runs: Ints, number: Whole, start: Whole, end: Whole) -> Whole:
    if number and runs[number - 1, 1] == start:
        runs[number - 1, 1] = end
        return number
    runs[number, 0], runs[number, 1] = start, end
    return number + 1


@inlined
def chord_squared(dx: float, dy: float, dz: float) -> float:
    """The square of the chord between two points on the unit sphere, of the differences of their coordinates."""
    return dx * dx + dy * dy + dz * dz


@compiled
def widest_chord_squared(radius_m: Whole) -> float:
    """The squared chord of a metre more than the radius, which is more than any rounding: further is too far."""
    return (2 * math.sin(min((radius_m + 1.0) / (2 * EARTH_RADIUS_M), math.pi / 2))) ** 2


@inlined
def nearest(
    row: Whole, flags: Whole, chord: float, widest_chord: float, radius_m: Whole, further: Ints, at: Whole
) -> tuple[Whole, Whole]:
    """Metres from the centre to a row's nearest point, and its ordinal: `TOO_FAR` where all are.

    `chord` is the squared one from the centre to the first point, `widest_chord` that of the radius; `at` is where the
    row stands among the further points, or would stand (`place_of`).
    """
    metres, ordinal = 0, TOO_FAR
    if chord <= widest_chord:
        metres = grid.metres_of_chord(chord)
        if metres <= radius_m:
            ordinal = 0
    if flags & SEVERAL_POINTS and at < len(further) and further[at] >> _ROW_SHIFT == row:
        further_metres = further[at] >> _METRE_SHIFT & _METRES
        if ordinal != 0 or further_metres < metres:
            return further_metres, further[at] & _ORDINAL
    return metres, ordinal


@inlined
def place_of(row: Whole, further: Ints, at: Whole) -> Whole:
    """Where a row stands among the further points, or would stand; not before `at`. For rows that ascend."""
    while at < len(further) and further[at] >> _ROW_SHIFT < row:
        at += 1
    return at
