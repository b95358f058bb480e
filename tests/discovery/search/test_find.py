"""Every answer of search equals the one that is worked out the slow way."""

import json
from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.discovery.search import service as search
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog.domain.deals import Reach, Source
from tests.discovery.search import oracle, plans, worlds

CATALOGUE = worlds.deals(400, seed=11)
INDEX = worlds.index(CATALOGUE)
WORLD = worlds.as_json(CATALOGUE)
EQUAL: dict[str, Any] = {
    "category_slug": None,
    "description": None,
    "merchant_name": None,
    "starts_at": worlds.NOW,
    "ends_at": None,
}


def all_pages(index: search.Generation, query: search.SearchQuery) -> list[search.SearchResult]:
    pages = [search.find(index, query)]
    while pages[-1].next_cursor is not None:
        assert len(pages) * query.limit < pages[0].total, "there is a page behind the last"
        pages.append(search.find(index, msgspec.structs.replace(query, cursor=pages[-1].next_cursor)))
    return pages


def as_answer(pages: list[search.SearchResult]) -> dict[str, Any]:
    hits = [hit for page in pages for hit in page.hits]
    return {
        "ids": [str(hit.deal.id) for hit in hits],
        "distances_km": [hit.distance_km for hit in hits],
        "points": [hit.point for hit in hits],
        "scores": [hit.score for hit in hits],
        "total": pages[0].total,
        "reasons": [None if hit.why is None else list(msgspec.structs.astuple(hit.why)) for hit in hits],
        "currency": pages[0].currency,
        "words": pages[0].words,
        "words_met": pages[0].words_met,
        "facets": {name: [[count.value, count.count] for count in counts] for name, counts in pages[0].facets.items()},
    }


def assert_same(index: search.Generation, world: dict[str, Any], query: search.SearchQuery) -> None:
    """Every page of the answer, and all that holds for them, is what the oracle says of the world."""
    together = len(index.segments) == 1 and len(world["deals"]) == index.segments[0].sections.meta.rows
    weights = None if together else list(index.plan(query.text).weights)
    world["levels"] = plans.levels(index)
    expected = oracle.answer(world, json.loads(msgspec.json.encode(query)), plans.in_words(index, query.text), weights)
    if not query.explain:
        expected["reasons"] = [None] * len(expected["ids"])
    pages = all_pages(index, query)
    assert as_answer(pages) == expected, query
    assert all(len(page.hits) == query.limit for page in pages[:-1])
    told = {name: getattr(pages[0], name) for name in ("total", "facets", "currency", "words_met")}
    assert all({name: getattr(page, name) for name in told} == told for page in pages)


@pytest.mark.parametrize("seed", range(250))
def test_results_order_totals_and_facets_equal_a_brute_force(seed: int) -> None:
    assert_same(INDEX, WORLD, worlds.query(Random(seed)))


@given(seed=st.integers(0, 2**32), count=st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_any_small_catalogue_is_answered_as_by_a_brute_force(seed: int, count: int) -> None:
    rng = Random(seed)
    catalogue = [worlds.deal(rng) for _ in range(count)]
    assert_same(worlds.index(catalogue), worlds.as_json(catalogue), worlds.query(rng))


@pytest.mark.parametrize("seed", range(40))
def test_choosing_a_facet_value_gives_as_many_deals_as_it_promised(seed: int) -> None:
    query = msgspec.structs.replace(worlds.query(Random(seed)), limit=1)
    answer = search.find(INDEX, query)
    for count in answer.facets["category"]:
        assert search.find(INDEX, msgspec.structs.replace(query, category=count.value)).total == count.count
    for count in answer.facets["discount"]:
        assert search.find(INDEX, msgspec.structs.replace(query, min_discount=int(count.value))).total == count.count
    for count in answer.facets["price"]:
        least, most = map(int, count.value.split("-"))
        chosen = {"min_price_minor": least, "max_price_minor": most, "currency": answer.currency}
        assert search.find(INDEX, msgspec.structs.replace(query, **chosen)).total == count.count


@pytest.mark.parametrize("seed", range(20))
def test_the_reasons_add_up_to_the_score(seed: int) -> None:
    query = msgspec.structs.replace(worlds.query(Random(seed)), explain=True)
    for hit in search.find(INDEX, query).hits:
        assert hit.why is not None
        assert sum(msgspec.structs.astuple(hit.why)) == pytest.approx(hit.score, abs=1e-6)


def test_a_deal_with_several_locations_is_one_result_at_its_nearest_point() -> None:
    deal = next(deal for deal in CATALOGUE if len(deal.points) == 5)
    far = deal.points[3]
    centre = search.Point(far.latitude, far.longitude)
    at = deal.starts_at
    result = search.find(worlds.index([deal]), search.SearchQuery(at=at, centre=centre, radius_km=500))
    assert [(hit.deal, hit.distance_km, hit.nearest) for hit in result.hits] == [(deal, 0.0, far)]


def test_what_only_the_link_says_is_found_behind_what_a_title_says() -> None:
    link = Source(feed="paper", key="1", url="https://x.example/deals/1606154-massages")
    silent = worlds.deal(Random(4), title="Voil\u00e0 La Familia", source=link, **EQUAL)
    saying = worlds.deal(Random(5), title="Massage", source=None, **EQUAL)
    index = worlds.index([silent, saying])
    hits = search.find(index, search.SearchQuery(at=worlds.NOW, text="massage")).hits
    assert [hit.deal.id for hit in hits] == [saying.id, silent.id]
    assert search.find(index, search.SearchQuery(at=worlds.NOW, text="deals")).total == 0


def test_a_deal_exactly_at_the_radius_is_within_it() -> None:
    centre = search.Point(41.85, -87.65)
    wide = search.SearchQuery(at=worlds.NOW, centre=centre, radius_km=100, sort=search.Sort.DISTANCE, limit=100)
    reached = [hit.distance_km for hit in search.find(INDEX, wide).hits if hit.distance_km is not None]
    exact = msgspec.structs.replace(wide, radius_km=reached[3])
    hits = search.find(INDEX, exact).hits
    assert [hit.distance_km for hit in hits if hit.distance_km is not None] == reached[:4]


def test_a_deal_is_found_from_its_start_until_just_before_its_end() -> None:
    start, end = worlds.NOW, worlds.NOW + timedelta(hours=1)
    deal = worlds.deal(Random(4), starts_at=start, ends_at=end)
    index, moment = worlds.index([deal]), timedelta(microseconds=1)
    found = [search.find(index, search.SearchQuery(at=at)).total for at in (start - moment, start, end - moment, end)]
    assert found == [0, 1, 1, 0]


def test_without_results_it_says_which_filter_to_drop() -> None:
    deal = worlds.deal(Random(4), title="Pizza", category_slug="pizza", starts_at=worlds.NOW, ends_at=None)
    index = worlds.index([deal])
    query = search.SearchQuery(at=worlds.NOW, text="pizza", category="fitness", min_price_minor=0)
    assert search.find(index, query).relaxed == {"category": 1}
    assert search.find(index, msgspec.structs.replace(query, text="sushi")).relaxed == {}
    assert search.find(index, msgspec.structs.replace(query, category=None)).relaxed == {}


def test_without_results_it_says_how_many_are_within_a_wide_circle() -> None:
    placed = next(deal for deal in CATALOGUE if deal.reach is Reach.LOCATIONS and len(deal.points) == 1)
    point = placed.points[0]
    index = worlds.index([msgspec.structs.replace(placed, starts_at=worlds.NOW, ends_at=None)])
    near = search.Point(point.latitude + 0.5, point.longitude)
    query = search.SearchQuery(at=worlds.NOW, centre=near, radius_km=10)
    assert search.find(index, query).total == 0
    assert search.widened(index, query) == {"radius_km": 1}
    assert search.widened(index, query, widest_km=30) == {}
    assert search.widened(index, msgspec.structs.replace(query, category="nothing")) == {}
    far = search.Point(point.latitude + 1, point.longitude)
    assert search.widened(index, msgspec.structs.replace(query, centre=far)) == {}


def test_without_results_it_says_how_many_there_are_without_the_words_and_at_any_time() -> None:
    deal = worlds.deal(Random(4), title="Pizza", starts_at=worlds.NOW, ends_at=None)
    index = worlds.index([deal])
    query = search.SearchQuery(at=worlds.NOW, text="sushi")
    assert search.widened(index, query) == {"text": 1}
    ending = search.SearchQuery(at=worlds.NOW, ends_before=worlds.NOW + timedelta(days=1))
    assert search.widened(index, ending) == {"dates": 1}
    assert search.widened(index, msgspec.structs.replace(ending, text="sushi")) == {}


def test_a_question_that_makes_no_sense_names_each_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        search.SearchQuery(
            at=worlds.NOW, radius_km=0, limit=101, min_discount=0, currency="usd", sort=search.Sort.DISTANCE
        )
    assert {problem.field for problem in refused.value.problems} == {
        "radius_km",
        "limit",
        "min_discount",
        "currency",
        "sort",
    }
