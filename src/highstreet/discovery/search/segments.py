"""Columns: deals as arrays, cut so that a question touches the slice it is about and not the whole.

A segment is immutable. Points lie sorted by grid cell, and a word's postings side by side with those of the words next
to it in the alphabet, so that both a circle and a prefix are a few runs of neighbouring rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search import text, weighing
from highstreet.discovery.search.domain import lead_discount, lead_option
from highstreet.market.catalog.domain.deals import PublishedDeal, Reach
from highstreet.science import geo

NEVER_US = 2**62
"""The end of a deal that states none."""
UNSTATED = -1
"""In a column of whole numbers: not stated, or not of this kind."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HALF = 2**64 - 1

Ints = NDArray[np.int64]


class Numbering:
    """Gives each distinct string the next whole number, for good. Grows only; readers look up what they know of."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []

    def number(self, name: str) -> int:
        known = self.numbers.get(name)
        if known is None:
            known = self.numbers[name] = len(self.names)
            self.names.append(name)
        return known


class Row(msgspec.Struct, frozen=True):
    """A deal made ready for the columns."""

    deal: PublishedDeal
    price_minor: int
    discount: int
    currency: int
    category: int
    division: int
    tokens: NDArray[np.int32]
    percents: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Segment:
    """Deals as columns, one element a row. Instants are microseconds since 1970."""

    deals: tuple[PublishedDeal, ...]
    row_of: dict[UUID, int]
    alive: NDArray[np.bool_]
    id_high: NDArray[np.uint64]
    id_low: NDArray[np.uint64]
    starts_us: Ints
    ends_us: Ints
    price_minor: Ints
    discount: Ints
    sold: Ints
    currency: Ints
    category: Ints
    online_rows: Ints
    division_numbers: Ints
    """The divisions, sorted, that deals hold in as a whole; beside them, in `division_rows`, those deals."""
    division_rows: Ints
    point_cells: Ints
    point_rows: Ints
    point_latitudes: NDArray[np.float64]
    point_longitudes: NDArray[np.float64]
    tokens: tuple[str, ...]
    """The words that occur, in the order of the alphabet. The postings of word `i` are `posting_starts[i:i+2]`."""
    posting_starts: Ints
    posting_rows: NDArray[np.int32]
    posting_percents: NDArray[np.uint8]


class Vocabulary:
    """The numbers that stand for words, currencies, categories and divisions in all segments of one process."""

    def __init__(self) -> None:
        self.tokens = Numbering()
        self.currencies = Numbering()
        self.categories = Numbering()
        self.divisions = Numbering()
        self._singulars: dict[str, int] = {}

    def token(self, word: str) -> int:
        known = self._singulars.get(word)
        if known is None:
            known = self._singulars[word] = self.tokens.number(text.singular(word))
        return known

    def of_words(self, names: Iterable[str]) -> "Vocabulary":
        """The same numbers for everything but words, which are numbered anew in this order."""
        fresh = Vocabulary()
        fresh.currencies, fresh.categories, fresh.divisions = self.currencies, self.categories, self.divisions
        for name in names:
            fresh.tokens.number(name)
        return fresh


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def prepare(deal: PublishedDeal, category_names: Sequence[str], vocabulary: Vocabulary) -> Row:
    """The row of a deal. `category_names` are the names of its category and of those above it, in every language."""
    link = deal.source.url if deal.source is not None else None
    fields = (
        (weighing.LINK, [" ".join(text.link_words(link or ""))]),
        (weighing.DESCRIPTION, [deal.description or "", *(option.title for option in deal.options)]),
        (weighing.PLACE, [point.place_name or "" for point in deal.points]),
        (weighing.CATEGORY, category_names),
        (weighing.MERCHANT, [deal.merchant_name or ""]),
        (weighing.TITLE, [deal.title]),
    )
    percents: dict[int, int] = {}
    for percent, values in fields:
        for value in dict.fromkeys(values):
            percents.update(dict.fromkeys(map(vocabulary.token, text.stored(value)), percent))
    option, discount = lead_option(deal), lead_discount(deal)
    return Row(
        deal=deal,
        price_minor=option.price_minor,
        discount=UNSTATED if discount is None else discount,
        currency=vocabulary.currencies.number(deal.currency),
        category=UNSTATED if deal.category_slug is None else vocabulary.categories.number(deal.category_slug),
        division=_division(deal, vocabulary),
        tokens=np.fromiter(percents.keys(), np.int32, len(percents)),
        percents=np.fromiter(percents.values(), np.uint8, len(percents)),
    )


def _division(deal: PublishedDeal, vocabulary: Vocabulary) -> int:
    if deal.reach is not Reach.DIVISION or deal.division_slug is None:
        return UNSTATED
    return vocabulary.divisions.number(deal.division_slug)


def build(rows: Sequence[Row], vocabulary: Vocabulary) -> Segment:
    """The columns of the given rows, in their order."""
    deals = tuple(row.deal for row in rows)
    return Segment(
        deals=deals,
        row_of={deal.id: row for row, deal in enumerate(deals)},
        alive=np.ones(len(deals), dtype=np.bool_),
        id_high=np.array([deal.id.int >> 64 for deal in deals], dtype=np.uint64),
        id_low=np.array([deal.id.int & _HALF for deal in deals], dtype=np.uint64),
        starts_us=_ints([microseconds(deal.starts_at) for deal in deals]),
        ends_us=_ints([NEVER_US if deal.ends_at is None else microseconds(deal.ends_at) for deal in deals]),
        price_minor=_ints([row.price_minor for row in rows]),
        discount=_ints([row.discount for row in rows]),
        sold=_ints([deal.sold for deal in deals]),
        currency=_ints([row.currency for row in rows]),
        category=_ints([row.category for row in rows]),
        online_rows=_ints([row for row, deal in enumerate(deals) if deal.reach is Reach.ONLINE]),
        **_divisions(rows),
        **_points(deals),
        **_postings(rows, vocabulary),
    )


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _divisions(rows: Sequence[Row]) -> dict[str, Any]:
    numbers = _ints([row.division for row in rows])
    order = np.argsort(numbers, kind="stable")
    order = order[numbers[order] != UNSTATED]
    return {"division_numbers": numbers[order], "division_rows": order}


def _points(deals: Sequence[PublishedDeal]) -> dict[str, Any]:
    located = [
        (row, point.latitude, point.longitude)
        for row, deal in enumerate(deals)
        if deal.reach is Reach.LOCATIONS
        for point in deal.points
    ]
    rows = _ints([row for row, _, _ in located])
    latitudes = np.array([latitude for _, latitude, _ in located], dtype=np.float64)
    longitudes = np.array([longitude for _, _, longitude in located], dtype=np.float64)
    cells = geo.cells(latitudes, longitudes)
    order = np.argsort(cells, kind="stable")
    return {
        "point_cells": cells[order],
        "point_rows": rows[order],
        "point_latitudes": latitudes[order],
        "point_longitudes": longitudes[order],
    }


def _postings(rows: Sequence[Row], vocabulary: Vocabulary) -> dict[str, Any]:
    """Postings sorted by word, then row: packed as 31 bits of the word's rank, 24 of the row, 8 of the percent."""
    nothing = np.empty(0, np.int32)
    token_numbers = np.concatenate([row.tokens for row in rows] or [nothing])
    percents = np.concatenate([row.percents for row in rows] or [nothing])
    row_numbers = np.repeat(np.arange(len(rows), dtype=np.int64), [len(row.tokens) for row in rows])
    used = np.unique(token_numbers)
    numbers: list[int] = used.tolist()
    names = [vocabulary.tokens.names[number] for number in numbers]
    alphabetical = sorted(range(len(names)), key=names.__getitem__)
    rank_of = np.empty(len(names), dtype=np.int64)
    rank_of[alphabetical] = np.arange(len(names), dtype=np.int64)
    ranks = rank_of[np.searchsorted(used, token_numbers)]
    packed = ranks << 32 | row_numbers << 8 | percents.astype(np.int64)
    packed.sort()
    return {
        "tokens": tuple(names[position] for position in alphabetical),
        "posting_starts": np.searchsorted(packed >> 32, np.arange(len(names) + 1)),
        "posting_rows": (packed >> 8 & 0xFFFFFF).astype(np.int32),
        "posting_percents": (packed & 0xFF).astype(np.uint8),
    }
