"""The best pairing of fields with columns as a whole: no column is used twice, and the total likelihood is highest.

Kuhn, "The Hungarian Method for the Assignment Problem" (Naval Research Logistics Quarterly 2, 1955), as shortest
augmenting paths over a table that is wider than high: Crouse, "On Implementing 2D Rectangular Assignment Algorithms"
(IEEE Transactions on Aerospace and Electronic Systems 52, 2016).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_NOBODY = -1


def assign(scores: Sequence[Sequence[float]]) -> list[int | None]:
    """For each row of `scores` the column that it gets, None where it gets none; scores of 0 or less are no pairing."""
    fields = len(scores)
    if not fields or not scores[0]:
        return [None] * fields
    likely = np.maximum(np.array(scores, dtype=np.float64), 0.0)
    # A column of its own for each field, so that it can go without.
    costs = np.hstack([-likely, np.zeros((fields, fields))])
    row_prices, column_prices = np.zeros(fields), np.zeros(costs.shape[1])
    holders = np.full(costs.shape[1], _NOBODY)
    held = np.full(fields, _NOBODY)
    for field in range(fields):
        column, came_from = _cheapest_path(field, costs, row_prices, column_prices, holders, held)
        row = _NOBODY
        while row != field:
            row = int(came_from[column])
            holders[column] = row
            column, held[row] = int(held[row]), column
    return [
        int(column) if column < likely.shape[1] and likely[field, column] > 0 else None
        for field, column in enumerate(held)
    ]


def _cheapest_path(
    field: int, costs: _Floats, row_prices: _Floats, column_prices: _Floats, holders: _Ints, held: _Ints
) -> tuple[int, _Ints]:
    """The free column that `field` reaches most cheaply, and from which row each column is reached. Updates prices."""
    distances = np.full(costs.shape[1], np.inf)
    came_from = np.full(costs.shape[1], _NOBODY)
    seen = np.zeros(costs.shape[1], dtype=bool)
    rows = [field]
    so_far = 0.0
    while True:
        through = so_far + costs[rows[-1]] - row_prices[rows[-1]] - column_prices
        shorter = ~seen & (through < distances)
        distances[shorter] = through[shorter]
        came_from[shorter] = rows[-1]
        column = int(np.argmin(np.where(seen, np.inf, distances)))
        so_far = float(distances[column])
        seen[column] = True
        if holders[column] == _NOBODY:
            break
        rows.append(int(holders[column]))
    row_prices[field] += so_far
    for row in rows[1:]:
        row_prices[row] += so_far - distances[held[row]]
    column_prices[seen] -= so_far - distances[seen]
    return column, came_from
