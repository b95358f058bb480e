"""Which column is the price and which the usual price: decided by names and arithmetic together, or not at all.

A swapped pair would advertise the wrong price, so this asks for agreement where the rest of the suggestion asks for
likelihood: the order of the two in the rows, what the names say, and what a saving or a percentage beside them says.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from itertools import permutations
from typing import Final

import msgspec

from highstreet.market.feeds.domain.suggestion.profiles import MOSTLY, Profile, Sample

NEARLY_ALL: Final = 0.98
"""Of the rows that state both: how many have to have the usual price at or above the price."""

_FEW: Final = 5
"""So many rows at least have to state both, before their order says anything."""

_MOST_COLUMNS: Final = 12
"""Of columns of money that are compared with one another."""

_RATIO: Final = (0.02, 1.0)
"""A price below one fiftieth of the other amount is no price of the same thing."""


class Says(StrEnum):
    """What a column's name says about money."""

    PRICE = "price"
    """It names a price that was reduced, or the price that is paid."""
    PLAIN = "plain"
    """It says price, or an amount of money, and no more."""
    USUAL = "usual"
    SAVED = "saved"
    SHARE = "share"
    FEE = "fee"
    """Beside the price, or what the seller pays."""
    PART = "part"
    """It names the price of a part, for some, or a limit."""
    BOTH = "both"
    """It says both that it is reduced and that it is usual, so nothing."""
    NOTHING = "nothing"


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of money by their parts. `certain` is whether price and value are beyond doubt."""

    price: Profile | None = None
    value: Profile | None = None
    price_certain: bool = False
    derived: dict[str, str] = {}
    """Columns that follow from the others, such as a saving, and what they are."""
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


_OF_THE_SELLER: Final = frozenset({"wholesale", "purchase", "buying", "supplier", "einkaufspreis", "einkauf", "compra"})
"""Words for what the seller pays, which is no business of a deal."""


def says(column: Profile) -> Says:
    """What the words of the column's name say about money."""
    concepts = column.concepts
    words = frozenset(column.words)
    told = Says.SHARE if column.percent_share >= MOSTLY else _by_words(column, words)
    if told is not None:
        return told
    return next((say for there, missing, say in _SAYS if there <= concepts and not missing & concepts), Says.NOTHING)


def _by_words(column: Profile, words: frozenset[str]) -> Says | None:
    """What single words and their order say before their concepts do; None where they say nothing."""
    concepts = column.concepts
    if words & _OF_THE_SELLER or ("cost" in words and len(words) > 1):
        return Says.FEE
    if words & _OF_A_PART or (concepts & {"begin", "end"} and "cost" in concepts):
        return Says.PART
    if _is_rebate(column.words, priced="cost" in concepts):
        return Says.SAVED
    if words <= {"cost", "costs"}:
        return Says.NOTHING  # to the buyer, or to the seller
    if "reduced" in concepts and not concepts & _MONEY:
        # A bare `sale` or `offer` may as well be what one saves.
        return Says.PRICE if words & _NOW else Says.NOTHING
    return None


def _is_rebate(words: Sequence[str], *, priced: bool) -> bool:
    """Whether a name ends with a rebate or its amount: `price discount`, `discount amount`, but not `discount price`.

    Where languages put the noun first, a rebate behind a price is a reduced price: `prix remisé`.
    """
    rest = [word for word in words if word not in _AMOUNTS]
    if not rest or rest[-1] not in words[-2:]:
        return False
    return rest[-1] in _REBATES or (not priced and rest[-1] in _REBATES_BEHIND)


_MONEY: Final = frozenset({"cost", "usual", "saved", "share", "fee", "tax"})
_NOW: Final = frozenset({"now", "current", "discounted", "reduced", "actual", "rebajado", "reduziert", "reduit", "pay"})
_REBATES: Final = frozenset({"discount", "rabatt", "rebate", "reduction", "coupon"})
_REBATES_BEHIND: Final = frozenset({"remise", "descuento", "割引"})
_AMOUNTS: Final = frozenset({"amount", "amt", "value", "sum", "total", "betrag", "importe", "montant", "金額"})
_OF_A_PART: Final = frozenset(
    {
        "per",
        "each",
        "item",
        "unit",
        "person",
        "child",
        "children",
        "kid",
        "adult",
        "senior",
        "student",
        "member",
        "group",
    }
    | {"night", "hour", "day", "daily", "week", "weekly", "weekday", "weekend", "month", "monthly", "year", "average"}
    | {"min", "minimum", "max", "maximum", "low", "lowest", "high", "highest", "avg"}
)
"""Words for prices of a part, for some buyers, or for limits: none of them is what the deal costs, beyond doubt."""


_SAYS: Final[tuple[tuple[frozenset[str], frozenset[str], Says], ...]] = tuple(
    (frozenset(there.split()), frozenset(missing.split()), told)
    for there, missing, told in (
        ("fee", "", Says.FEE),
        ("tax", "cost", Says.FEE),
        ("share", "", Says.SHARE),
        ("reduced usual", "", Says.BOTH),
        ("usual", "", Says.USUAL),
        ("saved", "cost", Says.SAVED),
        ("reduced cost", "", Says.PRICE),
        ("cost", "", Says.PLAIN),
    )
)
"""What concepts say where others are missing; the first that fits counts."""


_OTHER: Final = frozenset(
    {"bought", "rated", "score", "identity", "postal", "latitude", "longitude", "span", "day", "number", "begin", "end",
     "valid", "town", "region", "link", "kind"}
)  # fmt: skip
"""Concepts of numbers that are no money."""


def candidates(sample: Sample) -> list[Profile]:
    """The columns that may hold amounts of money, at most twelve: those with a mark or a telling name first."""

    def rank(column: Profile) -> tuple[int, int]:
        told = says(column) not in {Says.NOTHING, Says.FEE}
        return (-2 * bool(column.marks) - told, column.position)

    found = [column for column in sample.columns if column.filled and column.is_number and _may_be_money(column)]
    return sorted(found, key=rank)[:_MOST_COLUMNS]


def _may_be_money(column: Profile) -> bool:
    if column.marks:
        return True
    if column.counter or (column.flag_share == 1.0 and column.distinct <= 3):
        return False
    if "cost" in column.concepts or says(column) in {Says.USUAL, Says.SAVED, Says.SHARE}:
        return True
    if column.unique_share > MOSTLY and column.whole and column.median > 100_000:
        return False  # numbers that are identities
    return not column.concepts & _OTHER


def decide(sample: Sample) -> Amounts:
    """Price and value, each only where nothing speaks against it; the rest is doubt, said aloud."""
    money = [column for column in candidates(sample) if says(column) is not Says.FEE]
    derived = {column.name: words for column in money for words in [_DERIVED.get(says(column))] if words}
    eligible = [column for column in money if column.name not in derived]
    pairs = sorted(
        (pair for pair in (_pair(low, high, money) for low, high in permutations(eligible, 2)) if pair),
        key=lambda pair: (-pair.score, pair.low.position, pair.high.position),
    )
    sure = [pair for pair in pairs if pair.decisive]
    if sure and all(sure[0].score - other.score >= 1.0 for other in sure[1:]):
        best = sure[0]
        return Amounts(
            price=best.low,
            value=best.high,
            price_certain=True,
            derived=derived,
            reasons=best.reasons,
            doubts=tuple(_discord(best, money)),
        )
    return _price_alone(eligible, pairs, sure, derived)


_DERIVED: Final = {Says.SAVED: "a saving", Says.SHARE: "a share in per cent"}
"""What follows from a price and a usual price, and is never one of the two."""


def _discord(pair: "_Pair", money: Sequence[Profile]) -> Iterable[str]:
    """A saving or a percentage that does not fit the pair: nothing against it yet, but worth a look."""
    low, high = pair.low, pair.high
    for third in money:
        if says(third) is Says.SAVED and not _fits(low, high, third, _difference):
            if not _fits(low, high, third, _per_cent, within=1.01):
                yield f"{third.name} is not the difference of {high.name} and {low.name}; look at a few rows"
        elif says(third) is Says.SHARE and not _fits(low, high, third, _per_cent, within=1.01):
            yield f"{third.name} is not the discount from {high.name} to {low.name} in per cent; look at a few rows"


def _price_alone(
    eligible: Sequence[Profile], pairs: Sequence["_Pair"], sure: Sequence["_Pair"], derived: dict[str, str]
) -> Amounts:
    """The price without a usual price: one that may be wrong is left out, and a person is asked."""
    named = [column for column in eligible if says(column) is Says.PRICE]
    plain = [column for column in eligible if says(column) is Says.PLAIN]
    doubts: list[str] = []
    price: Profile | None
    if sure:
        price = sure[0].low
        rivals = sorted({pair.low.name for pair in sure} | {pair.high.name for pair in sure})
        doubts.append(f"several pairs could be price and usual price ({', '.join(rivals)}); no value is mapped")
    elif pairs:
        price = pairs[0].low
        doubts.append(
            f"{pairs[0].high.name} is never below {price.name} in nearly all rows, but nothing else says that it is "
            "the usual price; no value is mapped"
        )
    else:
        price = next(iter([*named, *plain, *eligible]), None)
    doubts += _contradictions(eligible)
    usual = [column.name for column in eligible if column is not price and says(column) in {Says.USUAL, Says.BOTH}]
    if usual and not doubts:
        doubts.append(f"{', '.join(usual)} may state a usual price; no value is mapped")
    certain = (
        price is not None
        and not pairs
        and not doubts
        and not derived
        and len(named or plain) == 1
        and price is (named or plain)[0]
    )
    if price is not None and not pairs and derived:
        doubts.append(f"{price.name} may be the price before or after {', '.join(derived)}")
    elif price is not None and not certain and not doubts:
        part = says(price) is Says.PART
        why = "names a part or a limit" if part else "does not say so"
        doubts.append(f"only the values of {price.name} look like a price; its name {why}")
    reasons = (f"{price.name} is the only column that is named a price",) if certain and price else ()
    return Amounts(price=price, price_certain=certain, derived=derived, reasons=reasons, doubts=tuple(doubts))


def _contradictions(eligible: Sequence[Profile]) -> Iterable[str]:
    """Pairs whose names say one thing and whose rows another."""
    for low, high in permutations(eligible, 2):
        if _NAMED.get((says(low), says(high)), 0.0) >= 1.0:
            both = list(_both(low, high))
            wrong = sum(one > other for one, other in both)
            if both and wrong > (1 - NEARLY_ALL) * len(both):
                yield (
                    f"by their names {high.name} is the usual price and {low.name} the price, but {low.name} is the "
                    f"higher one in {wrong:,} of {len(both):,} rows; no value is mapped"
                )
            elif len(both) < _FEW:
                yield f"only {len(both):,} rows state both {low.name} and {high.name}; no value is mapped"


class _Pair(msgspec.Struct, frozen=True):
    """Two columns taken as price and usual price, and what speaks for that."""

    low: Profile
    high: Profile
    ordered: float
    strict: float
    score: float
    decisive: bool
    reasons: tuple[str, ...]


def _pair(low: Profile, high: Profile, money: Sequence[Profile]) -> _Pair | None:
    both = list(_both(low, high))
    if not both:
        return None
    ordered = sum(one <= other for one, other in both) / len(both)
    strict = sum(one < other for one, other in both) / len(both)
    ratios = sorted(one / other for one, other in both if other > 0)
    middle = ratios[len(ratios) // 2] if ratios else 0.0
    if ordered < NEARLY_ALL or strict < 0.2 or not _RATIO[0] <= middle <= _RATIO[1]:
        return None
    named, named_reason = _names(says(low), says(high))
    if named is None:
        return None
    if low.marks and high.marks and not low.marks.keys() & high.marks.keys():
        return None
    shown = _arithmetic(low, high, money)
    score = named + sum(weight for weight, _ in shown)
    reasons = (f"{high.name} is at or above {low.name} in {ordered:.1%} of {len(both):,} rows", named_reason)
    told = tuple(reason for reason in (*reasons, *(text for _, text in shown)) if reason)
    decisive = len(both) >= _FEW and score >= 1.0 and named > 0
    return _Pair(low, high, ordered, strict, score, decisive, told)


def _both(low: Profile, high: Profile) -> Iterable[tuple[float, float]]:
    for one, other in zip(low.numbers, high.numbers, strict=True):
        if one is not None and other is not None:
            yield one, other


_NAMED: Final[dict[tuple[Says, Says], float]] = {
    (Says.PRICE, Says.USUAL): 2.0,
    (Says.PLAIN, Says.USUAL): 1.8,
    (Says.PRICE, Says.PLAIN): 1.4,
    (Says.NOTHING, Says.USUAL): 0.5,
    (Says.PRICE, Says.NOTHING): 0.4,
    (Says.NOTHING, Says.NOTHING): 0.0,
    (Says.PLAIN, Says.NOTHING): 0.1,
    (Says.NOTHING, Says.PLAIN): 0.0,
    (Says.PLAIN, Says.PLAIN): 0.0,
    (Says.BOTH, Says.NOTHING): 0.0,
    (Says.NOTHING, Says.BOTH): 0.0,
}
"""How much the names speak for a pair of price and usual price; pairs that are not here contradict it."""


def _names(low: Says, high: Says) -> tuple[float | None, str]:
    weight = _NAMED.get((low, high))
    if weight is not None and weight >= 1.0:
        return weight, "their names say so"
    return weight, ""


def _arithmetic(low: Profile, high: Profile, money: Sequence[Profile]) -> list[tuple[float, str]]:
    """What a third column says: the difference of the two, or their difference in per cent."""
    found: list[tuple[float, str]] = []
    for third in money:
        if third is low or third is high:
            continue
        if says(third) in {Says.SAVED, Says.NOTHING} and _fits(low, high, third, _difference):
            # The price and the saving add up to the value either way round, so only its name tells which is which.
            found.append((0.6 if says(third) is Says.SAVED else 0.1, f"{third.name} is the difference of the two"))
        elif _fits(low, high, third, _per_cent, within=1.01):
            found.append((0.8, f"{third.name} is the discount in per cent"))
    return found[:2]


def _difference(price: float, value: float) -> float:
    return value - price


def _per_cent(price: float, value: float) -> float:
    return 100 * (1 - price / value) if value else 0.0


def _fits(
    low: Profile, high: Profile, third: Profile, rule: Callable[[float, float], float], *, within: float = 0.011
) -> bool:
    told = [
        abs(rule(one, other) - stated) <= within
        for one, other, stated in zip(low.numbers, high.numbers, third.numbers, strict=True)
        if one is not None and other is not None and stated is not None
    ]
    return len(told) >= _FEW and sum(told) >= MOSTLY * len(told)
