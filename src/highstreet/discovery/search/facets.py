"""From the kernel's counts to what is told: each facet's values that occur, and how many deals choosing one would give.

Each is counted under all filters but its own.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, islice, pairwise
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
    numbers = iter(counted.tolist())

    def next_ones(count: int) -> list[int]:
        return list(islice(numbers, count))

    categories = next_ones(len(prepared.categories) + 1)
    for child, parent in prepared.parents:
        categories[parent] += categories[child]
    return {
        "category": _told(prepared.categories, categories),
        "price": _told(_BANDS, next_ones(PRICE_BANDS)),
        "discount": _told(_PERCENTS, _or_more(next_ones(DISCOUNT_STEPS))[1:]),
        "distance": _told(_STEPS_KM, accumulate(next_ones(len(DISTANCE_STEPS_KM) + 1))),
        "day": _told(_WEEKDAYS, next_ones(DAYS)),
        "usable_today": _told(_YES, next_ones(1)),
        "new_merchant": _told(_YES, next_ones(1)),
    }


def _told(values: Sequence[str], counts: Iterable[int]) -> Facet:
    return tuple([FacetCount(value, number) for value, number in zip(values, counts, strict=False) if number])


def _or_more(counts: list[int]) -> list[int]:
    return list(accumulate(reversed(counts)))[::-1]
