"""Filters as they stand in an address, and addresses themselves."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.discovery.search.service import Sort
from highstreet.kit.errors import InvalidInput
from highstreet.web.addresses import deal_id, is_local
from highstreet.web.storefront.filters import RADII, Ends, Filters, read_filters, search_query

_prices = st.tuples(st.integers(0, 10**9), st.none() | st.integers(0, 10**9))
_filters = st.builds(
    Filters,
    text=st.text(st.characters(categories=["L", "N"]), max_size=30),
    radius=st.none() | st.sampled_from(RADII["mile"]),
    price=st.none() | _prices,
    min_discount=st.none() | st.integers(1, 100),
    ends=st.none() | st.sampled_from(Ends),
    sort=st.sampled_from(Sort),
)


@settings(deadline=None)  # a busy machine is no failure
@given(_filters)
def test_what_an_address_says_is_read_back_the_same(filters: Filters) -> None:
    address = urlencode(filters.params)
    assert read_filters(dict(parse_qsl(address)), "mile") == filters


@settings(deadline=None)  # a busy machine is no failure
@given(st.dictionaries(st.sampled_from(["q", "radius", "price", "discount", "ends", "sort", "cursor"]), st.text()))
def test_no_address_breaks_the_list(params: dict[str, str]) -> None:
    try:
        read_filters(params, "kilometer")
    except InvalidInput as refused:
        assert {problem.field for problem in refused.problems} <= set(params)  # noqa: PT017 -- either outcome is right


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_filters({"radius": "7", "price": "cheap", "discount": "0", "ends": "soon", "sort": "luck"}, "mile")
    assert {problem.field for problem in refused.value.problems} == {"radius", "price", "discount", "ends", "sort"}


@pytest.mark.parametrize("ends", Ends)
def test_a_filter_by_end_asks_the_same_question_all_day_so_that_more_pages_follow(ends: Ends) -> None:
    morning, night = datetime(2026, 3, 2, 0, 1, tzinfo=UTC), datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    first, second = (search_query(Filters(ends=ends), at, None, None) for at in (morning, night))
    assert first.ends_before == second.ends_before
    assert first.ends_before is not None
    assert first.ends_before - night > timedelta(days=7 if ends is Ends.WEEK else 30)


def test_the_last_day_ends_when_it_does_where_the_place_is() -> None:
    at = datetime(2026, 3, 7, 3, tzinfo=UTC)  # still the sixth in Chicago, and two days before its clocks go forward
    assert Ends.WEEK.latest(at, "America/Chicago") == datetime(2026, 3, 14, 5, tzinfo=UTC)


def test_a_filter_without_a_place_searches_everywhere() -> None:
    query = search_query(Filters(text="lunch"), datetime(2026, 3, 2, tzinfo=UTC), None, None)
    assert query.centre is None


@settings(deadline=None)  # a busy machine is no failure
@given(st.uuids(), st.text(st.sampled_from("abc-"), max_size=20))
def test_a_deals_id_is_found_behind_any_slug(wanted: UUID, slug: str) -> None:
    assert deal_id(f"{slug}-{wanted}") == wanted


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(max_size=50))
def test_no_text_is_taken_for_an_id_that_it_does_not_end_with(text: str) -> None:
    found = deal_id(text)
    assert found is None or text.endswith(str(found))


@pytest.mark.parametrize(
    "address",
    [
        *("https://a.example", "//a.example", "/\\a.example", "/\t/a.example", "a", "", "/a\r\nb: c", "/\u65e5"),
    ],
)
def test_only_paths_of_this_site_count_as_local(address: str) -> None:
    assert not is_local(address)
    assert is_local("/places/chicago-il-us?sort=price")
