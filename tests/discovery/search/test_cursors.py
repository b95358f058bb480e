"""Pages neither repeat nor skip, and a cursor that is not ours is refused."""

import base64
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search import service as search
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search import layers, worlds
from tests.discovery.search.test_find import EQUAL

CATALOGUE = worlds.deals(200, seed=3)
INDEX = worlds.index(CATALOGUE)
CHICAGO = search.Point(41.85, -87.65)


def first_page(sort: search.Sort = search.Sort.RELEVANCE) -> tuple[search.Generation, search.SearchQuery, str]:
    index = INDEX
    query = search.SearchQuery(at=worlds.NOW, limit=5, sort=sort, centre=CHICAGO, radius_km=100)
    cursor = search.find(index, query).next_cursor
    assert cursor is not None
    return index, query, cursor


@pytest.mark.parametrize("sort", search.Sort)
@pytest.mark.parametrize("seed", range(6))
def test_while_other_deals_come_go_and_change_each_untouched_deal_is_seen_exactly_once(
    sort: search.Sort, seed: int
) -> None:
    rng = Random(seed)
    index = INDEX
    query = search.SearchQuery(at=worlds.NOW, limit=4, sort=sort, centre=CHICAGO, radius_km=100)
    expected = {hit.deal.id for hit in search.find(index, msgspec.structs.replace(query, limit=100)).hits}
    untouched = {deal.id: deal for deal in CATALOGUE}
    seen = list[PublishedDeal]()
    page = search.find(index, query)
    while True:
        seen += [hit.deal for hit in page.hits]
        if page.next_cursor is None:
            break
        touched = rng.sample(list(untouched), k=4)
        for deal_id in touched:
            del untouched[deal_id]
        revised = [worlds.deal(rng, id=deal_id) for deal_id in touched[:2]]
        index = layers.settled(layers.changed(index, [worlds.deal(rng), *revised], touched[2:]), rng)
        page = search.find(index, msgspec.structs.replace(query, cursor=page.next_cursor))
    kept = [deal.id for deal in seen if deal.id in untouched]
    assert sorted(kept) == sorted(expected & untouched.keys())


def test_freshness_is_counted_from_the_first_page() -> None:
    index, query, cursor = first_page()
    second = msgspec.structs.replace(query, cursor=cursor)
    later = msgspec.structs.replace(second, at=worlds.NOW.replace(hour=11))
    shared = {hit.deal.id: hit.score for hit in search.find(index, second).hits}
    assert all(shared.get(hit.deal.id, hit.score) == hit.score for hit in search.find(index, later).hits)


def test_a_deal_that_ends_between_two_pages_is_not_on_the_second() -> None:
    index, query, cursor = first_page()
    after = msgspec.structs.replace(query, cursor=cursor, limit=100, at=worlds.NOW.replace(day=20))
    assert all(hit.deal.ends_at is None or hit.deal.ends_at > after.at for hit in search.find(index, after).hits)


def _offers(count: int, seed: int, **given: object) -> list[PublishedDeal]:
    rng = Random(seed)
    return [worlds.deal(rng, **(EQUAL | {"source": None} | given)) for _ in range(count)]


def test_how_many_words_are_needed_stays_as_it_was_on_the_first_page() -> None:
    index = worlds.index([*_offers(6, 1, title="Kayak and sauna"), *_offers(20, 2, title="Kayak")])
    query = search.SearchQuery(at=worlds.NOW, text="kayak sauna ", limit=5)
    first = search.find(index, query)
    assert (first.words, first.words_met, first.total) == (2, 1, 26)
    later = layers.changed(index, _offers(4, 3, title="Sauna and kayak"))
    assert search.find(later, query).words_met == 2
    second = search.find(later, msgspec.structs.replace(query, cursor=first.next_cursor))
    assert (second.words_met, second.total) == (1, 30)


def test_what_a_word_counts_stays_as_it_was_on_the_first_page() -> None:
    index = worlds.index([*_offers(12, 1, title="Kayak", description="With a sauna."), *_offers(40, 2, title="Yoga")])
    query = search.SearchQuery(at=worlds.NOW, text="kayak sauna ", limit=4)
    scores = {hit.id: hit.score for hit in search.find(index, msgspec.structs.replace(query, limit=100)).hits}
    later = layers.changed(index, _offers(60, 3, title="Sauna", description="A sauna, and then a sauna."))
    assert any(scores[hit.id] != hit.score for hit in search.find(later, query).hits), "it would count another way"
    second = search.find(later, msgspec.structs.replace(query, cursor=search.find(index, query).next_cursor))
    assert len(second.hits) == 4
    assert all(scores[hit.id] == hit.score for hit in second.hits)


def test_prices_stay_in_the_currency_of_the_first_page_also_when_no_deal_has_it_any_more() -> None:
    dollars, euros = _offers(8, 1, currency="USD"), _offers(7, 2, currency="EUR")
    query = search.SearchQuery(at=worlds.NOW, sort=search.Sort.PRICE, limit=5)
    first = search.find(worlds.index([*dollars, *euros]), query)
    assert first.currency == "USD"
    seen = {hit.id for hit in first.hits}
    second = msgspec.structs.replace(query, cursor=first.next_cursor)
    more = search.find(worlds.index([*dollars, *euros, *_offers(5, 3, currency="EUR")]), second)
    assert more.currency == "USD"
    assert {hit.deal.currency for hit in more.hits[:3]} == {"USD"}
    assert {hit.id for hit in more.hits[:3]} | seen == {deal.id for deal in dollars}
    rest = search.find(worlds.index(euros), second)
    assert (rest.currency, rest.total, len(rest.hits)) == ("USD", 7, 5)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "pizza"},
        {"radius_km": 99.0},
        {"sort": search.Sort.PRICE},
        {"category": "food"},
        {"min_price_minor": 1},
        {"centre": search.Point(41.85, -87.6)},
        {"currency": "USD"},
    ],
)
def test_a_cursor_of_another_question_is_refused(change: dict[str, object]) -> None:
    index, query, cursor = first_page()
    with pytest.raises(InvalidInput, match="cursor"):
        search.find(index, msgspec.structs.replace(query, cursor=cursor, **change))


def test_limit_and_explanation_may_change_between_pages() -> None:
    index, query, cursor = first_page()
    page = search.find(index, msgspec.structs.replace(query, cursor=cursor, limit=2, explain=True))
    assert len(page.hits) == 2


@given(st.one_of(st.text(max_size=80), st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_a_made_up_cursor_is_refused(made_up: str) -> None:
    index = worlds.index(())
    with pytest.raises(InvalidInput, match="cursor"):
        search.find(index, search.SearchQuery(at=worlds.NOW, cursor=made_up))


@given(position=st.integers(0, 83), letter=st.sampled_from("ABCXYZabcxyz0189-_=+/ é"))
def test_a_cursor_changed_in_one_letter_is_refused(position: int, letter: str) -> None:
    index, query, cursor = first_page()
    changed = cursor[:position] + letter + cursor[position + 1 :]
    if changed != cursor:
        with pytest.raises(InvalidInput, match="cursor"):
            search.find(index, msgspec.structs.replace(query, cursor=changed))
