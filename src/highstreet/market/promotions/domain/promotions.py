"""A promotion: what its code takes off, of what, for whom; and what several codes take off together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.kit.money import is_currency

_WHOLE = 10_000


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promotion as somebody wants it. Exactly one of `rate` (ten-thousandths) and `amount_minor` is given."""

    code: str
    title: str
    currency: str
    valid_from: datetime
    valid_until: datetime
    rate: int | None = None
    amount_minor: int | None = None
    most_minor: int | None = None
    """No order gets more than this off."""
    least_price_minor: int = 0
    """Of what it can be used for, so much has to be in the cart."""
    budget_minor: int | None = None
    uses_limit: int | None = None
    person_limit: int | None = 1
    first_order_only: bool = False
    combines: bool = False
    """Whether it goes together with others that do."""
    deal_ids: tuple[UUID, ...] = ()
    merchant_ids: tuple[UUID, ...] = ()
    category_ids: tuple[UUID, ...] = ()


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion as it stands. `given_minor` and `uses` count orders that hold it, too."""

    id: UUID
    code: str
    title: str
    currency: str
    rate: int | None
    amount_minor: int | None
    most_minor: int | None
    least_price_minor: int
    budget_minor: int | None
    given_minor: int
    uses_limit: int | None
    uses: int
    person_limit: int | None
    first_order_only: bool
    combines: bool
    deal_ids: tuple[UUID, ...]
    merchant_ids: tuple[UUID, ...]
    category_ids: tuple[UUID, ...]
    valid_from: datetime
    valid_until: datetime
    paused: bool


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a cart, as promotions see it."""

    deal_id: UUID
    merchant_id: UUID
    category_id: UUID | None
    price_minor: int


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to use promotions. `uses` are by promotion; nothing is known of whoever has not said who they are."""

    known: bool
    has_ordered: bool
    uses: dict[UUID, int]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a promotion takes off each line, in their order."""

    promotion: Promotion
    by_line: tuple[int, ...]

    @property
    def amount_minor(self) -> int:
        return sum(self.by_line)


class Combined(msgspec.Struct, frozen=True, kw_only=True):
    """What applies, and of every other code why not, in a sentence."""

    taken: tuple[Taken, ...]
    refused: dict[str, str]


def fold(code: str) -> str:
    """A code as it is kept, however it was typed."""
    return code.strip().upper()


def check_draft(draft: Draft, now: datetime) -> None:
    """Raise InvalidInput, with every problem, for a promotion that cannot be."""
    problems: list[FieldProblem] = []
    code = fold(draft.code)
    plain = code.isascii() and code.replace("-", "").replace("_", "").isalnum() and code[:1].isalnum()
    if not (3 <= len(code) <= 50 and plain):
        problems.append(FieldProblem("code", "is 3 to 50 letters, digits, hyphens and underscores"))
    if not (draft.title.strip() and len(draft.title) <= 200):
        problems.append(FieldProblem("title", "is 1 to 200 characters"))
    if not is_currency(draft.currency):
        problems.append(FieldProblem("currency", "is not an ISO 4217 currency code"))
    if (draft.rate is None) == (draft.amount_minor is None):
        problems.append(FieldProblem("rate", "either a rate or an amount is given"))
    if draft.rate is not None and not 1 <= draft.rate <= _WHOLE:
        problems.append(FieldProblem("rate", f"is 1 to {_WHOLE} ten-thousandths"))
    positive = ("amount_minor", "most_minor", "budget_minor", "uses_limit", "person_limit")
    problems += [
        FieldProblem(name, "is 1 or more")
        for name in positive
        if (given := getattr(draft, name)) is not None and given < 1
    ]
    if draft.least_price_minor < 0:
        problems.append(FieldProblem("least_price_minor", "is 0 or more"))
    if draft.valid_from.tzinfo is None or draft.valid_until.tzinfo is None:
        problems.append(FieldProblem("valid_until", "times need their offset from UTC"))
    elif draft.valid_until <= max(draft.valid_from, now):
        problems.append(FieldProblem("valid_until", "is after its beginning, and to come"))
    if problems:
        raise InvalidInput(tuple(problems))


def combine(
    promotions: Sequence[Promotion],
    unknown: Sequence[str],
    items: Sequence[Item],
    currency: str,
    buyer: Buyer,
    now: datetime,
) -> Combined:
    """The codes that together take off most: those that combine, or a single one that does not.

    Rates are taken before amounts, each of what those before it have left.
    """
    refused = dict.fromkeys(unknown, "There is no such code.")
    usable: list[Promotion] = []
    for promotion in promotions:
        why = why_not(promotion, items, currency, buyer, now)
        if why is None:
            usable.append(promotion)
        else:
            refused[promotion.code] = why
    choices = [[each] for each in usable if not each.combines]
    together = [each for each in usable if each.combines]
    if together:
        choices.append(together)
    priced = [_take(choice, items) for choice in choices]
    most = max(priced, key=lambda taken: sum(each.amount_minor for each in taken)) if priced else []
    best = [each for each in most if each.amount_minor]
    chosen = {each.promotion.code for each in best}
    names = " and ".join(sorted(chosen))
    for promotion in usable:
        if promotion.code not in chosen:
            refused[promotion.code] = (
                f"It does not go together with {names}, which takes off more." if names else "It takes nothing off."
            )
    return Combined(taken=tuple(best), refused=refused)


def why_not(  # noqa: PLR0911 -- one sentence for each rule, in the order in which a buyer can do something about it
    promotion: Promotion, items: Sequence[Item], currency: str, buyer: Buyer, now: datetime
) -> str | None:
    """Why a promotion takes nothing off this cart, in a sentence; None when it does."""
    if promotion.paused or now >= promotion.valid_until:
        return "It is over."
    if now < promotion.valid_from:
        return "It has not begun yet."
    if promotion.currency != currency:
        return f"It is for prices in {promotion.currency}."
    fitting = sum(item.price_minor for item in items if _fits(promotion, item))
    if not fitting:
        return "It is for other deals than these."
    if fitting < promotion.least_price_minor:
        return "It needs more in the cart of what it is for."
    if _is_used_up(promotion):
        return "All of it was given away already."
    if (promotion.first_order_only or promotion.person_limit is not None) and not buyer.known:
        return "It is counted by person, so say first who you are."
    if promotion.first_order_only and buyer.has_ordered:
        return "It is for a first order."
    if promotion.person_limit is not None and buyer.uses.get(promotion.id, 0) >= promotion.person_limit:
        return "You have used it as often as one person may."
    return None


def _is_used_up(promotion: Promotion) -> bool:
    if promotion.uses_limit is not None and promotion.uses >= promotion.uses_limit:
        return True
    return promotion.budget_minor is not None and promotion.given_minor >= promotion.budget_minor


def _fits(promotion: Promotion, item: Item) -> bool:
    return not (
        (promotion.deal_ids and item.deal_id not in promotion.deal_ids)
        or (promotion.merchant_ids and item.merchant_id not in promotion.merchant_ids)
        or (promotion.category_ids and item.category_id not in promotion.category_ids)
    )


def _take(promotions: Sequence[Promotion], items: Sequence[Item]) -> list[Taken]:
    left = [item.price_minor for item in items]
    taken: list[Taken] = []
    for promotion in sorted(promotions, key=lambda each: (each.rate is None, each.code)):
        weights = [left_minor if _fits(promotion, item) else 0 for left_minor, item in zip(left, items, strict=True)]
        by_line = shared(_amount(promotion, sum(weights)), weights)
        left = [left_minor - off_minor for left_minor, off_minor in zip(left, by_line, strict=True)]
        taken.append(Taken(promotion=promotion, by_line=tuple(by_line)))
    return taken


def _amount(promotion: Promotion, of_minor: int) -> int:
    wanted = of_minor * promotion.rate // _WHOLE if promotion.rate is not None else promotion.amount_minor or 0
    budget_minor = None if promotion.budget_minor is None else promotion.budget_minor - promotion.given_minor
    return min(each for each in (wanted, of_minor, promotion.most_minor, budget_minor) if each is not None)


def shared(total_minor: int, weights: Sequence[int]) -> list[int]:
    """`total_minor` divided in proportion to weights into whole units that sum to it; the first get what is left over.

    Nobody gets more than their weight as long as the total is not more than all weights.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    shares: list[int] = []
    given, passed = 0, 0
    for weight in weights:
        passed += weight
        upto = -(-total_minor * passed // whole)
        shares.append(upto - given)
        given = upto
    return shares
