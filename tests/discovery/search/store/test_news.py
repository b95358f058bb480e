"""Of what the catalogue hands over, an index takes what it did not know."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from highstreet.discovery.search.store.news import News, news
from highstreet.discovery.search.store.shelf import Shelf
from highstreet.market.catalog.domain.categories import Category, CategoryTree
from highstreet.market.catalog.domain.changes import ChangeCursor, DealChanges
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search.store.test_shelf import deal, empty_shelf

FOOD = Category(slug="food", parent=None, position=1, names={"en": "Food"})
TREE = CategoryTree((FOOD,))
PIZZA, SUSHI = (msgspec.structs.replace(deal(number), category_slug="food") for number in (1, 2))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = empty_shelf(tmp_path)
    shelf.adopt(shelf.apply([PIZZA, SUSHI], (), TREE), ())
    return shelf


def handed_over(
    shelf: Shelf, *published: PublishedDeal, after: CategoryTree = TREE, withdrawn: Sequence[UUID] = ()
) -> News:
    changes = DealChanges(published=list(published), withdrawn=list(withdrawn), cursor=ChangeCursor(""))
    return news(shelf, changes, lambda each: each.sold < 5, TREE, after)


def test_what_is_handed_over_twice_is_no_news(shelf: Shelf) -> None:
    assert handed_over(shelf, PIZZA, SUSHI) == News([], [])


def test_a_deal_that_differs_is_and_one_that_is_new(shelf: Shelf) -> None:
    changed, new = msgspec.structs.replace(PIZZA, sold=3), deal(7)
    assert handed_over(shelf, changed, new, SUSHI) == News([changed, new], [])


def test_only_what_is_there_can_be_withdrawn(shelf: Shelf) -> None:
    assert handed_over(shelf, withdrawn=[PIZZA.id, deal(9).id]) == News([], [PIZZA.id])


def test_a_deal_that_is_held_no_longer_is_withdrawn_and_a_stranger_passed_over(shelf: Shelf) -> None:
    found = handed_over(shelf, msgspec.structs.replace(PIZZA, sold=9), msgspec.structs.replace(deal(7), sold=9))
    assert found == News([], [PIZZA.id])


def test_deals_of_a_category_that_moved_are_read_anew_and_others_are_not(shelf: Shelf) -> None:
    above = Category(slug="pleasures", parent=None, position=1, names={"en": "Pleasures"})
    moved = CategoryTree((above, msgspec.structs.replace(FOOD, parent="pleasures")))
    found = handed_over(shelf, PIZZA, after=moved, withdrawn=[SUSHI.id])
    assert found == News([PIZZA], [SUSHI.id])
    assert {each.id for each in handed_over(shelf, after=moved).published} == {PIZZA.id, SUSHI.id}
    renamed = CategoryTree((msgspec.structs.replace(FOOD, names={"en": "Meals"}),))
    assert handed_over(shelf, after=renamed) == News([], [])


def test_a_deal_that_cannot_be_read_any_more_is_news(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / shelf.names[-1]
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Pizza", b"Pasta", 1))
    found = handed_over(shelf, PIZZA, SUSHI)
    assert len(found.published) == 1
