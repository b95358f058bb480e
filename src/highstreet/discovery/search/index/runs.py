"""Numbers that begin with a row, put in the order of their rows.

numpy's own sorts are long when they are compiled in, and compiling them is what a first start would wait for.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from highstreet.kit.compiling import compiled

Ints = NDArray[np.int64]
Whole: TypeAlias = Any
"""A whole number of Python or of numpy, of any width."""
Rows: TypeAlias = Any
"""An array of structures; numpy's types do not say that its elements have fields."""

_DIGIT_BITS, _DIGITS = 8, 3
_FEW = 48


@compiled
def by_rows(values: Ints, shift: Whole) -> Ints:
    """Numbers in the order of the 24 bits above the lowest `shift`; those that agree in these come in any order.

    A few by insertion, more by counting their digits of 8 bits, the lowest one first. `values` are overwritten.
    """
    if len(values) <= _FEW or _ascends(values):
        return _by_insertion(values)
    source, target = values, np.empty(len(values), np.int64)
    for digit in range(_DIGITS):
        right = shift + _DIGIT_BITS * digit
        behind = np.zeros((1 << _DIGIT_BITS) + 1, np.int64)
        for value in source:
            behind[(value >> right & (1 << _DIGIT_BITS) - 1) + 1] += 1
        if behind[(source[0] >> right & (1 << _DIGIT_BITS) - 1) + 1] == len(source):
            continue  # all have the same digit
        for number in range(1 << _DIGIT_BITS):
            behind[number + 1] += behind[number]
        for value in source:
            number = value >> right & (1 << _DIGIT_BITS) - 1
            target[behind[number]] = value
            behind[number] += 1
        source, target = target, source
    return source


@compiled
def _ascends(values: Ints) -> bool:
    place = 1
    while place < len(values) and values[place - 1] <= values[place]:
        place += 1
    return place >= len(values)


@compiled
def _by_insertion(values: Ints) -> Ints:
    for place in range(1, len(values)):
        value, at = values[place], place
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value
    return values


@compiled
def runs_of(values: Ints, shift: Whole) -> Ints:
    """Shape (runs, 2): the rows that numbers begin with as runs, end excluded, ascending and apart.

    `values` are overwritten.
    """
    values = by_rows(values, shift)
    runs = np.empty((len(values), 2), np.int64)
    number = np.int64(0)
    for value in values:
        number = add_run(runs, number, value >> shift, (value >> shift) + 1)
    return runs[:number]


@compiled
def add_run(runs: Ints, number: Whole, start: Whole, end: Whole) -> Whole:
    """Adds a run that does not begin before the last one did to `number` runs; how many there are then."""
    if number and runs[number - 1, 1] >= start:
        runs[number - 1, 1] = max(end, runs[number - 1, 1])
        return number
    runs[number, 0], runs[number, 1] = start, end
    return number + 1


@compiled
def spread_out(runs: Ints, others: Ints) -> Ints:
    """Every row of the runs, and behind these the others."""
    rows = np.empty((runs[:, 1] - runs[:, 0]).sum() + len(others), np.int64)
    number = 0
    for run in range(len(runs)):
        for row in range(runs[run, 0], runs[run, 1]):
            rows[number] = row
            number += 1
    rows[number:] = others
    return rows
