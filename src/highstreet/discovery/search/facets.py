"""From the kernel's counts to what is told: each facet's values that occur, and how many deals choosing one would give.

Each is counted under all filters but its own.
"""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.domain import PRICE_STEPS, FacetCount
from highstreet.discovery.search.index.asked import Answer
from highstreet.discovery.search.index.kernel import DISTANCE_STEPS_KM
from highstreet.market.catalog.domain.categories import CategoryTree

_TENTHS: Final = range(10, 100, 10)
_BITS_OF_DAYS: Final = (np.arange(128)[:, None] >> np.arange(7)) & 1
"""By the bits of the days on which deals can be used: a column a day."""

Ints = NDArray[np.int64]


def count(answer: Answer, categories: CategoryTree) -> dict[str, tuple[FacetCount, ...]]:
    return {
        "category": tuple(_categories(answer.categories, categories)),
        "price": tuple(_prices(answer.prices)),
        "discount": tuple(_discounts(answer.discounts)),
        "distance": tuple(_distances(answer.distances)),
        "day": _told(range(1, 8), (answer.weekdays @ _BITS_OF_DAYS).tolist()),
        "usable_today": _told(("true",), [answer.usable_today]),
        "new_merchant": _told(("true",), [answer.newcomers]),
    }


def _told(values: Any, counts: list[int]) -> tuple[FacetCount, ...]:  # noqa: ANN401 -- names or numbers
    return tuple(FacetCount(str(value), number) for value, number in zip(values, counts, strict=True) if number)


def _categories(counted: Ints, tree: CategoryTree) -> Iterator[FacetCount]:
    """Each category with what lies below it, in the order of the tree, where a parent stands before its children."""
    totals: list[int] = counted.tolist()
    number_of = {category.slug: number for number, category in enumerate(tree.categories)}
    for number in reversed(range(len(tree.categories))):
        parent = tree.categories[number].parent
        if parent is not None:
            totals[number_of[parent]] += totals[number]
    for number, category in enumerate(tree.categories):
        if totals[number]:
            yield FacetCount(category.slug, totals[number])


def _prices(counted: Ints) -> Iterator[FacetCount]:
    for number, (start, end) in zip(counted.tolist(), pairwise(PRICE_STEPS), strict=False):
        if number:
            yield FacetCount(f"{start}-{end - 1}", number)


def _discounts(counted: Ints) -> Iterator[FacetCount]:
    """`counted` is by tens of percent."""
    at_least = list(accumulate(reversed(counted.tolist())))[::-1]
    for least in _TENTHS:
        if at_least[least // 10]:
            yield FacetCount(str(least), at_least[least // 10])


def _distances(counted: Ints) -> Iterator[FacetCount]:
    numbers: list[int] = counted.tolist()
    for step, within in zip(DISTANCE_STEPS_KM, accumulate(numbers), strict=False):
        if within:
            yield FacetCount(str(step), within)
