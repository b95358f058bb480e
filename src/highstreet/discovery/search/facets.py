"""Category, price and discount: the filters that are also counted, each under all the others."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.domain import FacetCount, SearchQuery
from highstreet.discovery.search.generations import SearchIndex
from highstreet.discovery.search.matches import Matches
from highstreet.discovery.search.segments import UNSTATED, Ints
from highstreet.kit.money import MAX_MINOR

PRICE_STEPS = np.array([0, *(digit * 10**zeros for zeros in range(2, 15) for digit in (1, 2, 5)), MAX_MINOR + 1])
"""Where price bands begin, in minor units: a ladder of 1, 2, 5 that suits every currency."""
DISCOUNT_STEPS = tuple(range(10, 100, 10))

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sifted:
    """By position, what passes each filter, and the columns they read. `currency` is None where nothing matched."""

    category: Mask
    price: Mask
    discount: Mask
    categories: Ints
    prices: Ints
    discounts: Ints
    in_currency: Mask
    currency: str | None

    @property
    def everything(self) -> Mask:
        return self.category & self.price & self.discount


def sift(index: SearchIndex, query: SearchQuery, matches: Matches, pinned_currency: str | None) -> Sifted:
    """Apply the three filters.

    Without a currency in the question or pinned by a cursor, it is the commonest among all matches: none of the three
    filters moves it, so that choosing a facet's value gives what was counted.
    """
    categories = matches.column("category")
    prices = matches.column("price_minor")
    discounts = matches.column("discount")
    currencies = matches.column("currency")
    in_category = _in_category(index, query.category, categories)
    enough_discount = discounts >= (UNSTATED if query.min_discount is None else query.min_discount)
    currency = query.currency or pinned_currency or _commonest(index, currencies)
    in_currency = currencies == index.vocabulary.currencies.numbers.get(currency or "", UNSTATED)
    return Sifted(
        category=in_category,
        price=_in_price(query, prices, in_currency),
        discount=enough_discount,
        categories=categories,
        prices=prices,
        discounts=discounts,
        in_currency=in_currency,
        currency=currency,
    )


def count(index: SearchIndex, sifted: Sifted) -> dict[str, tuple[FacetCount, ...]]:
    """Each facet's values that occur, with how many deals choosing that value would give."""
    return {
        "category": _categories(index, sifted.categories[sifted.price & sifted.discount]),
        "price": _prices(sifted.prices[sifted.category & sifted.discount & sifted.in_currency]),
        "discount": _discounts(sifted.discounts[sifted.category & sifted.price]),
    }


def _in_category(index: SearchIndex, slug: str | None, categories: Ints) -> Mask:
    if slug is None:
        return np.ones(len(categories), dtype=np.bool_)
    numbers = index.vocabulary.categories.numbers
    wanted = [numbers[below] for below in index.categories.subtree(slug) if below in numbers]
    return np.isin(categories, wanted)


def _in_price(query: SearchQuery, prices: Ints, in_currency: Mask) -> Mask:
    if query.min_price_minor is None and query.max_price_minor is None:
        return np.ones(len(prices), dtype=np.bool_)
    least = query.min_price_minor or 0
    most = MAX_MINOR if query.max_price_minor is None else query.max_price_minor
    return in_currency & (prices >= least) & (prices <= most)


def _commonest(index: SearchIndex, currencies: Ints) -> str | None:
    """The currency of the most deals; of several, the first in the alphabet."""
    if not len(currencies):
        return None
    counts = np.bincount(currencies)
    names = index.vocabulary.currencies.names
    return min(names[number] for number in np.flatnonzero(counts == counts.max()).tolist())


def _categories(index: SearchIndex, categories: Ints) -> tuple[FacetCount, ...]:
    """Counts by category, each with what lies below it, in the order of the tree."""
    names = index.vocabulary.categories.names
    counts = np.bincount(categories[categories != UNSTATED], minlength=len(names))
    totals = dict(zip(names, counts.tolist(), strict=False))
    for category in reversed(index.categories.categories):  # what lies below comes behind, so it is complete by now
        if category.parent is not None:
            totals[category.parent] = totals.get(category.parent, 0) + totals.get(category.slug, 0)
    in_order = (category.slug for category in index.categories.categories)
    return tuple(FacetCount(slug, totals[slug]) for slug in in_order if totals.get(slug))


def _prices(prices: Ints) -> tuple[FacetCount, ...]:
    bands = np.bincount(np.searchsorted(PRICE_STEPS, prices, side="right") - 1, minlength=len(PRICE_STEPS))
    return tuple(
        FacetCount(f"{start}-{end - 1}", int(bands[band]))
        for band, (start, end) in enumerate(pairwise(PRICE_STEPS.tolist()))
        if bands[band]
    )


def _discounts(discounts: Ints) -> tuple[FacetCount, ...]:
    counts = ((step, int(np.count_nonzero(discounts >= step))) for step in DISCOUNT_STEPS)
    return tuple(FacetCount(str(step), number) for step, number in counts if number)
