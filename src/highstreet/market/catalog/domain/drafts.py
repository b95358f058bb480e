"""What somebody wants to offer, before it is a deal, and whether it can become one."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.kit.money import MAX_MINOR, is_currency
from highstreet.market.catalog.domain import fine_print
from highstreet.market.catalog.domain.deals import Reach, ValueEvidence
from highstreet.market.catalog.domain.fine_print import Rule
from highstreet.market.catalog.domain.merchants import LocationDraft, MerchantDraft, text_problems

MAX_TITLE_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 20_000
MAX_OPTIONS = 50
MAX_COUNT = 10_000_000
MAX_REDEEM_DAYS = 3650

_LANGUAGE = re.compile(r"[a-z]{2}")


class OptionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A priced choice to be offered. With an `id` it revises the option of that id; amounts are minor units."""

    id: UUID | None = None
    title: str
    price_minor: int
    value_minor: int | None = None
    value_evidence: ValueEvidence | None = None
    cap: int | None = None
    per_buyer_limit: int | None = None
    redeem_from: datetime | None = None
    redeem_until: datetime | None = None
    redeem_within_days: int | None = None


class _Offer(msgspec.Struct, frozen=True, kw_only=True):
    category: str | None = None
    division: str | None = None
    title: str
    description: str | None = None
    language: str = "en"
    currency: str
    reach: Reach
    options: tuple[OptionDraft, ...] = ()
    fine_print: tuple[Rule, ...] = ()
    starts_at: datetime
    ends_at: datetime | None = None


class DealDraft(_Offer, frozen=True, kw_only=True):
    """A deal of a merchant. `category` and `division` are slugs; `locations` are ids of the merchant's locations."""

    merchant_id: UUID
    locations: tuple[UUID, ...] = ()


class NewMerchant(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant of a bulk creation; `key` is how the deals of the same call name it."""

    key: str
    draft: MerchantDraft
    locations: tuple[LocationDraft, ...]


class NewDeal(_Offer, frozen=True, kw_only=True):
    """A deal of a bulk creation. `merchant` is a NewMerchant's key, `locations` count within that merchant's."""

    merchant: str
    locations: tuple[int, ...] = ()


def check_deal(draft: DealDraft | NewDeal) -> None:
    """Raise InvalidInput, with every problem, unless the draft can be kept as a deal in draft."""
    problems = list(_offer_problems(draft, len(draft.locations)))
    if len(set(draft.locations)) != len(draft.locations):
        problems.append(FieldProblem("locations", "name each location once"))
    if problems:
        raise InvalidInput(tuple(problems))


def check_complete(*, category_id: UUID | None, reach: Reach, points: int, options: int) -> None:
    """Raise InvalidInput unless a deal has what it needs to be looked at by a reviewer."""
    problems = gaps(categorised=category_id is not None, reach=reach, points=points, options=options)
    if problems:
        raise InvalidInput(tuple(problems))


def gaps(*, categorised: bool, reach: Reach, points: int, options: int) -> list[FieldProblem]:
    """What a reviewer needs of a deal and does not find."""
    problems: list[FieldProblem] = []
    if not categorised:
        problems.append(FieldProblem("category", "choose one before the deal is reviewed"))
    if not options:
        problems.append(FieldProblem("options", "a deal offers at least one option"))
    if reach is Reach.LOCATIONS and not points:
        problems.append(FieldProblem("locations", "name where the deal is redeemed"))
    return problems


def _offer_problems(draft: _Offer, points: int) -> Iterable[FieldProblem]:
    yield from content_problems(draft.title, draft.description, draft.language, draft.currency)
    yield from period_problems(draft.starts_at, draft.ends_at)
    yield from reach_problems(draft.reach, points, draft.division)
    if draft.reach is Reach.UNSTATED:
        yield FieldProblem("reach", "say where the deal can be used")
    yield from options_problems(draft.options)
    yield from fine_print.problems(draft.fine_print)


def content_problems(title: str, description: str | None, language: str, currency: str) -> Iterable[FieldProblem]:
    """What is wrong with the words and the currency of a deal."""
    yield from text_problems("title", title, MAX_TITLE_LENGTH)
    yield from text_problems("description", description, MAX_DESCRIPTION_LENGTH)
    if not _LANGUAGE.fullmatch(language):
        yield FieldProblem("language", "a language is two lower-case letters (ISO 639-1)")
    if not is_currency(currency):
        yield FieldProblem("currency", f"{currency!r} is not an ISO 4217 currency code")


def period_problems(starts_at: datetime, ends_at: datetime | None) -> Iterable[FieldProblem]:
    """What is wrong with the time from a start to an end, both with their offset from UTC."""
    if starts_at.tzinfo is None or (ends_at is not None and ends_at.tzinfo is None):
        yield FieldProblem("starts_at", "times need their offset from UTC")
    elif ends_at is not None and ends_at <= starts_at:
        yield FieldProblem("ends_at", "ends after it starts")


def reach_problems(reach: Reach, points: int, division: str | None) -> Iterable[FieldProblem]:
    """Whether points and division fit what the deal says of where it can be used."""
    if reach is not Reach.LOCATIONS and points:
        yield FieldProblem("reach", f"a deal that reaches {reach} names no points")
    if reach is Reach.DIVISION and division is None:
        yield FieldProblem("division", "a deal for a whole division names the division")


def options_problems(options: Sequence[OptionDraft]) -> Iterable[FieldProblem]:
    """What is wrong with the options, each named as `options[n]`."""
    if len(options) > MAX_OPTIONS:
        yield FieldProblem("options", f"a deal has at most {MAX_OPTIONS} options")
    stated = [option.id for option in options if option.id is not None]
    if len(set(stated)) != len(stated):
        yield FieldProblem("options", "name each option once")
    for index, option in enumerate(options):
        for problem in _option_problems(option):
            yield FieldProblem(f"options[{index}].{problem.field}", problem.message)


def _option_problems(option: OptionDraft) -> Iterable[FieldProblem]:
    yield from text_problems("title", option.title, MAX_TITLE_LENGTH)
    yield from price_problems(option.price_minor, option.value_minor)
    if (option.value_minor is None) != (option.value_evidence is None):
        yield FieldProblem("value_evidence", "a value comes with how it is known, and only a value does")
    for field, count in (("cap", option.cap), ("per_buyer_limit", option.per_buyer_limit)):
        if count is not None and not 1 <= count <= MAX_COUNT:
            yield FieldProblem(field, f"is 1 to {MAX_COUNT}")
    yield from redeem_problems(option.redeem_from, option.redeem_until, option.redeem_within_days)


def redeem_problems(
    redeem_from: datetime | None, redeem_until: datetime | None, redeem_within_days: int | None
) -> Iterable[FieldProblem]:
    """What is wrong with the time in which an option can be redeemed."""
    if redeem_within_days is not None and not 1 <= redeem_within_days <= MAX_REDEEM_DAYS:
        yield FieldProblem("redeem_within_days", f"is 1 to {MAX_REDEEM_DAYS} days")
    for field, moment in (("redeem_from", redeem_from), ("redeem_until", redeem_until)):
        if moment is not None and moment.tzinfo is None:
            yield FieldProblem(field, "times need their offset from UTC")
            return
    if redeem_from is not None and redeem_until is not None and redeem_until <= redeem_from:
        yield FieldProblem("redeem_until", "ends after it starts")


def price_problems(price_minor: int, value_minor: int | None) -> Iterable[FieldProblem]:
    """What is wrong with a price and the value that it is compared with."""
    if not 0 <= price_minor <= MAX_MINOR:
        yield FieldProblem("price_minor", "a price is not negative and not beyond any amount")
    if value_minor is not None and not price_minor <= value_minor <= MAX_MINOR:
        yield FieldProblem("value_minor", "a value is not below the price")
