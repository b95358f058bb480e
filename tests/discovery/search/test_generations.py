"""Changes are taken in one by one, and the answer is always that of a catalogue indexed afresh."""

from random import Random

import pytest

from highstreet.discovery.search import generations
from highstreet.discovery.search import service as search
from highstreet.market.catalog.domain.categories import Category, CategoryTree
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search import worlds
from tests.discovery.search.test_find import assert_same


@pytest.fixture
def _small_overlays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "_LEAST_OVERLAY", 8)


@pytest.mark.usefixtures("_small_overlays")
@pytest.mark.parametrize("seed", range(20))
def test_any_series_of_changes_ends_in_the_index_of_its_outcome(seed: int) -> None:
    rng = Random(seed)
    builder = worlds.build(worlds.deals(60, seed))
    living = {deal.id: deal for deal in worlds.deals(60, seed)}
    for _ in range(12):
        new = [worlds.deal(rng) for _ in range(rng.randrange(4))]
        revised = [worlds.deal(rng, id=deal_id) for deal_id in rng.sample(list(living), k=min(3, len(living)))]
        gone = rng.sample(list(living), k=min(len(living), rng.randrange(6)))
        living |= {deal.id: deal for deal in (*new, *revised) if deal.id not in gone}
        living = {deal_id: deal for deal_id, deal in living.items() if deal_id not in gone}
        published = [deal for deal in (*new, *revised) if deal.id not in gone]
        index = builder.apply(published, gone, worlds.TREE, worlds.divisions())
        assert index.size == len(living)
        assert all(index.deal(deal_id) == deal for deal_id, deal in living.items())
        assert all(index.deal(deal_id) is None for deal_id in gone)
        assert_same(index, worlds.as_json(list(living.values())), worlds.query(rng))


@pytest.mark.usefixtures("_small_overlays")
def test_words_that_are_gone_with_their_deals_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "_LEAST_WORDS", 100)
    rng = Random(3)
    builder, living = worlds.build(()), list[PublishedDeal]()
    for turn in range(40):
        new = [worlds.deal(rng, title=f"Pizza number {turn}x{number} of café 東京{turn}") for number in range(10)]
        index = builder.apply(new, [deal.id for deal in living], worlds.TREE, worlds.divisions())
        living = new
        assert_same(index, worlds.as_json(living), search.SearchQuery(at=worlds.NOW, text="pizza cafe"))
        assert_same(index, worlds.as_json(living), worlds.query(rng))
    assert len(builder.index.vocabulary.tokens.names) < 400


def test_a_generation_in_use_never_changes() -> None:
    catalogue = worlds.deals(30, seed=1)
    builder = worlds.build(catalogue)
    before, query = builder.index, search.SearchQuery(at=worlds.NOW, limit=100)
    answer = [hit.deal.id for hit in search.find(before, query).hits]
    after = builder.apply([worlds.deal(Random(5))], [deal.id for deal in catalogue], worlds.TREE, worlds.divisions())
    assert [hit.deal.id for hit in search.find(before, query).hits] == answer
    assert (before.size, after.size) == (30, 1)


def test_what_is_told_twice_makes_no_new_generation() -> None:
    catalogue = worlds.deals(5, seed=1)
    builder = worlds.build(catalogue)
    before = builder.index
    assert builder.apply(catalogue, [worlds.deal(Random(9)).id], worlds.TREE, worlds.divisions()) is before


def test_a_renamed_category_is_found_by_its_new_name() -> None:
    builder = worlds.build(
        [worlds.deal(Random(2), category_slug="pizza", title="Dinner", starts_at=worlds.NOW, ends_at=None)]
    )
    renamed = CategoryTree.of(
        Category(slug=c.slug, parent=c.parent, position=c.position, names={"en": f"Neapolitan {c.slug}"})
        for c in worlds.TREE.categories
    )
    query = search.SearchQuery(at=worlds.NOW, text="neapolitan")
    assert search.find(builder.index, query).total == 0
    assert search.find(builder.apply((), (), renamed, worlds.divisions()), query).total == 1
