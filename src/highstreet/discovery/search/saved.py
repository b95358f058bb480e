"""A saved search: what somebody wants to be told of, in the words and filters of a search."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from highstreet.discovery.search.domain import Point, SearchQuery
from highstreet.discovery.search.language import questions
from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.kit.facts import FactPayload
from highstreet.market.catalog.domain.categories import CategoryTree

MATCHED: Final = "search.alert_matched"
"""The fact that a saved search has been told of a deal; its aggregate is the saved search."""

LONGEST: Final = timedelta(days=366)
"""A saved search lasts no longer: who has forgotten it is not to be told for ever."""
USUAL: Final = timedelta(days=90)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: a `SearchQuery` without order, page and time. Fields mean what they mean there.

    Words are as meant when the search was saved: all of them are asked for, and none is taken for a typing error.
    """

    text: str = ""
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    category: str | None = None
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    currency: str | None = None
    min_discount: int | None = None
    days: tuple[int, ...] = ()
    usable_today: bool = False
    """On the day on which the deal goes live or changes."""
    new_merchant: bool = False

    def query(self, at: datetime) -> SearchQuery:
        """The question that this asks at an instant. Raises InvalidInput where it cannot be asked."""
        return SearchQuery(
            at=at,
            text=self.text,
            centre=self.centre,
            radius_km=1.0 if self.radius_km is None else self.radius_km,
            category=self.category,
            min_price_minor=self.min_price_minor,
            max_price_minor=self.max_price_minor,
            currency=self.currency,
            min_discount=self.min_discount,
            days=self.days,
            usable_today=self.usable_today,
            new_merchant=self.new_merchant,
        )

    @property
    def centre(self) -> Point | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)


class SavedSearch(Wish, frozen=True, kw_only=True):
    """A wish as it is kept. `owner_id` is whose it is, by a number that says nothing about them."""

    id: UUID
    owner_id: UUID | None
    created_at: datetime
    expires_at: datetime
    paused: bool


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A saved search was told of a deal."""

    search_id: UUID
    deal_id: UUID
    matched_at: datetime


class AlertMatched(FactPayload, frozen=True):
    """`search.alert_matched`: recorded once for a saved search and a deal, however often the deal changes."""

    search_id: UUID
    deal_id: UUID
    owner_id: UUID | None


def checked(wish: Wish, lasts: timedelta, categories: CategoryTree, at: datetime) -> Wish:
    """The wish with its spaces and days in order. Raises InvalidInput that names every field which cannot hold."""
    tidy = msgspec.structs.replace(wish, text=" ".join(wish.text.split()), days=tuple(sorted(set(wish.days))))
    problems = [FieldProblem(field, message) for field, holds, message in _rules(tidy, lasts, categories) if not holds]
    try:
        tidy.query(at)
    except InvalidInput as refused:
        problems = [*refused.problems, *problems]
    if problems:
        raise InvalidInput(tuple(problems))
    return tidy


def _rules(wish: Wish, lasts: timedelta, categories: CategoryTree) -> tuple[tuple[str, bool, str], ...]:
    priced = wish.min_price_minor is not None or wish.max_price_minor is not None
    place = (wish.latitude, wish.longitude, wish.radius_km)
    parted = None in place and any(each is not None for each in place)
    least, most = wish.min_price_minor or 0, wish.max_price_minor
    asks = msgspec.structs.replace(wish, currency=None) != Wish()
    return (
        ("text", wish.text.isprintable(), "letters, digits and signs only"),
        ("text", not wish.text or bool(questions.parts(wish.text)), "has no word in it"),
        ("centre", not parted, "a latitude, a longitude and a radius belong together"),
        ("category", wish.category is None or categories.by_slug(wish.category) is not None, "is no category"),
        ("currency", not priced or wish.currency is not None, "a price needs the currency that it is in"),
        ("max_price", most is None or least <= most, "is below the least price"),
        ("lasts", timedelta(0) < lasts <= LONGEST, f"more than nothing, and at most {LONGEST.days} days"),
        ("saved search", asks, "asks for nothing; give words, a place, a category or a filter"),
    )
