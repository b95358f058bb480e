"""Which of two amounts is the price: a wrong answer would advertise a wrong price, so silence is the only refuge."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.feeds.domain.suggestion import prices
from highstreet.market.feeds.domain.suggestion.drafting import draft
from highstreet.market.feeds.domain.suggestion.fields import Evidence
from highstreet.market.feeds.domain.suggestion.prices import Amounts, Says
from highstreet.market.feeds.domain.suggestion.profiles import Sample, sample_of

PAID = [12, 35, 20, 99, 45, 10, 18, 60, 75, 25]
USUAL = [20, 70, 45, 150, 90, 12, 40, 80, 100, 60]
SAVED = [usual - paid for usual, paid in zip(USUAL, PAID, strict=True)]
PERCENT = [round(100 * (1 - paid / usual)) for usual, paid in zip(USUAL, PAID, strict=True)]


def sample(**columns: Sequence[object]) -> Sample:
    rows = [dict(zip(columns, map(str, cells), strict=True)) for cells in zip(*columns.values(), strict=True)]
    return sample_of(list(columns), rows)


def decide(**columns: Sequence[object]) -> tuple[str | None, str | None, Amounts]:
    decided = prices.decide(sample(**columns))
    return decided.price and decided.price.name, decided.value and decided.value.name, decided


@pytest.mark.parametrize(
    ("paid", "usual"),
    [
        ("price", "value"),
        ("price", "original_price"),
        ("sale_price", "price"),
        ("DISCOUNT_PRICE", "CATALOG_PRICE"),
        ("dealPrice", "msrp"),
        ("now", "was"),
        ("Precio oferta", "Precio habitual"),
        ("Angebotspreis", "Listenpreis"),
        ("prix remisé", "prix initial"),
        ("販売価格", "定価"),
        ("offer.price.now", "offer.price.was"),
        ("price_incl_vat", "list_price_incl_vat"),
    ],
)
def test_names_and_order_together_tell_the_price_from_the_usual_price(paid: str, usual: str) -> None:
    found = decide(**{usual: USUAL, paid: PAID})
    assert found[:2] == (paid, usual)
    assert found[2].price_certain
    assert not found[2].doubts


def test_a_saving_and_a_percentage_are_neither_of_the_two() -> None:
    price, value, decided = decide(you_save=SAVED, price=PAID, discount_percent=PERCENT, value=USUAL)
    assert (price, value) == ("price", "value")
    assert set(decided.derived) == {"you_save", "discount_percent"}
    assert any("difference" in reason for reason in decided.reasons)


@pytest.mark.parametrize(
    "columns",
    [
        {"original_price": PAID, "sale_price": USUAL},  # the names contradict the order
        {"a": PAID, "b": USUAL},  # no name says anything
        {"price 1": PAID, "price 2": USUAL},
        {"amount": PAID, "cost": USUAL},
        {"price": PAID, "our price": [each - 1 for each in PAID], "original price": USUAL},  # two could be paid
        {"price": PAID, "discounted original price": USUAL},  # a name that says both
        {"cost_price": PAID, "retail_price": USUAL},  # what the seller pays is no price
        {"cost": PAID, "retail price": USUAL},
        {"wholesale price": PAID, "list price": USUAL},
        {"price_min": PAID, "price_max": USUAL},
        {"price": PAID, "price after tax": USUAL},
    ],
)
def test_where_names_or_order_leave_a_doubt_no_value_is_mapped_and_the_doubt_is_said(
    columns: dict[str, list[int]],
) -> None:
    _, value, decided = decide(**columns)
    assert value is None
    assert not decided.price_certain
    assert decided.doubts


def test_a_price_beside_a_discount_may_be_the_price_before_it() -> None:
    price, value, decided = decide(price=USUAL, discount=SAVED)
    assert (price, value, decided.price_certain) == ("price", None, False)
    assert "before or after" in " ".join(decided.doubts)


def test_a_few_rows_prove_nothing() -> None:
    _, value, decided = decide(price=PAID[:3], value=USUAL[:3])
    assert value is None
    assert "only 3 rows" in " ".join(decided.doubts)


def test_amounts_in_two_currencies_are_no_pair() -> None:
    _, value, _ = decide(price=[f"${each}" for each in PAID], value=[f"€{each}" for each in USUAL])
    assert value is None


def test_counts_identities_and_shipping_are_no_prices() -> None:
    price, value, _ = decide(
        id=range(100, 110), sold=USUAL, ratings=USUAL, zip=[60601] * 10, shipping_cost=[1] * 10, price=PAID
    )
    assert (price, value) == ("price", None)


@pytest.mark.parametrize(
    ("high", "low"),
    [
        ("price", "promo"),
        ("price", "sale"),
        ("price", "discount_amount"),
        ("list price", "discount amount"),
        ("list price", "price discount"),
        ("retail value", "special offer"),
        ("価格", "割引額"),
        ("value", "minimum_price"),
        ("price_regular", "price_low"),
        ("regular price", "weekday price"),
        ("adult price", "child price"),
        ("retail_value_per_item", "price"),
        ("old_price", "price from"),
    ],
)
@pytest.mark.parametrize("lower", [PAID, SAVED])
def test_what_may_be_a_saving_or_the_price_of_a_part_is_no_pair(high: str, low: str, lower: list[int]) -> None:
    _, value, decided = decide(**{high: USUAL, low: lower})
    assert value is None
    assert decided.price_certain or decided.doubts


WORDS = [
    "price",
    "value",
    "sale",
    "original",
    "list",
    "discount",
    "amount",
    "cost",
    "now",
    "was",
    "deal",
    "saving",
    "total",
    "regular",
    "special",
    "x",
    "net",
    "percent",
    "final",
    "member",
    "retail",
    "fee",
    "preis",
    "statt",
]

names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("_".join)
amounts = st.lists(st.integers(0, 500), min_size=8, max_size=8)


cells = st.sampled_from([PAID[:8], USUAL[:8], SAVED[:8], PERCENT[:8]]) | amounts


@given(st.lists(st.tuples(names, cells), min_size=1, max_size=6, unique_by=lambda column: column[0]))
def test_whatever_columns_are_called_a_mapped_pair_is_in_order_and_its_names_agree(
    columns: list[tuple[str, list[int]]],
) -> None:
    found = sample(**dict(columns))
    decided = prices.decide(found)
    drafted = draft(found, Evidence())
    if decided.value is None:
        assert drafted.field("value") is None
        assert decided.price_certain or decided.price is None or decided.doubts, "a price that is unsure is said to be"
        return
    assert decided.price is not None
    both = list(zip(decided.price.numbers, decided.value.numbers, strict=True))
    assert sum(paid <= usual for paid, usual in both if paid is not None and usual is not None) >= 0.98 * len(both)
    assert prices.says(decided.price) not in {Says.USUAL, Says.SAVED, Says.SHARE, Says.FEE}
    assert prices.says(decided.value) not in {Says.PRICE, Says.SAVED, Says.SHARE, Says.FEE}


@given(st.permutations(["you_save", "sale_price", "list_price", "off_percent"]))
def test_the_order_of_the_columns_changes_nothing(order: list[str]) -> None:
    columns = {"you_save": SAVED, "sale_price": PAID, "list_price": USUAL, "off_percent": PERCENT}
    assert decide(**{name: columns[name] for name in order})[:2] == ("sale_price", "list_price")
