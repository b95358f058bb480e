"""A row by the id of its deal."""

import numpy as np
from numpy.typing import NDArray

from highstreet.kit.compiling import compiled


@compiled
def row_of(
    id_high: NDArray[np.uint64], id_low: NDArray[np.uint64], by_id: NDArray[np.uint32], high: np.uint64, low: np.uint64
) -> int:
    """The row of an id in two halves, -1 where no row has it. `by_id` has the rows in the order of their ids."""
    start, end = 0, len(by_id)
    while start < end:
        middle = (start + end) >> 1
        row = by_id[middle]
        if id_high[row] < high or (id_high[row] == high and id_low[row] < low):
            start = middle + 1
        else:
            end = middle
    if start < len(by_id) and id_high[by_id[start]] == high and id_low[by_id[start]] == low:
        return int(by_id[start])
    return -1
