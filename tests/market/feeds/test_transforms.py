"""What the named transforms promise: they read what is stated, and refuse rather than guess."""

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.feeds.domain import transforms
from highstreet.market.feeds.domain.rows import Unusable
from highstreet.market.feeds.domain.steps import Settings
from highstreet.market.feeds.domain.transforms import TRANSFORMS, check_url

CHICAGO = Settings(currency="USD", zone=ZoneInfo("America/Chicago"))


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("99", 9900),
        (" 99 ", 9900),
        ("1299.5", 129950),
        ("$1,299.00", 129900),
        ("1,299,000", 129900000),
        ("US$ 12.30", 1230),
        ("12.30 USD", 1230),
        ("USD12", 1200),
        ("0", 0),
    ],
)
def test_money_reads_amounts_as_people_write_them(text: str, minor: int) -> None:
    assert transforms.money(text, CHICAGO) == minor


@pytest.mark.parametrize(
    "text",
    [
        *[
            "call us",
            "",
            "$",
            "-5",
            "\u22125",
            "5-10",
            "$5 - $10",
            "from 5",
            "1e3",
            "NaN",
            "Infinity",
            "-Infinity",
            "0x10",
        ],
        *["12,50", "1,29", "12,3456", ",5", "5.", "1 299", "٩٩", "€5", "5 EUR", "$$5", "12.345", "9" * 40, "5\n6"],
    ],
)
def test_money_refuses_what_is_not_plainly_an_amount_of_the_feeds_currency(text: str) -> None:
    with pytest.raises(Unusable):
        transforms.money(text, CHICAGO)


def test_money_follows_the_currency_and_the_decimal_mark() -> None:
    berlin = Settings(currency="EUR", zone=ZoneInfo("Europe/Berlin"), decimal=",")
    assert transforms.money("1.299,50 €", berlin) == 129950
    assert transforms.money("¥1,299", Settings(currency="JPY", zone=ZoneInfo("Asia/Tokyo"))) == 1299
    with pytest.raises(Unusable):
        transforms.money("12.99", berlin)


@given(st.integers(min_value=0, max_value=10**12))
def test_money_reads_back_every_amount_it_could_have_been_given(minor: int) -> None:
    plain = f"{minor // 100:,}.{minor % 100:02}"
    assert transforms.money(plain, CHICAGO) == minor
    assert transforms.money(f"${plain}", CHICAGO) == minor


@given(st.text())
def test_no_text_makes_a_transform_fail_in_another_way_than_by_refusing(text: str) -> None:
    for transform in TRANSFORMS.values():
        with contextlib.suppress(Unusable):
            transform.apply(text, CHICAGO)


def test_dates_without_an_offset_are_local_to_the_feed() -> None:
    assert transforms.instant("2015-07-01T09:59:00", CHICAGO) == datetime(2015, 7, 1, 14, 59, tzinfo=UTC)
    assert transforms.instant("2015-07-01T09:59:00Z", CHICAGO) == datetime(2015, 7, 1, 9, 59, tzinfo=UTC)
    assert transforms.start_of_day("2015-07-01", CHICAGO) == datetime(2015, 7, 1, 5, tzinfo=UTC)
    assert transforms.end_of_day("2015-07-01", CHICAGO) == datetime(2015, 7, 2, 5, tzinfo=UTC)
    american = Settings(currency="USD", zone=ZoneInfo("America/Chicago"), date_format="%m/%d/%Y")
    assert transforms.start_of_day("07/01/2015", american) == datetime(2015, 7, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["0000-01-01T00:00:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2015-02-30T00:00:00", "soon", "1431648000"],
)
def test_dates_that_are_none_or_stand_for_never_are_refused(text: str) -> None:
    with pytest.raises(Unusable):
        transforms.instant(text, CHICAGO)


def test_a_day_is_never_taken_for_an_instant_or_the_other_way_round() -> None:
    with pytest.raises(Unusable, match="no time of day"):
        transforms.instant("2015-05-15", CHICAGO)
    with pytest.raises(Unusable, match="has a time of day"):
        transforms.end_of_day("2015-05-15T09:59:00", CHICAGO)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)))  # noqa: DTZ001 - days, which have no zone
def test_a_day_ends_where_the_next_begins(moment: datetime) -> None:
    day, following = moment.date(), moment.date() + timedelta(days=1)
    assert transforms.end_of_day(day.isoformat(), CHICAGO) == transforms.start_of_day(following.isoformat(), CHICAGO)


def test_a_link_gives_its_last_part_and_that_its_number() -> None:
    link = "https://deals.example/cities/6-chicago/deals/1416538-skyline-sail/?ref=1#top"
    assert transforms.last_segment(link, CHICAGO) == "1416538-skyline-sail"
    assert transforms.leading_number("1416538-skyline-sail", CHICAGO) == "1416538"
    for none in ("https://deals.example", "https://deals.example/", ""):
        with pytest.raises(Unusable):
            transforms.last_segment(none, CHICAGO)
    for none in ("skyline", "", "٣-spa", "9" * 41):
        with pytest.raises(Unusable):
            transforms.leading_number(none, CHICAGO)


def test_character_references_become_text_and_tags_stay_text() -> None:
    assert transforms.entities("Fish &amp; Chips &#8364;5 &lt;b&gt;", CHICAGO) == "Fish & Chips €5 <b>"
    assert transforms.collapse("  two \r\n\t rows\u00a0here ", CHICAGO) == "two rows here"
    assert transforms.strip("  as is  ", CHICAGO) == "as is"


@pytest.mark.parametrize(
    "text",
    [
        *[
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "//deals.example/x",
            "/deals/1",
            "deals.example",
        ],
        *["https://", "https:///x", "http://a b/", "https://user:pw@deals.example/", "https://[::1", "https://x:port/"],
        *["https://deals.example/\x00", "https://deals.example/\u202e", "https://deals.example/" + "a" * 2000],
    ],
)
def test_only_safe_web_addresses_are_linked_to(text: str) -> None:
    with pytest.raises(Unusable):
        check_url(text)


def test_web_addresses_are_kept_as_they_are() -> None:
    for text in ("https://deals.example/offers/1-café?x=1&y=2#z", "http://deals.example:8080/1"):
        assert check_url(text) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [("20,195 Ratings", 20195), ("20,195", 20195), ("0", 0), (" 7 ", 7), ("12人", 12), ("152 (verified)", 152)],
)
def test_counts_are_read_with_or_without_their_words(text: str, number: int) -> None:
    assert transforms.count(text, CHICAGO) == number


@pytest.mark.parametrize("text", ["500+ viewed", "1.5k", "3k", "4.5 stars", "1-2", "-3", "many", "12,34", "3 of 5", ""])
def test_what_is_no_whole_number_is_no_count(text: str) -> None:
    with pytest.raises(Unusable):
        transforms.count(text, CHICAGO)


def test_the_decimal_mark_says_what_groups_a_count() -> None:
    berlin = Settings(currency="EUR", zone=ZoneInfo("Europe/Berlin"), decimal=",")
    assert transforms.count("20.195 Bewertungen", berlin) == 20195


@pytest.mark.parametrize(
    ("text", "number"),
    [("151", 151), ("90 days", 90), ("1 Day", 1), ("3 months", 90), ("2 weeks", 14), ("1 year", 365), ("6ヶ月", 180)],
)
def test_durations_are_counted_in_days(text: str, number: int) -> None:
    assert transforms.days(text, CHICAGO) == number


@pytest.mark.parametrize("text", ["", "days", "3 fortnights", "1-2 days", "-3 days", "2.5 days", "3 days 4"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        transforms.days(text, CHICAGO)


def test_currencies_are_read_by_code_and_by_sign_and_a_shared_sign_is_the_feeds_own() -> None:
    toronto = Settings(currency="CAD", zone=ZoneInfo("America/Toronto"))
    assert [transforms.currency_code(text, CHICAGO) for text in ("usd", "$", "C$", "€", "円", " GBP ")] == [
        *("USD", "USD", "CAD", "EUR", "JPY", "GBP")
    ]
    assert transforms.currency_code("$", toronto) == "CAD"
    assert transforms.currency_code("US$", toronto) == "USD"
    with pytest.raises(Unusable, match="one of several"):
        transforms.currency_code("$", Settings(currency="EUR", zone=ZoneInfo("Europe/Berlin")))
    with pytest.raises(Unusable, match="not a currency"):
        transforms.currency_code("doubloons", CHICAGO)
