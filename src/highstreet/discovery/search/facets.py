"""From the kernel's counts to what is told: each facet's values that occur, and how many deals choosing one would give.

Each is counted under all filters but its own.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.domain import PRICE_STEPS, FacetCount
from highstreet.discovery.search.index.asked import Answer
from highstreet.discovery.search.index.kernel import DISTANCE_STEPS_KM
from highstreet.market.catalog.domain.categories import CategoryTree

_BANDS: Final = tuple(f"{start}-{end - 1}" for start, end in pairwise(PRICE_STEPS))
_PERCENTS: Final = tuple(str(percent) for percent in range(10, 100, 10))
_STEPS_KM: Final = tuple(map(str, DISTANCE_STEPS_KM))
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
    for band in np.flatnonzero(counted).tolist():
        yield FacetCount(_BANDS[band], int(counted[band]))


def _discounts(counted: Ints) -> Iterator[FacetCount]:
    """`counted` is by tens of percent."""
    at_least: list[int] = counted[::-1].cumsum()[::-1].tolist()
    for percent, number in zip(_PERCENTS, at_least[1:], strict=False):
        if number:
            yield FacetCount(percent, number)


def _distances(counted: Ints) -> Iterator[FacetCount]:
    within: list[int] = counted.cumsum().tolist()
    for step, number in zip(_STEPS_KM, within, strict=False):
        if number:
            yield FacetCount(step, number)
