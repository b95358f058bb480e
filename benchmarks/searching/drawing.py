"""Everything that chance decides about the deals of the benchmark, as arrays.

Lengths, prices, discounts and sold counts are drawn by quantiles and laws that were fitted to real feeds (Groupon's
"recent deals" of 2009-2011 for prices and what was sold, those named in `vocabulary` for texts); no row of them is
here.
Every deal has at least 60 words: what the feeds lack, most of which have titles only, is filled up in the description.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.searching.geography import World, scattered
from benchmarks.searching.vocabulary import FUNCTIONS, SIZE, vocabulary
from highstreet.market.catalog.domain.categories import CATEGORIES

LEAVES: tuple[str, ...] = tuple(category.slug for category in CATEGORIES if category.parent is not None)
MERCHANT_WORDS = OPTION_WORDS = 4
"""How many words there are for a merchant's name, which may be shorter, and how many each option's title has."""
IN_PLACES, IN_DIVISION, ONLINE = 0, 1, 2

_LEAST_WORDS = 60
_MOST_POINTS = 40
_CHAIN_SHARE, _DIVISION_SHARE, _ONLINE_SHARE = 0.08, 0.005, 0.001
_CHAIN_SPREAD = 300
"""A chain is in its home city and in others of the same country that stand this close in the order of regions."""
_SPANISH_SHARE = 0.03
_EXACT_SHARE = 0.8
_PERCENTS = (0, 5, 10, 25, 50, 75, 90, 95, 99, 100)
_FEED_SHARES = (0.40, 0.43, 0.17)
_TITLE_WORDS = (
    (2, 4, 4, 5, 7, 8, 9, 10, 11, 12),
    (1, 2, 2, 3, 4, 5, 7, 8, 11, 14),
    (5, 6, 8, 13, 15, 18, 19, 20, 22, 27),
)
"""By feed, how many words a title has, at `_PERCENTS`."""
_DESCRIPTION_WORDS = ((0,) * 10, (0,) * 10, (9, 15, 19, 30, 55, 92, 246, 305, 435, 496))
_OPTION_COUNTS = np.array([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0.17, 0.44, 0.26, 0.11, 0.02]])
"""By feed, the shares of deals with one, two, ... options."""
_MERCHANT_LENGTHS = (0.15, 0.25, 0.35, 0.25)
_TOPICAL_SHARE = 0.5
"""How many words of a title are of its category, which has a list of its own: every so many-th word there is."""
_LOG_PRICE, _LOG_SOLD = (2.92, 0.86), (6.60, 1.12)
"""Mean and deviation of the natural logarithm: of dollars, of vouchers sold."""
_UNSOLD_SHARE = 0.25
_DISCOUNTS = (22, 50, 50, 50, 52, 59, 69, 75, 90, 97)
_VALUE_SHARE = 0.85
_ODD_PRICE_SHARE = 0.3
_MERCHANTS_PER_DEAL = 0.8
"""Most merchants have one deal, some have three or four."""
_CHAINS_PER_DEAL = 0.08 / 25
_OLDEST_MERCHANT_DAYS = 1500
_DAY_US = 86_400_000_000
_EARLIER_DAYS, _AHEAD_DAYS = 45.0, 40.0
"""Mean age of a deal, and the mean time that it has left."""
_LATER_SHARE, _OVER_SHARE, _ENDLESS_SHARE = 0.01, 0.01, 0.1

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points of deals, and of which city each is; those of deal `i` end before `ends[i]`."""

    ends: Ints
    cities: Ints
    latitudes: Floats
    longitudes: Floats
    exact: NDArray[np.bool_]
    """False where only the city is known: the point is its centre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """One element a deal; words are ranks. Texts of deal `i` end before `..._ends[i]`."""

    id_high: NDArray[np.uint64]
    id_low: NDArray[np.uint64]
    starts_us: Ints
    ends_us: Ints
    """0 for no end."""
    prices: Ints
    """Minor units of the cheapest option."""
    percents: Ints
    """Discounts; 0 where no value is stated."""
    sold: Ints
    categories: Ints
    """Places in `LEAVES`."""
    kinds: Ints
    """IN_PLACES, IN_DIVISION or ONLINE."""
    homes: Ints
    """The city of each deal, or of its first point."""
    spanish: NDArray[np.bool_]
    conditions: Ints
    """0 to 99, evenly."""
    merchants: Ints
    merchant_days: Ints
    """For how many days each merchant has been there."""
    merchant_words: Ints
    merchant_lengths: Ints
    option_counts: Ints
    option_words: Ints
    """The options of one deal are called by the same words and their number."""
    points: Points
    title_ends: Ints
    titles: Ints
    description_ends: Ints
    descriptions: Ints


def draw(rng: np.random.Generator, places: World, number: int, size: int, at: datetime) -> Draws:
    """`size` of `number` deals."""
    feeds = rng.choice(len(_FEED_SHARES), size, p=_FEED_SHARES)
    kinds = np.searchsorted((_ONLINE_SHARE, _ONLINE_SHARE + _DIVISION_SHARE), rng.random(size), side="right")
    kinds = np.array((ONLINE, IN_DIVISION, IN_PLACES))[kinds]
    homes = rng.choice(len(places.cities), size, p=places.chances)
    chains = (rng.random(size) < _CHAIN_SHARE) & (kinds == IN_PLACES)
    merchants = _merchants(rng, places, number, homes, chains)
    categories = _mixed(merchants, 1) % len(LEAVES)
    starts_us, ends_us = _dates(rng, size, at)
    title_ends = np.cumsum(_title_lengths(rng, feeds))
    merchant_lengths = np.searchsorted(np.cumsum(_MERCHANT_LENGTHS), _mixed(merchants, 2) % 1000 / 1000) + 1
    option_counts = 1 + (rng.random(size)[:, None] > np.cumsum(_OPTION_COUNTS, axis=1)[feeds, :-1]).sum(axis=1)
    others = np.diff(title_ends, prepend=0) + merchant_lengths + option_counts * OPTION_WORDS
    description_ends = np.cumsum(np.maximum(_LEAST_WORDS - others, _description_lengths(rng, feeds)))
    return Draws(
        id_high=(starts_us // 1000).astype(np.uint64) << np.uint64(16) | _bits(rng, size, 12) | np.uint64(0x7000),
        id_low=_bits(rng, size, 62) | np.uint64(1 << 63),
        starts_us=starts_us,
        ends_us=ends_us,
        prices=_prices(rng, size),
        percents=np.where(rng.random(size) < _VALUE_SHARE, _at(rng.random(size), _DISCOUNTS), 0),
        sold=np.where(rng.random(size) < _UNSOLD_SHARE, 0, rng.lognormal(*_LOG_SOLD, size)).astype(np.int64),
        categories=categories,
        kinds=kinds,
        homes=homes,
        spanish=rng.random(size) < _SPANISH_SHARE,
        conditions=rng.integers(0, 100, size),
        merchants=merchants,
        merchant_days=_mixed(merchants, 3) % _OLDEST_MERCHANT_DAYS,
        merchant_words=_merchant_words(merchants),
        merchant_lengths=merchant_lengths,
        option_counts=option_counts,
        option_words=_words(vocabulary().titles, rng, size * OPTION_WORDS).reshape(size, OPTION_WORDS),
        points=_points(rng, places, homes, kinds, chains),
        title_ends=title_ends,
        titles=_titles(rng, np.repeat(categories, np.diff(title_ends, prepend=0))),
        description_ends=description_ends,
        descriptions=_words(vocabulary().descriptions, rng, int(description_ends[-1])),
    )


def _at(chances: Floats, quantiles: tuple[int, ...]) -> Ints:
    return np.rint(np.interp(chances * 100, _PERCENTS, quantiles)).astype(np.int64)


def _title_lengths(rng: np.random.Generator, feeds: Ints) -> Ints:
    chances = rng.random(len(feeds))
    return np.choose(feeds, [_at(chances, quantiles) for quantiles in _TITLE_WORDS])


def _description_lengths(rng: np.random.Generator, feeds: Ints) -> Ints:
    chances = rng.random(len(feeds))
    return np.choose(feeds, [_at(chances, each) for each in _DESCRIPTION_WORDS])


def _words(slots: NDArray[np.uint32], rng: np.random.Generator, number: int) -> Ints:
    return slots[rng.integers(0, len(slots), number)].astype(np.int64)


def _titles(rng: np.random.Generator, categories: Ints) -> Ints:
    """Words for titles, given the category of each: half of those with a meaning are from the category's own list."""
    ranks = _words(vocabulary().titles, rng, len(categories))
    own = (ranks >= FUNCTIONS) & (rng.random(len(ranks)) < _TOPICAL_SHARE)
    of_category = FUNCTIONS + ((ranks - FUNCTIONS) * len(LEAVES) + categories) % (SIZE - FUNCTIONS)
    return np.where(own, of_category, ranks)


def _merchant_words(merchants: Ints) -> Ints:
    """The same for all deals of a merchant, and rather rare ones: names are."""
    content = SIZE - FUNCTIONS
    return FUNCTIONS + np.stack([_mixed(merchants, 4 + place) % content for place in range(MERCHANT_WORDS)], axis=1)


def _mixed(numbers: Ints, salt: int) -> Ints:
    """Other numbers, 0 or more, without any order in them (the finish of SplitMix64, Steele and others, 2014)."""
    mixed = (numbers.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ mixed >> np.uint64(31)) >> np.uint64(1)).astype(np.int64)


def _bits(rng: np.random.Generator, size: int, number: int) -> NDArray[np.uint64]:
    return rng.integers(0, 1 << number, size, dtype=np.uint64)


def _prices(rng: np.random.Generator, size: int) -> Ints:
    """Whole amounts, and some of a cent less."""
    whole = np.maximum(1, np.rint(rng.lognormal(*_LOG_PRICE, size))).astype(np.int64)
    return whole * 100 - (rng.random(size) < _ODD_PRICE_SHARE)


def _dates(rng: np.random.Generator, size: int, at: datetime) -> tuple[Ints, Ints]:
    """When each deal starts, and when it ends or 0."""
    at_us = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    age = rng.exponential(_EARLIER_DAYS, size) + 0.01
    left = rng.exponential(_AHEAD_DAYS, size) + 0.01
    chance = rng.random(size)
    over = (chance >= _LATER_SHARE) & (chance < _LATER_SHARE + _OVER_SHARE)
    age = np.where(chance < _LATER_SHARE, -age / 10, age)
    left = np.where(over, -age * rng.random(size), np.maximum(left, 1 - age))
    starts = at_us - np.rint(age * _DAY_US).astype(np.int64)
    ends = at_us + np.rint(left * _DAY_US).astype(np.int64)
    return starts, np.where((rng.random(size) < _ENDLESS_SHARE) & ~over, 0, np.maximum(ends, starts + 1_000_000))


def _merchants(rng: np.random.Generator, places: World, number: int, homes: Ints, chains: NDArray[np.bool_]) -> Ints:
    """The number of each deal's merchant: one of its city's own, or of the country's chains."""
    in_city = np.maximum(1, np.rint(number * places.chances[homes] * _MERCHANTS_PER_DEAL)).astype(np.int64)
    own = homes << 32 | (rng.random(len(homes)) * in_city).astype(np.int64)
    of_chains = max(1, round(number * _CHAINS_PER_DEAL))
    return np.where(chains, 1 << 62 | places.country_starts[homes] << 32 | rng.integers(0, of_chains, len(homes)), own)


def _points(rng: np.random.Generator, places: World, homes: Ints, kinds: Ints, chains: NDArray[np.bool_]) -> Points:
    """One point a deal; of chains 2 to 40, few more often than many, half of them around home."""
    many = np.floor(np.exp(rng.uniform(np.log(2), np.log(_MOST_POINTS + 1), len(homes)))).astype(np.int64)
    counts = np.where(kinds != IN_PLACES, 0, np.where(chains, many, 1))
    ends = np.cumsum(counts)
    cities = np.repeat(homes, counts)
    further = np.ones(len(cities), dtype=np.bool_)
    further[ends[counts > 0] - counts[counts > 0]] = False
    elsewhere = cities + rng.integers(-_CHAIN_SPREAD, _CHAIN_SPREAD + 1, len(cities))
    elsewhere = np.clip(elsewhere, places.country_starts[cities], places.country_ends[cities] - 1)
    cities = np.where(further & (rng.random(len(cities)) < 0.5), elsewhere, cities)
    exact = rng.random(len(cities)) < _EXACT_SHARE
    latitudes, longitudes = scattered(cities, places, rng)
    return Points(
        ends=ends,
        cities=cities,
        latitudes=np.where(exact, latitudes, places.latitudes[cities]),
        longitudes=np.where(exact, longitudes, places.longitudes[cities]),
        exact=exact,
    )
