"""What one may ask of search, and what it answers."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.kit.money import MAX_MINOR, discount_percent
from highstreet.market.catalog.domain.deals import DealPoint, Option, PublishedDeal

MAX_LIMIT = 100
MAX_RADIUS_KM = 500.0
MAX_TEXT = 200

NEW_MERCHANT_DAYS = 90

PRICE_STEPS = (0, *(digit * 10**zeros for zeros in range(2, 15) for digit in (1, 2, 5)), MAX_MINOR + 1)
"""Where price bands begin, in minor units: a ladder of 1, 2, 5 that suits every currency."""


_WEEKDAYS = frozenset(range(1, 8))
_SURROGATE = re.compile("[\ud800-\udfff]")


class Sort(StrEnum):
    """The order of the results. Deals that lack what an order needs come last; equal deals are ordered by id."""

    RELEVANCE = "relevance"
    DISTANCE = "distance"
    PRICE = "price"
    DISCOUNT = "discount"
    ENDING = "ending"
    POPULAR = "popular"


class Point(msgspec.Struct, frozen=True):
    """WGS 84 degrees."""

    latitude: float
    longitude: float


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """One question. Raises InvalidInput that names every field which cannot be used."""

    at: datetime
    """Only deals that are live at this instant are found."""
    text: str = ""
    """Words, whatever their case, accents or inflection; the last one may be the beginning of a word, and words in
    quotation marks must stand together. Where few deals have all of them, those with most are found as well.

    In scripts without spaces, letters that stand together must stand together in the deal."""
    centre: Point | None = None
    radius_km: float = 25.0
    category: str | None = None
    """A slug; stands for its whole subtree. One that does not exist finds nothing."""
    min_price_minor: int | None = None
    """Prices are those of the cheapest option, in `currency`, both bounds included."""
    max_price_minor: int | None = None
    currency: str | None = None
    """The one currency of price filter, order and bands. None: the commonest among what place, words and dates find."""
    min_discount: int | None = None
    """Whole percent below the stated value; a deal that states none never passes."""
    ends_after: datetime | None = None
    """Included. A deal without an end passes."""
    ends_before: datetime | None = None
    """Included. A deal without an end does not pass."""
    days: tuple[int, ...] = ()
    """ISO numbers of weekdays, Monday is 1; a deal passes that can be used on one of them."""
    usable_today: bool = False
    """Only what can be used on the day that `at` is where the deal is."""
    new_merchant: bool = False
    """Only deals of merchants who came within the last `NEW_MERCHANT_DAYS` days."""
    sort: Sort = Sort.RELEVANCE
    limit: int = 24
    cursor: str | None = None
    """`SearchResult.next_cursor` of the same question; `at`, `limit` and `explain` may differ."""
    explain: bool = False

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise InvalidInput(problems)


class Why(msgspec.Struct, frozen=True):
    """The score's parts, already weighted: they add up to it."""

    text: float
    distance: float
    freshness: float
    ending: float
    discount: float
    popularity: float
    availability: float


class Behind(Protocol):
    """What the results of one search share: it works out of a result's row what only some ask for."""

    def deal(self, row: tuple[int, ...]) -> PublishedDeal: ...

    def deal_id(self, row: tuple[int, ...]) -> UUID: ...

    def why(self, row: tuple[int, ...]) -> Why | None: ...


class Hit:
    """One result: what is known of it at once, and the rest once somebody asks for it.

    `key` stands for the deal with just this content, in every process: the same key, the same deal. `distance_km` is
    None without a centre, and for deals that are not tied to points; `point` is the place of the nearest point among
    the deal's points, -1 where there is no distance.
    """

    __slots__ = ("_behind", "_row", "distance_km", "key", "point", "score")

    def __init__(
        self,
        behind: Behind,
        row: tuple[int, ...],
        key: tuple[str, int],
        distance_km: float | None,
        point: int,
        score: float,
    ) -> None:
        self._behind = behind
        self._row = row
        self.key = key
        self.distance_km = distance_km
        self.point = point
        self.score = score

    @property
    def id(self) -> UUID:
        return self._behind.deal_id(self._row)

    @property
    def deal(self) -> PublishedDeal:
        """Raises HighstreetError where the index is damaged."""
        return self._behind.deal(self._row)

    @property
    def nearest(self) -> DealPoint | None:
        return self.deal.points[self.point] if self.point >= 0 else None

    @property
    def why(self) -> Why | None:
        """The parts of the score, where they were asked for."""
        return self._behind.why(self._row)


class FacetCount(msgspec.Struct, frozen=True):
    """How many results choosing `value` would give, all other filters kept."""

    value: str
    count: int


class Correction(msgspec.Struct, frozen=True):
    """A word of a question, and what may have been meant."""

    word: str
    meant: str


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """One page of answers, with what holds for all pages: `total`, `facets`, `currency`."""

    hits: tuple[Hit, ...]
    total: int
    facets: dict[str, tuple[FacetCount, ...]]
    """`category`: slugs, a parent counts its subtree; `price`: bands such as `2000-4999`; `discount`: `30` or more;
    `distance`: within `5` km, inside the radius; `day`: ISO numbers of weekdays; `usable_today` and `new_merchant`:
    `true`."""
    currency: str | None
    next_cursor: str | None
    took_ms: float
    relaxed: dict[str, int]
    """Only when nothing was found: by the name of a filter, how many deals would be found without it."""
    words: int
    """How many words, or things said in several words, the question asks for."""
    words_met: int
    """How many of them each result has at least: fewer than all where few deals have all of them."""
    corrected: tuple[Correction, ...]
    """Words that no deal has, and what was looked for instead."""
    instead: tuple[Correction, ...]
    """Only when nothing was found: words that some deal has, and a much commoner one that may have been meant."""


def lead_option(deal: PublishedDeal) -> Option:
    """The cheapest option: a card's price, value and discount, and every filter and order, speak of this one."""
    return min(deal.options, key=lambda option: (option.price_minor, option.position))


def lead_discount(deal: PublishedDeal) -> int | None:
    """Whole percent below the stated value of the cheapest option; None where no value is stated."""
    option = lead_option(deal)
    return discount_percent(option.price_minor, option.value_minor)


def _problems(query: SearchQuery) -> list[FieldProblem]:
    checks = (
        ("at", query.at.tzinfo is not None, "needs its offset from UTC"),
        ("text", len(query.text) <= MAX_TEXT, f"at most {MAX_TEXT} characters"),
        ("text", _is_whole(query.text), "has half of a character: Unicode's surrogates stand in pairs"),
        ("category", _is_whole(query.category or ""), "has half of a character"),
        ("centre", query.centre is None or _on_earth(query.centre), "latitude -90 to 90, longitude -180 to 180"),
        ("radius_km", 0 < query.radius_km <= MAX_RADIUS_KM, f"more than 0 and at most {MAX_RADIUS_KM:g}"),
        ("min_price", _is_amount(query.min_price_minor), "a whole number of minor units, 0 or more"),
        ("max_price", _is_amount(query.max_price_minor), "a whole number of minor units, 0 or more"),
        ("currency", query.currency is None or _is_code(query.currency), "an ISO 4217 code such as USD"),
        ("min_discount", query.min_discount is None or 1 <= query.min_discount <= 100, "1 to 100 percent"),
        ("ends_after", _is_aware(query.ends_after), "needs its offset from UTC"),
        ("ends_before", _is_aware(query.ends_before), "needs its offset from UTC"),
        ("days", set(query.days) <= _WEEKDAYS, "weekdays from 1 (Monday) to 7"),
        ("limit", 1 <= query.limit <= MAX_LIMIT, f"1 to {MAX_LIMIT}"),
        ("sort", query.sort is not Sort.DISTANCE or query.centre is not None, "distance needs a place or a point"),
    )
    return [FieldProblem(field, message) for field, passes, message in checks if not passes]


def _is_whole(text: str) -> bool:
    """Whether it can be written as UTF-8, as everything that comes through HTTP can."""
    return text.isascii() or not _SURROGATE.search(text)


def _on_earth(point: Point) -> bool:
    return -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180


def _is_amount(minor: int | None) -> bool:
    return minor is None or 0 <= minor <= MAX_MINOR


def _is_code(currency: str) -> bool:
    return len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()


def _is_aware(instant: datetime | None) -> bool:
    return instant is None or instant.tzinfo is not None
