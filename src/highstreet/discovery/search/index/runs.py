"""Numbers in ascending order: runs of them made one, and numbers in no order put in that of their rows.

numpy's own sorts are long when they are compiled in, and compiling them is what a first start would wait for.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from highstreet.kit.compiling import compiled

Ints = NDArray[np.int64]
Whole: TypeAlias = Any
"""A whole number of Python or of numpy, of any width."""


_DIGIT_BITS, _DIGITS = 12, 2
_FEW = 64


@compiled
def by_rows(values: Ints, shift: Whole) -> Ints:
    """Numbers in the order of the 24 bits above the lowest `shift`; those that agree in these come in any order.

    A few by insertion, more by counting their digits of 12 bits, the lower one first.
    """
    if len(values) <= _FEW:
        for place in range(1, len(values)):
            value, at = values[place], place
            while at > 0 and values[at - 1] > value:
                values[at] = values[at - 1]
                at -= 1
            values[at] = value
        return values
    source, target = values, np.empty(len(values), np.int64)
    for digit in range(_DIGITS):
        right = shift + _DIGIT_BITS * digit
        behind = np.zeros((1 << _DIGIT_BITS) + 1, np.int64)
        for value in source:
            behind[(value >> right & (1 << _DIGIT_BITS) - 1) + 1] += 1
        for number in range(1 << _DIGIT_BITS):
            behind[number + 1] += behind[number]
        for value in source:
            number = value >> right & (1 << _DIGIT_BITS) - 1
            target[behind[number]] = value
            behind[number] += 1
        source, target = target, source
    return source


@compiled
def merged(values: Ints, starts: Ints) -> Ints:
    """The runs that `starts` bounds, each ascending, as one that ascends: merged by pairs, level by level."""
    runs, size = len(starts) - 1, starts[len(starts) - 1]
    if runs <= 1:
        return values[:size]
    source, target = values[:size], np.empty(size, np.int64)
    bounds = starts.copy()
    while runs > 1:
        joined = 0
        for run in range(0, runs, 2):
            start, middle = bounds[run], bounds[run + 1]
            end = bounds[min(run + 2, runs)]
            _merge_two(source, start, middle, end, target)
            bounds[joined] = start
            joined += 1
        bounds[joined] = size
        runs = joined
        source, target = target, source
    return source


@compiled
def _merge_two(source: Ints, start: Whole, middle: int, end: Whole, target: Ints) -> None:
    left, right = start, middle
    for place in range(start, end):
        if left < middle and (right >= end or source[left] <= source[right]):
            target[place] = source[left]
            left += 1
        else:
            target[place] = source[right]
            right += 1
