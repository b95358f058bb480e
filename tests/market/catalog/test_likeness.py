"""Which deals are likely the same: an oracle that compares all with all, and what a person would expect."""

from itertools import combinations
from random import Random
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.market.catalog.domain import likeness
from highstreet.market.catalog.domain.likeness import Comparable, Likeness, likely_same
from highstreet.market.catalog.domain.numbers import numbers
from highstreet.market.catalog.domain.wording import MerchantLevel, NumbersLevel, numbers_level
from highstreet.science.linkage import shared, weigh

WORDS = ("pizza", "5", "massage", "oak", "blue", "tour", "lunch", "dos", "two", "hair", "yoga", "門", "寿司券")
NAMES = ("Blue Oak", "Blue Oak LLC", "Oak", "Casa Yoga", "Cassa Yoga", None)
SPOTS = ((41.88, -87.63), (41.89, -87.64), (42.03, -88.08), (0.0, 179.99), (0.0, -179.99), (89.9, 10.0), (89.9, -170.0))

DEALS = st.lists(
    st.builds(
        Comparable,
        id=st.just(UUID(int=0)),
        title=st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join),
        merchant=st.sampled_from(NAMES),
        currency=st.sampled_from(["USD", "USD", "USD", "JPY"]),
        price_minor=st.sampled_from([0, 1000, 1040, 1500, 9000]),
        points=st.lists(st.sampled_from(SPOTS), max_size=2, unique=True).map(tuple),
        exact=st.booleans(),
    ),
    min_size=2,
    max_size=12,
)


def all_with_all(deals: list[Comparable]) -> dict[tuple[int, int], float]:
    """The scores of every pair, whatever its block, by the same gates and weights."""
    codes = np.array(list(combinations(range(len(deals)), 2)), np.int64)
    left, right = codes[:, 0], codes[:, 1]
    texts = weigh([[*likeness.words(deal.title), *likeness.name_words(deal.merchant or "")] for deal in deals])
    cosines, bits = shared(texts, left, right)
    metres = likeness.distances_m(deals, left, right)
    least = np.where(np.isnan(metres), likeness.LEAST_COSINE_UNPLACED, likeness.LEAST_COSINE)
    pairs: list[tuple[int, int]] = list(combinations(range(len(deals)), 2))
    same_currency = np.array([deals[one].currency == deals[other].currency for one, other in pairs], np.bool_)
    told = bits >= np.where(np.isnan(metres), likeness.LEAST_BITS_UNPLACED, likeness.LEAST_BITS)
    looked_at = (cosines >= least) & told & ~(metres > likeness.NEAR_M) & same_currency
    left, right = left[looked_at], right[looked_at]
    scores = likeness.score(
        likeness.compare(deals, left, right), likeness.worded_levels(deals, left, right), likeness.WEIGHTS
    ) + likeness.choices_bits(likeness.choices(deals, left, right))
    found = zip(left.tolist(), right.tolist(), scores.tolist(), strict=True)
    return {(one, other): bits for one, other, bits in found if bits >= likeness.WEIGHTS.threshold}


def by_pair(found: list[Likeness]) -> dict[tuple[int, int], float]:
    return {(one.first, one.second): one.score for one in found}


@settings(max_examples=150)
@given(DEALS)
def test_blocking_finds_what_comparing_all_with_all_finds(deals: list[Comparable]) -> None:
    assert by_pair(likely_same(deals)) == pytest.approx(all_with_all(deals))


@settings(max_examples=100)
@given(DEALS, st.data())
def test_a_search_after_changes_finds_the_pairs_of_what_changed(deals: list[Comparable], data: st.DataObject) -> None:
    changed = np.array(data.draw(st.lists(st.booleans(), min_size=len(deals), max_size=len(deals))), np.bool_)
    found = likely_same(deals, changed=changed)
    assert found == [one for one in likely_same(deals) if changed[one.first] or changed[one.second]]


@settings(max_examples=50)
@given(DEALS, st.randoms(use_true_random=False))
def test_the_order_of_the_deals_makes_no_difference(deals: list[Comparable], rng: Random) -> None:
    order = list(range(len(deals)))
    rng.shuffle(order)
    shuffled = likely_same([deals[number] for number in order])
    there = {frozenset((one.first, one.second)): one.score for one in likely_same(deals)}
    assert {frozenset((order[one.first], order[one.second])): one.score for one in shuffled} == pytest.approx(there)


def deal(
    title: str,
    merchant: str | None = "Blue Door Pizza",
    price: int = 2500,
    spot: int | None = 0,
    *,
    exact: bool = True,
) -> Comparable:
    return Comparable(
        id=UUID(int=0),
        title=title,
        merchant=merchant,
        currency="USD",
        price_minor=price,
        points=() if spot is None else (SPOTS[spot],),
        exact=exact,
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (deal("Two pizzas with a bottle of wine"), deal("Two pizzas with a bottle of wine"), True),
        (deal("Two pizzas with a bottle of wine"), deal("Two pizas with bottle of wine", "Blue Door Pizza LLC"), True),
        (deal("Two pizzas with a bottle of wine"), deal("Two pizzas with a bottle of wine", exact=False), True),
        (deal("Two pizzas with a bottle of wine"), deal("2 pizzas with a bottle of wine"), True),
        (deal("Two pizzas with a bottle of wine"), deal("Two pizzas with a bottle of wine", spot=1), False),
        (deal("Boat to the fireworks, July 4"), deal("Boat to the fireworks, July 5"), False),
        (deal("One session of electrolysis"), deal("Three sessions of electrolysis"), False),
        (deal("60-minute massage with oils"), deal("Ninety-minute massage with oils"), False),
        (deal("Two pizzas with wine"), deal("Blue Door Pizza: two pizzas with wine", None), True),
        (deal("Two pizzas with a bottle of wine"), deal("Pizza baking class for children"), False),
        (deal("Two pizzas with a bottle of wine"), deal("Two pizzas with a bottle of wine", "Casa Yoga", 2900), False),
        (deal("Two pizzas with a bottle of wine"), deal("Two pizzas with a bottle of wine", spot=3), False),
        (deal("Massage", None), deal("Massage", None, price=6000), False),
        (deal("Pizza tour of the old town", None), deal("Chocolate tour of the old town", None), False),
    ],
)
def test_what_a_person_would_say(one: Comparable, other: Comparable, same: bool) -> None:  # noqa: FBT001 - a column
    found = likely_same([one, other])
    assert bool(found) is same
    assert by_pair(found) == pytest.approx(all_with_all([one, other]))


def test_a_proposal_says_what_each_comparison_added() -> None:
    (found,) = likely_same([deal("Two pizzas with wine"), deal("Two pizzas with wine")])
    reasons = found.reasons
    assert (reasons.merchant, reasons.place, reasons.distance_km, reasons.price) == ("same", "here", 0.0, "equal")
    parts = (
        *(reasons.title_bits, reasons.merchant_bits, reasons.contrast_bits, reasons.numbers_bits),
        *(reasons.place_bits, reasons.price_bits, reasons.choices_bits),
    )
    assert found.score == pytest.approx(sum(parts))
    assert reasons.merchant_bits == likeness.WEIGHTS.merchant[MerchantLevel.SAME]


def test_nothing_is_compared_with_nothing() -> None:
    assert likely_same([]) == []
    assert likely_same([deal("Two pizzas")]) == []


@pytest.mark.parametrize(
    ("title", "stated"),
    [
        ("60-minute massage", "60"),
        ("Ninety minutes for two", "90 2"),
        ("Twenty-four roses, twenty one candles, forty", "24 21 40"),
        ("1,000 prints, 2.50 m, 04:30", "1000 2.5 4 30"),
        ("\uff16\uff10分コース 二名様 十二枚", "60 2 12"),
        ("三重県 千葉 一番", ""),
        ("Up to 50% off: $20 for a cut, 30 percent", ""),
        ("4 or 4 lessons", "4 4"),
        ("nothing", ""),
    ],
)
def test_numbers_are_read_however_they_are_written(title: str, stated: str) -> None:
    assert sorted(numbers(title).elements()) == sorted(stated.split())


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Massage", "Massages", NumbersLevel.NEITHER),
        ("Two pizzas", "2 pizzas", NumbersLevel.SAME),
        ("Two pizzas", "Pizzas", NumbersLevel.MORE),
        ("Six sessions for two or four", "Four sessions for two or four", NumbersLevel.DIFFERENT),
    ],
)
def test_numbers_agree_disagree_or_are_left_out(one: str, other: str, level: NumbersLevel) -> None:
    assert numbers_level(numbers(one), numbers(other)) is numbers_level(numbers(other), numbers(one)) is level


def test_what_hundreds_say_alike_is_not_proposed_and_what_two_say_is() -> None:
    common = [deal("寿司（東京都 渋谷・青山）", None, 1500, None)] * 40
    rare = [deal("夜景クルーズ（神奈川県 横浜）", None, 4200, None)] * 2
    others = [deal(f"商品{number}（大阪府 区{number}）", None, 100 + number, None) for number in range(900)]
    assert [(one.first, one.second) for one in likely_same([*common, *rare, *others])] == [(40, 41)]
