"""From the kernel's counts to what is told: each facet's values that occur, and how many deals choosing one would give.

Each is counted under all filters but its own.
"""

from collections.abc import Sequence
from itertools import accumulate, compress, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.domain import PRICE_STEPS, FacetCount
from highstreet.discovery.search.index.prepared import Prepared
from highstreet.discovery.search.index.sifting import DAYS, DISCOUNT_STEPS, DISTANCE_STEPS_KM, PRICE_BANDS

_BANDS: Final = tuple(f"{start}-{end - 1}" for start, end in pairwise(PRICE_STEPS))
_PERCENTS: Final = tuple(str(percent) for percent in range(10, 100, 10))
_STEPS_KM: Final = tuple(map(str, DISTANCE_STEPS_KM))
_WEEKDAYS: Final = tuple(str(day) for day in range(1, DAYS + 1))
_YES: Final = ("true",)

Facet = tuple[FacetCount, ...]


def count(counted: NDArray[np.int64], prepared: Prepared) -> dict[str, Facet]:
    """What an `Answer` counted, by facet."""
    numbers: list[int] = counted.tolist()
    prices = len(prepared.categories) + 1
    discounts = prices + PRICE_BANDS
    distances = discounts + DISCOUNT_STEPS
    days = distances + len(DISTANCE_STEPS_KM) + 1
    singles = days + DAYS
    for child, parent in prepared.parents:
        numbers[parent] += numbers[child]
    return {
        "category": _told(prepared.categories, numbers),
        "price": _told(_BANDS, numbers[prices:discounts]),
        "discount": _told(_PERCENTS, _or_more(numbers[discounts:distances])[1:]),
        "distance": _told(_STEPS_KM, list(accumulate(numbers[distances:days]))),
        "day": _told(_WEEKDAYS, numbers[days:singles]),
        "usable_today": _told(_YES, numbers[singles : singles + 1]),
        "new_merchant": _told(_YES, numbers[singles + 1 : singles + 2]),
    }


def _told(values: Sequence[str], counts: Sequence[int]) -> Facet:
    """Those that are not 0; `counts` may go on behind the last value."""
    return tuple(map(FacetCount, compress(values, counts), filter(None, counts)))


def _or_more(counts: list[int]) -> list[int]:
    return list(accumulate(reversed(counts)))[::-1]
