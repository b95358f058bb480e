"""Options read out of text: the price that is asked, the words that stand there, a usual price only beyond doubt."""

import re
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from highstreet.market.feeds.domain.priced_options import priced_options
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.steps import Settings

NEW_YORK = Settings(currency="USD", zone=ZoneInfo("America/New_York"))


def read(text: str, settings: Settings = NEW_YORK) -> list[tuple[int, int | None, str]]:
    return [(option.price_minor, option.value_minor, option.title) for option in priced_options(text, settings)]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("$24 for one boat trip ($49 value)", [(2400, 4900, "one boat trip")]),
        ("$17.50 for $35 worth of soup for two", [(1750, 3500, "$35 worth of soup for two")]),
        ("$12 for $20 toward tea, valid any day", [(1200, 2000, "$20 toward tea, valid any day")]),
        ("$5 for $10 off a cake", [(500, None, "$10 off a cake")]),
        ("$40 for two cakes, one jug of tea, and a hat (an $80 value)", None),
        ("$109 for one,Grand!,river cruise (a $1,398 value)", [(10900, 139800, "one Grand! river cruise")]),
        ("$35 for a walk and a,swim,($220 value),$9 for a,swim,($15 value)", None),
        ("$25 for,a ride,to,Lake Street,and back ($42 value),Coaches leave at ten", None),
        ("$15 for a hat,Two hats (a $20 value)", [(1500, None, "a hat")]),
        ("$9 for a cake ($12 value),baked on Fridays", [(900, 1200, "a cake")]),
        ("$15 for a hat<p>,($20 value)", [(1500, 2000, "a hat")]),
        ("$9 for a cake ($12value)", [(900, 1200, "a cake")]),
        ("$9 for a cake (valued at $12)", [(900, 1200, "a cake")]),
        # What is not the value of the whole stays words of the title.
        ("$24 for 12 wings (up to $44 value)", [(2400, None, "12 wings (up to $44 value)")]),
        ("$24 for two hats ($20 value each)", [(2400, None, "two hats ($20 value each)")]),
        ("$60 for a full set ($90)", [(6000, None, "a full set ($90)")]),
        (
            "$16 for a hat (a $7 value) and a bag (a $25 value)",
            [(1600, None, "a hat (a $7 value) and a bag (a $25 value)")],
        ),
        ("$8 for $10 worth of tea ($30 value)", [(800, None, "$10 worth of tea ($30 value)")]),
        ("$30 for three vouchers, each good for $20 worth of tea", None),
        # What is no price to pay.
        ("$40 value for two or more", []),
        ("Tickets from $20 for children, up to $30 for adults", []),
        ("$20-$30 for a boat trip", []),
        ("Get $10 for free", []),
        ("£5 for a cake", []),
        ("", []),
    ],
)
def test_shapes_in_which_feeds_write_options(text: str, options: list[tuple[int, int | None, str]] | None) -> None:
    expected = {
        "$40 for two": [(4000, 8000, "two cakes, one jug of tea, and a hat")],
        "$35 for a w": [(3500, 22000, "a walk and a swim"), (900, 1500, "a swim")],
        "$25 for,a r": [(2500, 4200, "a ride to Lake Street and back")],
        "$30 for thr": [(3000, None, "three vouchers, each good for $20 worth of tea")],
    }
    assert read(text) == (expected[text[:11]] if options is None else options)


def test_several_options_stand_in_one_text_however_they_are_joined() -> None:
    options = [(1900, 3500, "one hat"), (2900, None, "two hats"), (4900, 12000, "five hats")]
    parts = ["$19 for one hat ($35 value)", "$29 for two hats", "$49 for five hats ($120 value)"]
    for joint in (",", ", ", "; ", "\n", "\r\n", " | ", " or "):
        assert read("Choose" + (joint if joint != " or " else ",") + joint.join(parts)) == options, joint


def test_amounts_are_read_in_the_currency_and_with_the_decimal_mark_of_the_field() -> None:
    berlin = Settings(currency="EUR", zone=ZoneInfo("Europe/Berlin"), decimal=",")
    assert read("€1.299,50 for a boat (€2.000 value)", berlin) == [(129950, 200000, "a boat")]
    assert read("12,50 € for a cake", berlin) == [(1250, None, "a cake")]
    tokyo = Settings(currency="JPY", zone=ZoneInfo("Asia/Tokyo"))
    assert read("¥2,000 for tea (¥3,000 value)", tokyo) == [(2000, 3000, "tea")]


def test_a_usual_price_below_the_price_is_refused() -> None:
    with pytest.raises(Unusable, match="states a usual price below the price for 'a hat'"):
        read("$20 for a hat ($15 value)")
    assert read("$20 for a hat ($20 value)") == [(2000, 2000, "a hat")]


def test_a_price_for_nothing_is_refused() -> None:
    with pytest.raises(Unusable, match="states a price and not what for"):
        read("$20 for ")


class Sentence(NamedTuple):
    price: int
    value: int | None
    title: str
    text: str


def written(minor: int) -> str:
    return f"${minor // 100:,}" if minor % 100 == 0 else f"${minor / 100:,.2f}"


words = st.sampled_from(
    [
        *("hat", "bag", "cake", "boat-trip", "Class,", "tea,", "and", "with"),
        *("Lake", "Street’s", "café", "(large)", "&", "plus", "+"),
    ]
)
titles = st.lists(words, min_size=1, max_size=8).map(" ".join)
prices = st.integers(1, 9_999_999)


@st.composite
def sentences(draw: st.DrawFn) -> Sentence:
    """An option as a feed may write it, cut by commas at some of its spaces where it goes on."""
    price = draw(prices)
    title = draw(titles.filter(lambda text: not re.search(r"[,&+]$|\b(?:and|with|plus)$", text)))
    value = draw(st.none() | st.integers(price, 2 * price))
    if draw(st.booleans()):
        face = value or price
        return Sentence(
            price, face, f"{written(face)} worth of {title}", f"{written(price)} for {written(face)} worth of {title}"
        )
    form = draw(st.sampled_from(["({} value)", "(a {} value)", "({} total value)", "(A {} Value)", "(valued at {})"]))
    stated = "" if value is None else " " + form.format(written(value))
    return Sentence(price, value, title, f"{written(price)} for {title}{stated}")


@given(st.lists(sentences(), min_size=1, max_size=5), st.sampled_from([",", ", ", "\n", "; "]), st.booleans())
def test_what_was_written_is_read_back(
    given_options: list[Sentence],
    joint: str,
    with_prose: bool,  # noqa: FBT001 - drawn
) -> None:
    text = joint.join(option.text for option in given_options)
    if with_prose:
        text = f"What it is,Choose one,{text}{joint}See the,menu,Two hats ($3 value) await"
        assume(joint in {",", "\n"} or given_options[-1].text.endswith(")"))
    expected = list(dict.fromkeys((option.price, option.value, option.title) for option in given_options))
    assert read(text) == expected


@given(
    st.lists(
        st.sampled_from(
            [
                "$5 for",
                "$12.50",
                "$20 value",
                "(",
                ")",
                ",",
                ", ",
                "worth of",
                "for",
                "a",
                "hat",
                "up to",
                "$7",
                "\n",
                " or ",
            ]
        ),
        max_size=30,
    ).map(" ".join)
    | st.lists(
        st.sampled_from(["$5 for ", "($9 value)", "$30 worth of ", ",", "Hat", "hat", "<p>", "$1,000", " "])
    ).map("".join)
)
def test_whatever_the_text_a_value_is_never_below_its_price_and_a_title_stands_in_the_text(text: str) -> None:
    try:
        options = priced_options(text, NEW_YORK)
    except Unusable:
        return
    plain = joined(text)
    for option in options:
        assert option.value_minor is None or option.value_minor >= option.price_minor
        assert option.title
        assert joined(option.title) in plain


def joined(text: str) -> str:
    """The words of a text, without what a feed cut them with."""
    return " ".join(re.sub(r"<p>|,", " ", text).split())
