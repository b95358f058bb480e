"""A generation made ready for questions: its segments as the kernel reads them, under tables that they share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import grid
from highstreet.discovery.search.index.asked import Columns, Here
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.language.lexicon import shared
from highstreet.kit.native import Held
from highstreet.market.catalog.domain.categories import CategoryTree

LEVELS: Final = 3
"""A generation has a base and at most two smaller segments on it; where there are fewer, empty ones stand in."""

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 -- compared with local clocks
_TAKEN_AS_THEY_ARE: Final = Columns._fields[: Columns._fields.index("alive")]
_QUARTER_HOUR_US: Final = 15 * 60 * 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """`columns`, `sections` and what `heres` gives have one element a level.

    `currencies` and `categories` are what the kernel numbers.
    """

    columns: Held[tuple[Columns, ...]]
    sections: tuple[Sections, Sections, Sections]
    currencies: tuple[str, ...]
    """Sorted, so that of equally common ones the first in the alphabet is taken."""
    categories: tuple[str, ...]
    """In the order of the tree; the number behind the last stands for none."""
    no_category: NDArray[np.bool_]
    """By category and behind the last for none: none is wanted."""

    parents: tuple[tuple[int, int], ...]
    """Of each category that has one above it, its number and that one's; the lowest come first."""

    heres: Callable[[tuple[str, ...], int], Held[tuple[Here, ...]]]
    """By the divisions around a question's centre and its instant."""


def prepare(segments: Sequence[tuple[Sections, NDArray[np.uint8]]], categories: CategoryTree) -> Prepared:
    """Takes microseconds a segment: nothing that grows with the rows is made. Raises ValueError for too many."""
    missing = LEVELS - len(segments)
    if missing < 0:
        raise ValueError(f"a generation has at most {LEVELS} segments")
    nothing = (_nothing(), np.zeros(0, np.uint8))
    base, middle, top = (*segments, *(nothing for _ in range(missing)))
    slugs = tuple(category.slug for category in categories.categories)
    numbers = {slug: number for number, slug in enumerate(slugs)}
    currencies = tuple(sorted({name for sections, _ in segments for name in sections.meta.currencies}))
    return Prepared(
        columns=Held(
            (
                _columns(*base, numbers, currencies),
                _columns(*middle, numbers, currencies),
                _columns(*top, numbers, currencies),
            )
        ),
        sections=(base[0], middle[0], top[0]),
        currencies=currencies,
        categories=slugs,
        parents=tuple(
            (numbers[each.slug], numbers[each.parent]) for each in reversed(categories.categories) if each.parent
        ),
        no_category=np.zeros(len(slugs) + 1, np.bool_),
        heres=_remembering((base[0], middle[0], top[0])),
    )


def _columns(
    sections: Sections, alive: NDArray[np.uint8], categories: dict[str, int], currencies: Sequence[str]
) -> Columns:
    none = len(categories)
    category_of = [*(categories.get(slug, none) for slug in sections.meta.categories), none]
    currency_of = [currencies.index(code) for code in sections.meta.currencies]
    return Columns(
        **{name: shared(sections[name]) for name in _TAKEN_AS_THEY_ARE},
        alive=shared(alive),
        category_of=np.array(category_of, np.uint16),
        currency_of=np.array(currency_of, np.uint16),
    )


@lru_cache(maxsize=1)
def _nothing() -> Sections:
    return build((), CategoryTree(()))


def _remembering(
    levels: tuple[Sections, Sections, Sections],
) -> Callable[[tuple[str, ...], int], Held[tuple[Here, ...]]]:
    """Goes with its generation, so that nothing remembered keeps a segment open."""

    @lru_cache(maxsize=256)
    def of_quarter(divisions: tuple[str, ...], at_us: int) -> Held[tuple[Here, ...]]:
        base, middle, top = (
            Here(_whole_cells(sections.meta.divisions, divisions), _zone_days(sections.meta.zones, at_us))
            for sections in levels
        )
        return Held((base, middle, top))

    def heres(divisions: tuple[str, ...], at_us: int) -> Held[tuple[Here, ...]]:
        # Clocks change at a quarter of an hour, so that the day of one instant is that of all in the same quarter.
        return of_quarter(divisions, at_us - at_us % _QUARTER_HOUR_US)

    return heres


def _whole_cells(numbered: tuple[str, ...], divisions: tuple[str, ...]) -> NDArray[np.int64]:
    """The cells of deals that hold in these divisions as a whole, and of those that hold online, ascending."""
    numbers = sorted(numbered.index(slug) for slug in divisions if slug in numbered)
    return np.array([*(grid.DIVISION_CELL + number for number in numbers), grid.ONLINE_CELL], np.int64)


@lru_cache(maxsize=64)
def _zone_days(zones: tuple[str, ...], at_us: int) -> NDArray[np.int64]:
    """By zone, the day since 1970 that it is there at an instant."""
    at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at_us)
    days = [(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - _EPOCH).days for zone in zones]
    return np.array(days, np.int64)
