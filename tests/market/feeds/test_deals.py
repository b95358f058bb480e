"""From a row to what it states: nothing is made up, and a refusal names the field, the value and the reason."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.catalog.domain.deals import Reach
from highstreet.market.feeds.domain.deals import MAX_CELL, DealReader, StatedDeal
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.places import Spot, Town
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.domain.shift import Shift

Record = dict[str, str | None]


def stated(mapping: Mapping, record: Record) -> StatedDeal:
    read = _read(mapping, record)
    assert isinstance(read, StatedDeal), read
    return read


def refused(mapping: Mapping, record: Record) -> Reject:
    read = _read(mapping, record)
    assert isinstance(read, Reject), read
    return read


def _read(mapping: Mapping, record: Record) -> StatedDeal | Reject:
    return DealReader(mapping, Shift(ZoneInfo(mapping.feed.time_zone))).read(Row(7, record))


def test_a_row_becomes_what_it_states(mapping: Mapping, record: Callable[..., Record]) -> None:
    deal = stated(mapping, record(12, title=" Fish &amp;  Chips "))
    assert deal.key == "12"
    assert deal.title == "Fish & Chips"
    assert deal.url == "https://deals.example/offers/12-boat-tour"
    assert [(option.title, option.price_minor, option.value_minor) for option in deal.options] == [
        (deal.title, 1900, 3800)
    ]
    assert deal.ends_at == datetime(2015, 9, 26, 9, 59, tzinfo=UTC)
    assert deal.where.reach is Reach.LOCATIONS
    assert deal.where.spots == (Spot(Town("Chicago", "IL", "US")),)


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_what_a_row_does_not_state_stays_unsaid(
    mapping: Mapping, record: Callable[..., Record], nothing: str | None
) -> None:
    deal = stated(mapping, record(usual=nothing, ends=nothing, town=nothing))
    assert (deal.options[0].value_minor, deal.ends_at, deal.starts_at) == (None, None, None)
    assert deal.where.reach is Reach.UNSTATED
    assert deal.where.spots == ()
    assert (deal.merchant, deal.category, deal.description) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "field", "value", "reason"),
    [
        ({"price": "call us"}, "price", "call us", "is not an amount in USD"),
        ({"price": "-5"}, "price", "-5", "is not an amount in USD"),
        ({"price": None}, "price", None, "is not stated"),
        ({"usual": "12"}, "value", "12", "is a usual price below the price"),
        ({"title": None}, "title", None, "is not stated"),
        ({"title": " &nbsp; "}, "title", " &nbsp; ", "is not stated"),
        (
            {"title": "Joe\u00e2\u20ac\u2122s"},
            "title",
            "Joe\u00e2\u20ac\u2122s",
            "reads like text in the wrong encoding",
        ),
        ({"link": None}, "key", None, "is not stated"),
        ({"link": "https://deals.example/spa"}, "key", "https://deals.example/spa", "does not start with a number"),
        ({"link": "javascript:alert/2"}, "url", "javascript:alert/2", "is not an http or https address"),
        ({"ends": "9999-12-31T00:00:00Z"}, "ends_at", "9999-12-31T00:00:00Z", "is outside the years"),
        ({"town": "Springfield"}, "place", "Springfield", "could be any of them"),
        ({"town": "Nowhere"}, "place", "Nowhere", "names no region"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(
    mapping: Mapping, record: Callable[..., Record], change: Record, field: str, value: str | None, reason: str
) -> None:
    found = refused(mapping, record(**change))
    assert (found.line, found.field, found.value) == (7, field, value)
    assert reason in found.reason


def test_a_cell_of_megabytes_is_refused_and_shown_short(mapping: Mapping, record: Callable[..., Record]) -> None:
    found = refused(mapping, record(title="x" * (MAX_CELL + 1)))
    assert found.field == "title"
    assert "65,537 characters" in found.reason
    assert found.value is not None
    assert len(found.value) < 250


def test_a_price_is_not_below_a_value_of_the_same_amount(mapping: Mapping, record: Callable[..., Record]) -> None:
    assert stated(mapping, record(usual="19")).options[0].value_minor == 1900


@pytest.mark.parametrize(
    ("text", "reach", "town"),
    [
        ("Chicago Area", Reach.DIVISION, None),
        (" multiple   LOCATIONS", Reach.DIVISION, None),
        ("shaumburg, il", Reach.LOCATIONS, Town("Schaumburg", "IL", "US")),
        ("St. Charles, il", Reach.LOCATIONS, Town("St. Charles", "IL", "US")),
    ],
)
def test_places_mean_what_the_mapping_says(
    mapping: Mapping, record: Callable[..., Record], text: str, reach: Reach, town: Town | None
) -> None:
    where = stated(mapping, record(town=text)).where
    assert (where.reach, where.spots) == (reach, (Spot(town),) if town else ())


def test_a_file_states_each_deal_once(mapping: Mapping, record: Callable[..., Record]) -> None:
    reader = DealReader(mapping, Shift(ZoneInfo(mapping.feed.time_zone)))
    rows = [Row(2, record(1, price="free")), Row(3, record(1)), Row(4, record(2)), Row(5, record(1, title="Again"))]
    first, second, third, fourth = reader.read_all(rows)
    assert isinstance(first, Reject)
    assert isinstance(second, StatedDeal)
    assert isinstance(third, StatedDeal)
    assert fourth == Reject(line=5, field="key", value="1", reason="is already the key of line 3")


def test_categories_are_looked_up_and_never_guessed(mapping_text: str, record: Callable[..., Record]) -> None:
    text = mapping_text.replace('place = { from = "town" }', 'category = { from = "kind" }')
    mapping = parse_mapping(f'{text}\n[categories]\n"Boat Tours" = "tours"\n', "lakeside.toml")
    assert stated(mapping, record(kind="boat  tours")).category == "tours"
    found = refused(mapping, record(kind="Boat Trips"))
    assert (found.field, found.value) == ("category", "Boat Trips")
    assert "did you mean boat tours?" in found.reason


def test_an_end_before_the_start_is_refused(mapping_text: str, record: Callable[..., Record]) -> None:
    text = mapping_text.replace(
        "[places]", '[fields.starts_at]\nfrom = "begins"\ntransforms = ["instant"]\n[places]', 1
    )
    mapping = parse_mapping(text, "lakeside.toml")
    assert stated(mapping, record(begins="2015-09-01T00:00:00Z")).starts_at == datetime(2015, 9, 1, tzinfo=UTC)
    assert refused(mapping, record(begins="2015-09-26T09:59:00Z")).reason == "is an end before the start"


@given(st.dictionaries(st.sampled_from(["link", "title", "price", "usual", "ends", "town"]), st.none() | st.text()))
def test_any_row_is_either_stated_or_refused_with_a_reason(mapping_of_lakeside: Mapping, cells: Record) -> None:
    read = _read(mapping_of_lakeside, cells)
    assert isinstance(read, StatedDeal) or read.reason
