"""How likely two deals are the same one: by what they say of their title, merchant, place and price.

Each answer to "how do they agree on this?" adds its weight, in bits, and a pair with enough of them is proposed: the
rule of Fellegi and Sunter ("A theory for record linkage", 1969). Their weights hold for answers that do not depend on
one another. Ours do (the deals of one merchant are in one place anyway), so the weights are those of a logistic
regression on the same answers, learned by `./dev bench duplicates` on its training seeds, as is the threshold.
"""

import math
from collections.abc import Hashable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

import msgspec
import numpy as np

from highstreet.market.catalog.domain.names import fold
from highstreet.market.catalog.domain.wording import (
    ContrastLevel,
    MerchantLevel,
    NumbersLevel,
    Title,
    contrast_level,
    name_words,
    names_level,
    numbers_level,
    words,
)
from highstreet.science import geo, linkage
from highstreet.science.linkage import Blocks, Flags, Floats, Ints, Texts

NEAR_M: Final = 25_000.0
"""Deals that are farther apart are never the same, where both say where they are."""

LEAST_COSINE: Final = 0.35
LEAST_COSINE_UNPLACED: Final = 0.7
LEAST_BITS: Final = 10.0
LEAST_BITS_UNPLACED: Final = 20.0
"""How alike title and merchant have to be for a pair to be looked at (more, where one of the two does not say where),
and how much the words that both have must tell: a title that a thousandth of all deals share tells ten bits."""

_HALF_CELL_M: Final = 20_000.0
"""No point of a grid cell is farther from its middle."""

E = TypeVar("E", bound=IntEnum)


class Comparable(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is compared of a deal: `price_minor` is its lowest, `points` are degrees of latitude and longitude.

    The town that stands for an area is none of the points: it says nothing of where in the area a deal is.
    """

    id: UUID
    title: str
    merchant: str | None
    currency: str
    price_minor: int
    points: tuple[tuple[float, float], ...]
    exact: bool
    """Whether the points are addresses, and not the middles of towns."""


class PlaceLevel(IntEnum):
    """How far apart two deals are at least. The same offer of one merchant at another address is another deal."""

    HERE = 0
    NEAR = 1
    AROUND = 2
    TOWN = 3
    """One of them is known by its town only, and that is where the other one is."""
    TOWNS = 4
    """One of them is known by its town only, and the other one is elsewhere."""
    UNSTATED = 5


class PriceLevel(IntEnum):
    """How two deals agree on their lowest price."""

    EQUAL = 0
    WITHIN_5_PERCENT = 1
    WITHIN_20_PERCENT = 2
    WITHIN_50_PERCENT = 3
    OTHER = 4


_PLACE_EDGES_M: Final = np.array([1_000.0, 5_000.0])
_PRICE_EDGES: Final = np.log1p(np.array([0.0, 0.05, 0.2, 0.5]))
COSINE_EDGES: Final = np.array([0.2, 0.4, 0.6, 0.8, 0.95])
BITS_EDGES: Final = np.array([10.0, 20.0])
"""A title is compared by its cosine and by how much the words tell that both have: `massage` tells little. The cosine
is that of stretches of three letters, which a typing error changes little; within a merchant it is all that counts."""

TITLE_LEVELS: Final = (len(COSINE_EDGES) + 1) * (len(BITS_EDGES) + 1)


class Levels(NamedTuple):
    """The answers of many pairs that are found for all of them at once."""

    cosines: Floats
    metres: Floats
    """Not a number where one of the two does not say where it is."""
    cosine_level: Ints
    title: Ints
    place: Ints
    price: Ints

    def of(self, which: Flags) -> "Levels":
        """Those of some of the pairs."""
        return Levels(
            cosines=self.cosines[which],
            metres=self.metres[which],
            cosine_level=self.cosine_level[which],
            title=self.title[which],
            place=self.place[which],
            price=self.price[which],
        )


class WordedLevels(NamedTuple):
    """The answers of pairs that are found by comparing words with words, which takes the longest."""

    merchant: Ints
    contrast: Ints
    numbers: Ints


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """What each answer adds, in bits; `same_title` and `same_place` are for deals of the same merchant."""

    title: tuple[float, ...]
    """By cosine, and within that by bits."""
    same_title: tuple[float, ...]
    """By cosine alone."""
    merchant: tuple[float, ...]
    contrast: tuple[float, ...]
    numbers: tuple[float, ...]
    place: tuple[float, ...]
    same_place: tuple[float, ...]
    price: tuple[float, ...]
    threshold: float


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    """Why a pair is likely the same: what each comparison found, and the bits that it added."""

    title_cosine: float
    title_bits: float
    merchant: str
    merchant_bits: float
    contrast: str
    contrast_bits: float
    numbers: str
    numbers_bits: float
    place: str
    distance_km: float | None
    place_bits: float
    price: str
    price_bits: float
    choices: int
    """How many deals say what one of the pair says of title, merchant and place, where the other one says it too."""
    choices_bits: float


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """Two deals that are likely the same, by their places among those compared; the first comes first."""

    first: int
    second: int
    score: float
    reasons: Reasons


WEIGHTS: Final = Weights(
    title=(-0.9, -0.2, 0.0, -0.6, -2.1, -1.4, -0.3, -2.3, -2.3, -0.0, -1.4, -1.4, -0.0, 1.1, 0.7, 0.0, 2.1, 1.1),
    same_title=(-3.2, -2.9, -1.2, 1.1, 1.9, 1.4),
    merchant=(-2.8, -0.3, 2.3, -0.9, -2.0, -7.1),
    contrast=(-0.3, -4.2, -6.4),
    numbers=(0.0, 1.0, -1.0, -10.9),
    place=(3.7, -4.6, -5.2, 2.8, -4.5, -0.2),
    same_place=(5.3, -6.8, -8.1, 6.2, -3.3, 3.9),
    price=(2.3, -0.4, -1.5, -3.5, -7.9),
    threshold=0.8,
)


def likely_same(
    deals: Sequence[Comparable], weights: Weights = WEIGHTS, *, changed: Flags | None = None
) -> list[Likeness]:
    """Every pair that is likely the same one, in the order of the deals; with `changed`, those with a changed deal."""
    left, right = considered(deals, changed)
    levels = compare(deals, left, right)
    hopeful = _bound(levels, weights) >= weights.threshold
    left, right = left[hopeful], right[hopeful]
    levels = levels.of(hopeful)
    worded = worded_levels(deals, left, right)
    numbers_alike = choices(deals, left, right)
    scores = score(levels, worded, weights) + choices_bits(numbers_alike)
    return [
        Likeness(
            first=int(left[at]),
            second=int(right[at]),
            score=round(float(scores[at]), 3),
            reasons=_reasons(levels, worded, int(at), weights, int(numbers_alike[at])),
        )
        for at in np.flatnonzero(scores >= weights.threshold)
    ]


def score(levels: Levels, worded: WordedLevels, weights: Weights) -> Floats:
    """The bits of each pair, but for its choices."""
    own = worded.merchant == MerchantLevel.SAME
    answers = (
        (worded.merchant, weights.merchant),
        (worded.contrast, weights.contrast),
        (worded.numbers, weights.numbers),
    )
    return _parts(levels, weights, own) + sum(np.array(bits)[answer] for answer, bits in answers)


def choices(deals: Sequence[Comparable], left: Ints, right: Ints) -> Ints:
    """For each pair of deals that say the same of title, merchant and place: how many others say it; for others, 1.

    Where both prices are the same as well, those count that have this price.
    """
    said = _numbers([_said(deal) for deal in deals])
    priced = _numbers([(deal.price_minor, number) for deal, number in zip(deals, said.tolist(), strict=True)])
    of_said, of_priced = np.bincount(said, minlength=1)[said], np.bincount(priced, minlength=1)[priced]
    others = np.where(priced[left] == priced[right], of_priced[left], of_said[left]) - 1
    return np.where(said[left] == said[right], others, 1)


def _said(deal: Comparable) -> tuple[Hashable, ...]:
    return fold(deal.title), fold(deal.merchant or ""), deal.currency, tuple(sorted(deal.points))


def choices_bits(others: Ints) -> Floats:
    """A deal is there twice, seldom more: of several that are alike, each is the other one with as much less chance."""
    return -np.log2(np.maximum(others, 1))


def _parts(levels: Levels, weights: Weights, own: Flags) -> Floats:
    """The bits of each pair but for its words; `own` tells where the merchants are the same."""
    title = np.where(own, np.array(weights.same_title)[levels.cosine_level], np.array(weights.title)[levels.title])
    place = np.where(own, np.array(weights.same_place)[levels.place], np.array(weights.place)[levels.place])
    return title + place + np.array(weights.price)[levels.price]


def _bound(levels: Levels, weights: Weights) -> Floats:
    """The most bits that each pair may have, whatever its words."""
    others = max(bits for level, bits in enumerate(weights.merchant) if level != MerchantLevel.SAME)
    yes, no = np.ones(len(levels.title), np.bool_), np.zeros(len(levels.title), np.bool_)
    most = np.maximum(
        _parts(levels, weights, yes) + weights.merchant[MerchantLevel.SAME], _parts(levels, weights, no) + others
    )
    return most + max(weights.contrast) + max(weights.numbers)


def _reasons(levels: Levels, worded: WordedLevels, at: int, weights: Weights, others: int) -> Reasons:
    merchant, contrast = MerchantLevel(int(worded.merchant[at])), ContrastLevel(int(worded.contrast[at]))
    stated = NumbersLevel(int(worded.numbers[at]))
    place, price = PlaceLevel(int(levels.place[at])), PriceLevel(int(levels.price[at]))
    own = merchant is MerchantLevel.SAME
    metres = float(levels.metres[at])
    return Reasons(
        title_cosine=round(float(levels.cosines[at]), 3),
        title_bits=weights.same_title[int(levels.cosine_level[at])] if own else weights.title[int(levels.title[at])],
        merchant=merchant.name.lower(),
        merchant_bits=weights.merchant[merchant],
        contrast=contrast.name.lower(),
        contrast_bits=weights.contrast[contrast],
        numbers=stated.name.lower(),
        numbers_bits=weights.numbers[stated],
        place=place.name.lower(),
        distance_km=None if place is PlaceLevel.UNSTATED else round(metres / 1000, 2),
        place_bits=(weights.same_place if own else weights.place)[place],
        price=price.name.lower(),
        price_bits=weights.price[price],
        choices=others,
        choices_bits=round(-math.log2(max(others, 1)), 3),
    )


def considered(deals: Sequence[Comparable], changed: Flags | None = None) -> tuple[Ints, Ints]:
    """The pairs that are looked at: of one currency, not too far apart, and alike in what title and merchant say."""
    texts = linkage.weigh([[*words(deal.title), *name_words(deal.merchant or "")] for deal in deals])
    currency = _numbers([deal.currency for deal in deals])
    asking = np.ones(len(deals), np.bool_) if changed is None else changed
    placed = np.array([bool(deal.points) for deal in deals], np.bool_)
    near = _near_pairs(deals, texts, currency, asking)
    home = Blocks(np.arange(len(deals)), currency)
    # A pair of which one is not placed: whichever of the two asks, it has to find the other one.
    finds_unplaced = Blocks(np.flatnonzero(asking), currency[asking])
    unplaced = Blocks(home.owners[~placed], currency[~placed])
    finds_any = Blocks(np.flatnonzero(asking & ~placed), currency[asking & ~placed])
    anywhere = [
        linkage.similar_pairs(texts, unplaced, finds_unplaced, LEAST_COSINE_UNPLACED, LEAST_BITS_UNPLACED),
        linkage.similar_pairs(texts, home, finds_any, LEAST_COSINE_UNPLACED, LEAST_BITS_UNPLACED),
    ]
    codes = linkage.distinct(np.concatenate([low * len(deals) + high for low, high in (near, *anywhere)]))
    left, right = codes // max(len(deals), 1), codes % max(len(deals), 1)
    both = placed[left] & placed[right]
    metres = distances_m(deals, left, right)
    cosines, bits = linkage.shared(texts, left, right)
    least = np.where(both, LEAST_COSINE, LEAST_COSINE_UNPLACED)
    told = bits >= np.where(both, LEAST_BITS, LEAST_BITS_UNPLACED)
    kept = (cosines >= least) & told & ~(metres > NEAR_M) & (asking[left] | asking[right])
    return left[kept], right[kept]


def _near_pairs(deals: Sequence[Comparable], texts: Texts, currency: Ints, asking: Flags) -> tuple[Ints, Ints]:
    """Pairs of which one lies in a grid cell that is near a cell of the other one; some are too far apart."""
    owners, latitudes, longitudes = _points(deals)
    occupied, home = np.unique(geo.cells(latitudes, longitudes), return_inverse=True)
    around = [
        geo.positions(np.searchsorted(occupied, first), np.searchsorted(occupied, last, "right"))
        for latitude, longitude in zip(*geo.centres(occupied), strict=True)
        for first, last in [geo.cells_within(float(latitude), float(longitude), NEAR_M + _HALF_CELL_M)]
    ]
    numbers = np.array([len(cells) for cells in around], np.int64)
    ends = np.cumsum(numbers)
    near = np.concatenate([np.zeros(0, np.int64), *around])
    looking, looked_from = _distinct(owners[asking[owners]], home[asking[owners]])
    at = geo.positions((ends - numbers)[looked_from], ends[looked_from])
    looking = np.repeat(looking, numbers[looked_from])
    width = max(len(occupied), 1)
    owners, home = _distinct(owners, home)
    return linkage.similar_pairs(
        texts,
        Blocks(owners, currency[owners] * width + home),
        Blocks(*_distinct(looking, currency[looking] * width + near[at])),
        LEAST_COSINE,
        LEAST_BITS,
    )


def _distinct(owners: Ints, blocks: Ints) -> tuple[Ints, Ints]:
    """Each owner with each of its blocks once: a deal has several points in one cell."""
    width = int(blocks.max(initial=0)) + 1
    codes = linkage.distinct(owners * width + blocks)
    return codes // width, codes % width


def _points(deals: Sequence[Comparable]) -> tuple[Ints, Floats, Floats]:
    owners = np.repeat(np.arange(len(deals)), [len(deal.points) for deal in deals])
    flat = np.array([point for deal in deals for point in deal.points], np.float64).reshape(-1, 2)
    return owners, flat[:, 0], flat[:, 1]


def _numbers(things: Sequence[Hashable]) -> Ints:
    """The same number for the same thing."""
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(thing, len(known)) for thing in things], np.int64)


def distances_m(deals: Sequence[Comparable], left: Ints, right: Ints) -> Floats:
    """How far the nearest points of each pair are apart; not a number where one of the two has none."""
    owners, latitudes, longitudes = _points(deals)
    numbers = np.bincount(owners, minlength=len(deals)).astype(np.int64)
    starts = np.cumsum(numbers) - numbers
    combined = numbers[left] * numbers[right]
    pair = np.repeat(np.arange(len(left)), combined)
    within = geo.positions(np.zeros(len(left), np.int64), combined)
    across = numbers[right][pair]
    one, other = starts[left][pair] + within // across, starts[right][pair] + within % across
    metres = geo.distances_m(latitudes[one], longitudes[one], latitudes[other], longitudes[other])
    least = np.full(len(left), np.inf)
    np.minimum.at(least, pair, metres)
    return np.where(combined > 0, least, np.nan)


def compare(deals: Sequence[Comparable], left: Ints, right: Ints) -> Levels:
    """How each pair answers, but for its merchants."""
    bags = [words(deal.title) for deal in deals]
    _, bits = linkage.shared(linkage.weigh(bags), left, right)
    pairs: list[tuple[int, int]] = list(zip(left.tolist(), right.tolist(), strict=True))
    stretches = {number: _stretches(bags[number]) for number in {number for pair in pairs for number in pair}}
    cosines = np.array([_cosine(stretches[one], stretches[other]) for one, other in pairs], np.float64)
    metres = distances_m(deals, left, right)
    prices = np.log1p(np.array([deal.price_minor for deal in deals], np.float64))
    cosine_level = np.searchsorted(COSINE_EDGES, cosines, "right")
    exact = np.array([deal.exact for deal in deals], np.bool_)
    # An address lies somewhere around the middle of its town; two towns are the same or not.
    of_town = _PLACE_EDGES_M[(exact[left] | exact[right]).astype(np.int64)]
    by_town = np.where(metres <= of_town, int(PlaceLevel.TOWN), int(PlaceLevel.TOWNS))
    apart = np.where(exact[left] & exact[right], np.searchsorted(_PLACE_EDGES_M, metres), by_town)
    return Levels(
        cosines=cosines,
        metres=metres,
        cosine_level=cosine_level,
        title=cosine_level * (len(BITS_EDGES) + 1) + np.searchsorted(BITS_EDGES, bits, "right"),
        place=np.where(np.isnan(metres), int(PlaceLevel.UNSTATED), apart),
        price=np.searchsorted(_PRICE_EDGES, np.abs(prices[left] - prices[right]) - 1e-12),
    )


def _stretches(bag: Sequence[str]) -> frozenset[str]:
    """Every three letters in a row of each word, its ends included."""
    return frozenset(f" {word} "[at : at + 3] for word in bag for at in range(len(word)))


def _cosine(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / math.sqrt(len(one) * len(other)) if one and other else 0.0


def worded_levels(deals: Sequence[Comparable], left: Ints, right: Ints) -> WordedLevels:
    """How each pair agrees on its merchant, and how far its titles contradict one another."""
    names = [tuple(name_words(deal.merchant)) if deal.merchant else None for deal in deals]
    titles: dict[int, Title] = {}
    known: dict[tuple[tuple[str, ...], tuple[str, ...]], MerchantLevel] = {}

    def title(deal: int) -> Title:
        if deal not in titles:
            titles[deal] = Title.of(deals[deal].title, deals[deal].merchant)
        return titles[deal]

    def mentioned(name: tuple[str, ...], deal: int) -> MerchantLevel:
        return MerchantLevel.MENTIONED if title(deal).words.issuperset(name) else MerchantLevel.UNSTATED

    def merchant(one: int, other: int) -> MerchantLevel:
        first, second = names[one], names[other]
        if first is not None and second is not None:
            if (first, second) not in known:
                known[first, second] = names_level(first, second)
            return known[first, second]
        if first is not None:
            return mentioned(first, other)
        return MerchantLevel.NEITHER if second is None else mentioned(second, one)

    pairs: list[tuple[int, int]] = list(zip(left.tolist(), right.tolist(), strict=True))
    titled = [(title(one), title(other)) for one, other in pairs]
    return WordedLevels(
        merchant=np.array([merchant(one, other) for one, other in pairs], np.int64),
        contrast=np.array([contrast_level(one, other) for one, other in titled], np.int64),
        numbers=np.array([numbers_level(one.numbers, other.numbers) for one, other in titled], np.int64),
    )
