"""Deals near a visitor's own position, and ways out of lists that hold nothing."""

import re
from html import unescape

import httpx
import pytest

LOOP = {"lat": "41.881", "lng": "-87.629"}
OUT_AT_SEA = {"lat": "-48.877", "lng": "-123.393"}


def _total(page: httpx.Response) -> int:
    found = re.search(r'id="count">([\d,]+)', page.text)
    assert found, page.text
    return int(found.group(1).replace(",", ""))


def _radii(page: httpx.Response) -> list[tuple[str, str]]:
    (select,) = re.findall(r'<select id="f-radius".*?</select>', page.text, re.DOTALL)
    return re.findall(r'<option value="(\d*)"[^>]*>([^<]*)<', select)


def test_a_position_is_a_centre_with_the_roads_and_prices_of_the_nearest_place(visitor: httpx.Client) -> None:
    near, town = visitor.get("/search", params=LOOP), visitor.get("/places/chicago-il-us")
    assert "<h1>Deals near you</h1>" in near.text
    assert "Chicago, Illinois" in near.text
    assert _total(near) == _total(town) > 0
    assert ("", "15 mi") in _radii(near)
    assert 'name="lat" value="41.881"' in near.text
    assert "set-cookie" not in near.headers


def test_a_position_is_made_coarse_in_every_address_of_its_page(visitor: httpx.Client) -> None:
    page = visitor.get("/search", params={"lat": "41.88123456", "lng": "-87.62987654", "q": "lunch"})
    assert "lat=41.881" in page.text
    assert "lng=-87.630" in page.text
    assert "41.8812" not in page.text


def test_out_at_sea_there_are_kilometres_and_no_town(visitor: httpx.Client) -> None:
    page = visitor.get("/search", params=OUT_AT_SEA)
    assert page.status_code == 200
    assert "The nearest town" not in page.text
    assert ("", "25 km (0)") in _radii(page)
    assert "There are no deals near you at present." in page.text


@pytest.mark.parametrize(
    "params",
    [
        {"lat": "41.8"},
        {"lng": "0"},
        {"lat": "91", "lng": "0"},
        {"lat": "nan", "lng": "0"},
        {"lat": "here", "lng": "0"},
        {**LOOP, "place": "chicago-il-us"},
    ],
)
def test_half_a_position_or_one_off_the_earth_is_refused(visitor: httpx.Client, params: dict[str, str]) -> None:
    assert visitor.get("/search", params=params).status_code == 422


def test_the_form_keeps_the_position_until_its_field_says_something_else(visitor: httpx.Client) -> None:
    kept = visitor.get("/es/search", params={"q": "lunch", "near": "Cerca de ti", **LOOP})
    assert kept.headers["location"] == "/es/search?q=lunch&lat=41.881&lng=-87.629"
    moved = visitor.get("/search", params={"q": "lunch", "near": "Evanston", **LOOP})
    assert moved.headers["location"] == "/search?place=evanston-il-us&q=lunch"
    assert "“lunch”</h1>" in visitor.get("/search", params={"q": "lunch", "near": "", **LOOP}).text


def test_circles_tell_how_many_deals_they_hold(visitor: httpx.Client) -> None:
    place = "/places/tokyo-40-jp"
    told = [(value, label) for value, label in _radii(visitor.get(f"{place}?radius=50")) if "(" in label]
    assert len(told) == 5
    for value, label in told:
        assert f"({_total(visitor.get(place, params={'radius': value} if value else {}))})" in label


@pytest.mark.parametrize(
    "question",
    [
        {"q": "lunch", "place": "madrid-29-es"},
        {"q": "zeppelin", "usable": "today", **LOOP},
        {"q": "lunch", "category": "massage", "place": "chicago-il-us"},
        {"q": "canal", "usable": "7", "place": "evanston-il-us"},
        {"q": "lunch", "ends": "week", "place": "evanston-il-us", "sort": "distance"},
        {"q": "lunch", "price": "100000-", "place": "tokyo-40-jp"},
    ],
)
def test_each_way_out_of_an_empty_list_leads_to_as_many_deals_as_it_says(
    visitor: httpx.Client, question: dict[str, str]
) -> None:
    page = visitor.get("/search", params=question)
    assert _total(page) == 0
    _, _, ways = page.text.partition('class="ways"')
    offered = re.findall(r'<a class="chip" href="([^"]*)"><span>[^<]*</span> <span class="count">([\d,]+)', ways)
    assert offered
    for href, count in offered:
        assert _total(visitor.get(unescape(href))) == int(count.replace(",", "")), href


def test_a_rare_word_that_finds_nothing_asks_whether_a_common_one_was_meant(visitor: httpx.Client) -> None:
    page = visitor.get("/search", params={"q": "Launch", "category": "restaurants"})
    link = re.search(r'<a href="([^"]*)">Did you mean “lunch”\?</a> <span class="count">(\d+) deals', page.text)
    assert link
    assert _total(visitor.get(unescape(link.group(1)))) == int(link.group(2))


def test_words_written_from_right_to_left_leave_the_title_in_its_order(visitor: httpx.Client) -> None:
    page = visitor.get("/search", params={"q": "\u05e9\u05dc\u05d5\u05dd", **LOOP})
    assert "<h1>“\u2068\u05e9\u05dc\u05d5\u05dd\u2069” near you</h1>" in page.text
