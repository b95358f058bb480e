"""The benchmark's own reading of the deals, as arrays: what the oracle answers from and the peers are filled with.

Nothing here comes from the search: words, impacts and dates are read anew by the rules that it states, so that a fault
in its reading shows.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import Option, PublishedDeal, Reach
from highstreet.market.catalog.domain.fine_print import Days

NEVER_US: Final = 2**62
IN_PLACES, IN_DIVISION, ONLINE, UNSTATED = range(4)
NONE: Final = -1

FIELD_WEIGHTS: Final = np.array((4.0, 3.0, 0.0, 2.0, 1.0))
"""Of title, merchant, category, place and description."""
FIELD_LENGTHS: Final = np.array((8.0, 2.5, 1.0, 1.5, 45.0))
LENGTH_SHARES: Final = np.array((0.3, 0.2, 0.0, 0.2, 0.6))
SATURATION: Final = 2.0
CATEGORY_IMPACT: Final = 128

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LAST_DAY: Final = 2**16 - 1
_REACHES: Final = {
    Reach.LOCATIONS: IN_PLACES,
    Reach.DIVISION: IN_DIVISION,
    Reach.ONLINE: ONLINE,
    Reach.UNSTATED: UNSTATED,
}
_WORD: Final = re.compile(r"[^\W_]+")
_BATCH: Final = 10_000

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Read:
    """One element a deal in the order in which they came, unless it says otherwise. Instants are microseconds.

    `postings` are sorted by word, then deal; those of word `w` stand from `word_starts[w]` to `word_starts[w + 1]`.
    """

    columns: dict[str, Ints]
    id_high: NDArray[np.uint64]
    id_low: NDArray[np.uint64]
    point_deals: Ints
    point_latitudes: NDArray[np.float64]
    point_longitudes: NDArray[np.float64]
    words: dict[str, int]
    word_starts: Ints
    posting_deals: NDArray[np.int32]
    posting_impacts: NDArray[np.uint8]
    tables: dict[str, list[str]]
    """What numbers of `categories`, `currencies`, `divisions`, `zones` and `languages` stand for."""
    word_languages: Ints
    """By word, a bit for each language of a deal that it stands in."""

    def __len__(self) -> int:
        return len(self.id_high)

    def holding(self, word: int) -> slice:
        """The postings of a word."""
        return slice(int(self.word_starts[word]), int(self.word_starts[word + 1]))


def read(deals: Iterable[PublishedDeal], tree: CategoryTree) -> Read:
    """Take the deals one by one, and keep none of them."""
    reader = _Reader(tree)
    source = iter(deals)
    while batch := list(islice(source, _BATCH)):
        reader.take(batch)
    return reader.finished()


def words_of(text: str) -> list[str]:
    """The words of a text in a script with spaces: without case, accents and apostrophes."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return _WORD.findall(re.sub("['\u2018\u2019\u02bc]", "", text.lower()))


class _Numbers(dict[str, int]):
    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        return number


class _Reader:
    def __init__(self, tree: CategoryTree) -> None:
        self.paths = {
            category.slug: [f"\x01{above.slug}" for above in tree.path(category.slug)] for category in tree.categories
        }
        self.words = _Numbers()
        self.tables = {name: _Numbers() for name in ("categories", "currencies", "divisions", "zones", "languages")}
        self.number = 0
        self.parts: list[tuple[NDArray[Any], ...]] = []
        self.place_words = cache(words_of)

    def take(self, batch: list[PublishedDeal]) -> None:
        columns = np.array([self._columns(deal) for deal in batch], dtype=np.int64)
        ids = [deal.id.int for deal in batch]
        points = [
            (self.number + row, point.latitude, point.longitude)
            for row, deal in enumerate(batch)
            if deal.reach is Reach.LOCATIONS
            for point in deal.points
        ]
        words, deals, impacts = self._postings(batch)
        self.parts.append(
            (
                columns,
                np.array([number >> 64 for number in ids], dtype=np.uint64),
                np.array([number & 2**64 - 1 for number in ids], dtype=np.uint64),
                np.array([deal for deal, _, _ in points], dtype=np.int64),
                np.array([latitude for _, latitude, _ in points], dtype=np.float64),
                np.array([longitude for _, _, longitude in points], dtype=np.float64),
                words,
                deals,
                impacts,
            )
        )
        self.number += len(batch)

    def _columns(self, deal: PublishedDeal) -> tuple[int, ...]:
        option = min(deal.options, key=lambda each: (each.price_minor, each.position))
        zone = (deal.points[0].time_zone if deal.points else None) or "UTC"
        tables = self.tables
        return (
            (deal.starts_at - _EPOCH) // _MICROSECOND,
            NEVER_US if deal.ends_at is None else (deal.ends_at - _EPOCH) // _MICROSECOND,
            option.price_minor,
            _discount(option),
            deal.sold,
            NONE if deal.category_slug is None else tables["categories"][deal.category_slug],
            tables["currencies"][deal.currency],
            _REACHES[deal.reach],
            NONE if deal.division_slug is None else tables["divisions"][deal.division_slug],
            _weekdays(deal),
            0 if option.redeem_from is None else _day(option.redeem_from, zone),
            _LAST_DAY if option.redeem_until is None else _day(option.redeem_until - _MICROSECOND, zone),
            tables["zones"][zone],
            _availability(deal),
            0 if deal.merchant_since is None else _day(deal.merchant_since, "UTC"),
            tables["languages"][deal.language],
        )

    def _postings(self, batch: list[PublishedDeal]) -> tuple[NDArray[Any], ...]:
        """Words, deals and impacts of a batch: each word of a deal once, its occurrences summed up."""
        found: list[int] = []
        lengths: list[int] = []
        number = self.words.__getitem__
        for deal in batch:
            described = words_of(deal.description or "")
            for option in deal.options:
                described += words_of(option.title)
            places = {point.place_name for point in deal.points if point.place_name}
            for words in (
                words_of(deal.title),
                words_of(deal.merchant_name or ""),
                self.paths.get(deal.category_slug or "", []),
                [word for place in places for word in self.place_words(place)],
                described,
            ):
                found += map(number, words)
                lengths.append(len(words))
        fields = len(FIELD_WEIGHTS)
        by_field = np.array(lengths, dtype=np.int64)
        runs = np.repeat(np.arange(len(lengths)), by_field)
        worth = FIELD_WEIGHTS / (1 + LENGTH_SHARES * (by_field.reshape(-1, fields) / FIELD_LENGTHS - 1))
        keys, places = np.unique(np.array(found, dtype=np.int64) << 32 | runs // fields, return_inverse=True)
        summed = np.bincount(places, worth.ravel()[runs], len(keys))
        impacts = np.where(summed > 0, np.maximum(1, np.rint(255 * summed / (summed + SATURATION))), CATEGORY_IMPACT)
        return (
            (keys >> 32).astype(np.int32),
            ((keys & 0xFFFFFFFF) + self.number).astype(np.int32),
            impacts.astype(np.uint8),
        )

    def finished(self) -> Read:
        columns, id_high, id_low, point_deals, latitudes, longitudes, words, deals, impacts = (
            np.concatenate(each) for each in zip(*self.parts, strict=True)
        )
        order = np.argsort(words, kind="stable")
        starts = np.zeros(len(self.words) + 1, dtype=np.int64)
        np.cumsum(np.bincount(words, minlength=len(self.words)), out=starts[1:])
        by_name = dict(zip(_COLUMNS, np.ascontiguousarray(columns.T), strict=True))
        languages = np.zeros(len(self.words), dtype=np.int64)
        for number in range(len(self.tables["languages"])):
            languages[np.unique(words[by_name["language"][deals] == number])] |= 1 << number
        return Read(
            columns=by_name,
            id_high=id_high,
            id_low=id_low,
            point_deals=point_deals,
            point_latitudes=latitudes,
            point_longitudes=longitudes,
            words=dict(self.words),
            word_starts=starts,
            posting_deals=deals[order],
            posting_impacts=impacts[order],
            tables={name: list(table) for name, table in self.tables.items()},
            word_languages=languages,
        )


_COLUMNS: Final = (
    *("starts_us", "ends_us", "price", "discount", "sold", "category", "currency", "reach", "division"),
    *("weekdays", "from_day", "until_day", "zone", "availability", "since", "language"),
)


def _discount(option: Option) -> int:
    """Whole percent below the stated value; -1 where there is none."""
    if option.value_minor is None or option.value_minor <= option.price_minor:
        return NONE
    return (option.value_minor - option.price_minor) * 100 // option.value_minor


def _weekdays(deal: PublishedDeal) -> int:
    """A bit for each weekday on which it can be used, Monday the lowest."""
    days = 127
    for rule in deal.fine_print:
        if isinstance(rule, Days):
            days &= sum(1 << day - 1 for day in rule.weekdays)
    return days


def _availability(deal: PublishedDeal) -> int:
    """What is left of what is offered, 0 to 255; 255 where there is no limit."""
    offered = 0
    for option in deal.options:
        if option.cap is None:
            return 255
        offered += option.cap
    return 255 * max(offered - deal.sold, 0) // offered if offered else 255


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _day(instant: datetime, zone: str) -> int:
    """Days since 1970 on the clocks of a zone."""
    return (instant.astimezone(_zone(zone)).date() - date(1970, 1, 1)).days
