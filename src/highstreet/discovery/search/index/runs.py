"""Numbers in ascending order: runs of them made one, and numbers in no order made a run.

numpy's own sorts are long when they are compiled in, and compiling them is what a first start would wait for.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from highstreet.kit.compiling import compiled

Ints = NDArray[np.int64]
Whole: TypeAlias = Any
"""A whole number of Python or of numpy, of any width."""


@compiled
def ascending(values: Ints) -> Ints:
    """The values in order."""
    return merged(values, np.arange(len(values) + 1))


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
