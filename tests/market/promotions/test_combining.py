"""What codes take off a cart: the most that the rules allow, to the last minor unit, with a reason for every other."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.errors import InvalidInput
from highstreet.market.promotions.domain.promotions import (
    Buyer,
    Combined,
    Draft,
    Item,
    Promotion,
    check_draft,
    combine,
    shared,
)

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
KNOWN = Buyer(known=True, has_ordered=False, uses={})


def promotion(code: str = "SPRING", **stated: object) -> Promotion:
    usual = Promotion(
        id=UUID(int=sum(code.encode())),
        code=code,
        title="Spring",
        currency="USD",
        rate=1_000,
        amount_minor=None,
        most_minor=None,
        least_price_minor=0,
        budget_minor=None,
        given_minor=0,
        uses_limit=None,
        uses=0,
        person_limit=None,
        first_order_only=False,
        combines=True,
        deal_ids=(),
        merchant_ids=(),
        category_ids=(),
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=1),
        paused=False,
    )
    return msgspec.structs.replace(usual, **stated)


def item(price: int, deal: int = 1, merchant: int = 1, category: int = 1) -> Item:
    return Item(
        deal_id=UUID(int=deal), merchant_id=UUID(int=merchant), category_id=UUID(int=category), price_minor=price
    )


def off(amount: int, code: str = "FIVE", **stated: object) -> Promotion:
    return promotion(code, rate=None, amount_minor=amount, **stated)


def applied(promotions: list[Promotion], items: list[Item], buyer: Buyer = KNOWN) -> Combined:
    return combine(promotions, [], items, "USD", buyer, NOW)


def amounts(combined: Combined) -> dict[str, int]:
    return {taken.promotion.code: taken.amount_minor for taken in combined.taken}


def test_rates_are_taken_before_amounts_each_of_what_is_left() -> None:
    combined = applied([off(500), promotion()], [item(1_500), item(505)])
    assert amounts(combined) == {"SPRING": 200, "FIVE": 500}
    assert [sum(taken.by_line) for taken in combined.taken] == [200, 500]


def test_one_that_goes_with_no_other_counts_only_where_it_saves_more() -> None:
    alone = promotion("ALONE", rate=3_000, combines=False)
    combined = applied([alone, promotion(), off(100)], [item(1_000)])
    assert amounts(combined) == {"ALONE": 300}
    assert combined.refused["SPRING"] == "It does not go together with ALONE, which takes off more."
    combined = applied([alone, promotion(), off(500)], [item(1_000)])
    assert amounts(combined) == {"SPRING": 100, "FIVE": 500}
    assert combined.refused["ALONE"] == "It does not go together with FIVE and SPRING, which takes off more."


def test_it_takes_off_only_what_it_is_for_and_never_more_than_there_is() -> None:
    scoped = off(5_000, deal_ids=(UUID(int=2),))
    combined = applied([scoped], [item(1_000), item(700, deal=2)])
    assert combined.taken[0].by_line == (0, 700)
    assert amounts(applied([promotion(rate=10_000, most_minor=250)], [item(1_000)])) == {"SPRING": 250}
    assert amounts(applied([promotion(budget_minor=1_000, given_minor=960)], [item(1_000)])) == {"SPRING": 40}


@pytest.mark.parametrize(
    ("stated", "buyer", "why"),
    [
        ({"paused": True}, KNOWN, "It is over."),
        ({"valid_until": NOW}, KNOWN, "It is over."),
        ({"valid_from": NOW + timedelta(seconds=1)}, KNOWN, "It has not begun yet."),
        ({"currency": "EUR"}, KNOWN, "It is for prices in EUR."),
        ({"merchant_ids": (UUID(int=9),)}, KNOWN, "It is for other deals than these."),
        ({"category_ids": (UUID(int=9),)}, KNOWN, "It is for other deals than these."),
        ({"least_price_minor": 1_001}, KNOWN, "It needs more in the cart of what it is for."),
        ({"uses_limit": 3, "uses": 3}, KNOWN, "All of it was given away already."),
        ({"budget_minor": 3, "given_minor": 3}, KNOWN, "All of it was given away already."),
        (
            {"person_limit": 1},
            Buyer(known=False, has_ordered=False, uses={}),
            "It is counted by person, so say first who you are.",
        ),
        ({"first_order_only": True}, Buyer(known=True, has_ordered=True, uses={}), "It is for a first order."),
        (
            {"person_limit": 1},
            Buyer(known=True, has_ordered=False, uses={UUID(int=sum(b"SPRING")): 1}),
            "You have used it as often as one person may.",
        ),
    ],
)
def test_whoever_cannot_use_a_code_is_told_why(stated: dict[str, object], buyer: Buyer, why: str) -> None:
    combined = applied([promotion("SPRING", **stated)], [item(1_000)], buyer)
    assert (combined.taken, combined.refused) == ((), {"SPRING": why})


def test_a_code_that_there_is_not_is_said_to_be_none() -> None:
    assert combine([], ["NOPE"], [item(1)], "USD", KNOWN, NOW).refused == {"NOPE": "There is no such code."}


prices = st.integers(0, 10_000)


@given(
    st.lists(prices, min_size=1, max_size=6),
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(1, 10_000)), st.integers(1, 20_000), st.booleans()), max_size=5
    ),
)
def test_no_line_ever_costs_less_than_nothing(items: list[int], wanted: list[tuple[int | None, int, bool]]) -> None:
    promotions = [
        promotion(f"C{number}", rate=rate, amount_minor=None if rate else amount, combines=combines)
        for number, (rate, amount, combines) in enumerate(wanted)
    ]
    combined = applied(promotions, [item(price) for price in items])
    for line, price in enumerate(items):
        assert 0 <= sum(taken.by_line[line] for taken in combined.taken) <= price
    assert {taken.promotion.code for taken in combined.taken} | combined.refused.keys() == {
        each.code for each in promotions
    }
    alone = [sum(amounts(applied([each], [item(price) for price in items])).values()) for each in promotions]
    assert sum(amounts(combined).values()) >= max(alone, default=0)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=8), st.data())
def test_shares_sum_to_the_whole_and_exceed_no_weight(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = shared(total, weights)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


def test_a_promotion_that_cannot_be_is_refused_field_by_field() -> None:
    wrong = Draft(
        code="a b",
        title=" ",
        currency="XXY",
        valid_from=NOW,
        valid_until=NOW,
        rate=0,
        amount_minor=0,
        budget_minor=0,
        least_price_minor=-1,
    )
    with pytest.raises(InvalidInput) as refused:
        check_draft(wrong, NOW)
    fields = {problem.field for problem in refused.value.problems}
    assert fields == {
        "code",
        "title",
        "currency",
        "rate",
        "amount_minor",
        "budget_minor",
        "least_price_minor",
        "valid_until",
    }
