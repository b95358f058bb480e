"""Money is never rounded, mixed or made up."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from highstreet.kit.errors import InvalidInput
from highstreet.kit.money import MAX_MINOR, Money, discount_percent, minor_digits, parse_minor

currencies = st.sampled_from(["USD", "EUR", "MXN", "JPY", "KWD", "CLP"])
amounts = st.integers(0, MAX_MINOR)


@given(amounts, currencies)
def test_an_amount_that_is_written_out_is_read_back_exactly(minor: int, currency: str) -> None:
    digits = minor_digits(currency)
    text = f"{Decimal(minor).scaleb(-digits):,f}"
    assert parse_minor(text, currency) == minor
    assert parse_minor(f"  {text.replace(',', '')} ", currency) == minor


@pytest.mark.parametrize(
    ("currency", "digits"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("CLP", 0), ("KWD", 3), ("BHD", 3)]
)
def test_each_currency_has_its_own_minor_unit(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert parse_minor("12", currency) == 12 * 10**digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-5",
        "+5",
        "$5",
        "5 $",
        "1e3",
        "call us",
        "5.",
        ".5",
        "1.2.3",
        "NaN",
        "Infinity",
        "٥",
        "5.001",
        "0x1",
        "5.0000000000000000000000000000000000000001",
        "999,999,999,999,999",
        "10000000000000.01",
    ],
)
def test_what_is_not_a_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="amount"):
        parse_minor(text, "USD")


@given(st.text())
def test_no_text_at_all_makes_the_reader_fail_otherwise(text: str) -> None:
    try:
        minor = parse_minor(text, "USD")
    except InvalidInput:
        return
    assert minor >= 0


@pytest.mark.parametrize("code", ["usd", "US", "", "DOLLAR", "ZZZ"])
def test_a_currency_that_does_not_exist_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput, match="ISO 4217"):
        Money(code, 1)


@given(amounts, amounts, currencies, currencies)
def test_two_currencies_are_never_added(left: int, right: int, one: str, other: str) -> None:
    assume(left + right <= MAX_MINOR)
    if one == other:
        total = Money(one, left) + Money(other, right)
        assert total == Money(one, left + right)
        assert total - Money(one, right) == Money(one, left)
    else:
        with pytest.raises(InvalidInput, match="cannot be mixed"):
            _ = Money(one, left) + Money(other, right)


def test_an_amount_beyond_any_deal_is_refused() -> None:
    with pytest.raises(InvalidInput, match="outside"):
        Money("USD", MAX_MINOR + 1)
    with pytest.raises(InvalidInput, match="outside"):
        _ = Money("USD", MAX_MINOR) + Money("USD", 1)


@given(amounts, amounts)
def test_a_discount_never_promises_more_than_is_given(price: int, value: int) -> None:
    percent = discount_percent(price, value)
    if value <= price:
        assert percent is None
    else:
        assert percent is not None
        assert 0 <= percent <= 100
        assert (value - price) * 100 >= percent * value
        assert (value - price) * 100 < (percent + 1) * value


def test_without_a_stated_value_there_is_no_discount() -> None:
    assert discount_percent(100, None) is None
