"""Deals as a feed states them. What a feed does not say stays unsaid."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.market.catalog.domain import fine_print
from highstreet.market.catalog.domain.deals import DealState, Reach
from highstreet.market.catalog.domain.drafts import (
    MAX_OPTIONS,
    MAX_TITLE_LENGTH,
    content_problems,
    period_problems,
    price_problems,
    reach_problems,
    redeem_problems,
)
from highstreet.market.catalog.domain.fine_print import Rule
from highstreet.market.catalog.domain.former import Written
from highstreet.market.catalog.domain.merchants import MAX_NAME_LENGTH, is_web_address, text_problems

MAX_KEY_LENGTH = 500
MAX_STATED_COUNT = 2_000_000_000
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class ImportedOption(msgspec.Struct, frozen=True, kw_only=True):
    """A priced choice of a feed's deal, in minor units. A value, where there is one, is what the feed stated."""

    title: str
    price_minor: int
    value_minor: int | None = None
    redeem_from: datetime | None = None
    redeem_until: datetime | None = None
    redeem_within_days: int | None = None


class ImportedDeal(msgspec.Struct, frozen=True, kw_only=True):
    """One deal of a feed; `feed` and `key` together are its identity.

    `places` are ids of towns, `areas` of towns that stand for an area, for a reach of locations; `division` and
    `category` are slugs; `merchant` is the name as the feed states it. `sold` and `ratings` are the feed's own counts,
    `image` the address of its picture. A start that is not stated is the first import.
    """

    feed: str
    key: str
    title: str
    description: str | None = None
    url: str | None = None
    image: str | None = None
    language: str = "en"
    currency: str
    options: tuple[ImportedOption, ...]
    reach: Reach
    places: tuple[UUID, ...] = ()
    areas: tuple[UUID, ...] = ()
    division: str | None = None
    category: str | None = None
    merchant: str | None = None
    fine_print: tuple[Rule, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    sold: int | None = None
    ratings: int | None = None
    shifted_days: int = 0

    @property
    def towns(self) -> tuple[UUID, ...]:
        """Every place that it names."""
        return (*self.places, *self.areas)

    def digest(self) -> str:
        """Tells whether the feed says the same as before: SHA-256 of everything it states, in hexadecimal.

        What came to be stated only later counts where it is stated, so that digests of before keep their value.
        """
        content = msgspec.to_builtins(self, order="deterministic")
        _leave_out(content, _LATER)
        for option in content["options"]:
            _leave_out(option, _LATER_OF_OPTIONS)
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()

    def state_at(self, now: datetime) -> DealState:
        """The state in which the deal stands by its own dates."""
        if self.ends_at is not None and self.ends_at <= now:
            return DealState.ENDED
        return DealState.SCHEDULED if self.starts_at is not None and self.starts_at > now else DealState.LIVE


_LATER = ("image", "areas", "ratings")
_LATER_OF_OPTIONS = ("redeem_from", "redeem_until", "redeem_within_days")


def _leave_out(content: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if not content[name] and content[name] != 0:
            del content[name]


class ImportOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How many deals of a batch were new, said something new, or said what was known already."""

    new: int
    changed: int
    same: int
    written: tuple[Written, ...] = ()
    """What it takes to take the batch back: of each deal that was new or changed, and of no other."""
    merchants: tuple[UUID, ...] = ()
    """The merchants that were made for it."""


def stated_by(feed: str) -> str:
    """The reason why an imported deal is in the state in which it is."""
    return f"stated by the feed {feed}"


def check_batch(batch: Sequence[ImportedDeal]) -> None:
    """Raise InvalidInput, each problem under `[row in batch].field`, unless every deal of the batch can be imported."""
    problems: list[FieldProblem] = []
    seen: set[tuple[str, str]] = set()
    for index, deal in enumerate(batch):
        if (deal.feed, deal.key) in seen:
            problems.append(FieldProblem(f"[{index}].key", f"{deal.key!r} occurs twice in one batch"))
        seen.add((deal.feed, deal.key))
        problems.extend(FieldProblem(f"[{index}].{problem.field}", problem.message) for problem in deal_problems(deal))
    if problems:
        raise InvalidInput(tuple(problems))


def deal_problems(deal: ImportedDeal) -> Iterable[FieldProblem]:
    """What is wrong with one deal of a feed."""
    for field, text in (("feed", deal.feed), ("key", deal.key)):
        yield from text_problems(field, text, MAX_KEY_LENGTH)
    yield from content_problems(deal.title, deal.description, deal.language, deal.currency)
    yield from period_problems(deal.starts_at or _LONG_AGO, deal.ends_at)
    yield from reach_problems(deal.reach, len(deal.towns), deal.division)
    yield from text_problems("merchant", deal.merchant, MAX_NAME_LENGTH)
    for field, address in (("url", deal.url), ("image", deal.image)):
        if address is not None and not is_web_address(address):
            yield FieldProblem(field, "a link starts with https:// or http://")
    if deal.reach is Reach.LOCATIONS and not deal.towns:
        yield FieldProblem("places", "a deal that reaches locations names a town or an area")
    if len(set(deal.towns)) != len(deal.towns):
        yield FieldProblem("places", "name each town once")
    for field, count in (("sold", deal.sold), ("ratings", deal.ratings)):
        if count is not None and not 0 <= count <= MAX_STATED_COUNT:
            yield FieldProblem(field, f"a count is 0 to {MAX_STATED_COUNT:,}")
    yield from _options_problems(deal.options)
    yield from fine_print.problems(deal.fine_print)


def _options_problems(options: Sequence[ImportedOption]) -> Iterable[FieldProblem]:
    if not 1 <= len(options) <= MAX_OPTIONS:
        yield FieldProblem("options", f"a deal offers 1 to {MAX_OPTIONS} options")
    for index, option in enumerate(options):
        for problem in _option_problems(option):
            yield FieldProblem(f"options[{index}].{problem.field}", problem.message)


def _option_problems(option: ImportedOption) -> Iterable[FieldProblem]:
    yield from text_problems("title", option.title, MAX_TITLE_LENGTH)
    yield from price_problems(option.price_minor, option.value_minor)
    yield from redeem_problems(option.redeem_from, option.redeem_until, option.redeem_within_days)
