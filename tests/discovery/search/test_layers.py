"""The answer is the same however the deals lie in segments, and whatever changed and was merged before."""

from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
import numpy as np
import pytest

from highstreet.discovery.search import service as search
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.merge import all_alive, merge
from highstreet.discovery.search.language.widening import Widening
from highstreet.discovery.search.store import shelf as shelves
from highstreet.discovery.search.store.shelf import LEVELS, Shelf
from highstreet.market.catalog.domain.categories import Category, CategoryTree
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search import layers, worlds
from tests.discovery.search.test_find import all_pages, as_answer, assert_same

CATALOGUE = worlds.deals(150, seed=21)
WORLD = worlds.as_json(CATALOGUE)
SCATTERED = [layers.scattered(CATALOGUE, Random(seed)) for seed in range(4)]


@pytest.mark.parametrize("seed", range(120))
def test_deals_in_three_segments_with_dead_rows_between_are_found_as_by_a_brute_force(seed: int) -> None:
    assert_same(SCATTERED[seed % len(SCATTERED)], WORLD, worlds.query(Random(seed)))


@pytest.mark.parametrize("seed", range(12))
def test_any_series_of_changes_and_merges_ends_in_the_index_of_its_outcome(seed: int) -> None:
    rng = Random(seed)
    living = {deal.id: deal for deal in worlds.deals(40, seed)}
    index = worlds.index(tuple(living.values()))
    for _ in range(8):
        published, gone = _changes(living, rng)
        index = layers.settled(layers.changed(index, published, gone), rng)
        assert index.size == len(living)
        assert all(index.deal(deal_id) == deal for deal_id, deal in living.items())
        assert all(index.deal(deal_id) is None for deal_id in gone)
        assert_same(index, worlds.as_json(list(living.values())), worlds.query(rng))


def _changes(living: dict[UUID, PublishedDeal], rng: Random) -> tuple[list[PublishedDeal], list[UUID]]:
    """Deals that are new or revised, and the ids of those that are gone; `living` follows."""
    gone = rng.sample(list(living), k=min(len(living), rng.randrange(6)))
    for deal_id in gone:
        del living[deal_id]
    revised = [worlds.deal(rng, id=deal_id) for deal_id in rng.sample(list(living), k=min(3, len(living)))]
    published = [*(worlds.deal(rng) for _ in range(rng.randrange(4))), *revised]
    living |= {deal.id: deal for deal in published}
    return published, gone


@pytest.mark.parametrize("seed", range(5))
def test_what_is_merged_is_what_is_built_at_once(seed: int) -> None:
    rng = Random(seed)
    catalogue = worlds.deals(200, seed)
    cuts = sorted(rng.sample(range(200), k=3))
    parts = [catalogue[start:end] for start, end in zip([0, *cuts], [*cuts, 200], strict=True)]
    merged = merge([(build(part, worlds.TREE), all_alive(len(part))) for part in parts])
    at_once = build(catalogue, worlds.TREE)
    assert merged.meta == at_once.meta
    assert merged.arrays.keys() == at_once.arrays.keys()
    for name, array in at_once.arrays.items():
        assert array.dtype == merged[name].dtype, name
        assert array.tobytes() == merged[name].tobytes(), name


def test_of_what_is_dead_no_word_and_no_row_is_left() -> None:
    rng = Random(6)
    catalogue = worlds.deals(200, seed=5)
    dead = [worlds.deal(rng, title=f"Gone number{number} of café 東京{number}") for number in range(100)]
    mixed = sorted([*catalogue, *dead], key=lambda deal: deal.id)
    index = layers.changed(layers.layered(layers.live(build(mixed, worlds.TREE))), (), [deal.id for deal in dead])
    merged = merge([(each.sections, each.alive) for each in index.segments])
    at_once = build(sorted(catalogue, key=lambda deal: deal.id), worlds.TREE)
    of_words = {
        "lex_bytes",
        "lex_starts",
        "posting_starts",
        "postings",
        "sequences",
        "sequence_blocks",
        "sequence_starts",
    }
    of_points = {"points", "point_cells", "point_rows", "point_ordinals"}
    for name in of_words | of_points | {"id_high", "id_low", "by_id", "stored", "stored_starts", "stored_crc"}:
        assert np.array_equal(at_once[name], merged[name]), name


def _shelved(directory: Path, catalogue: list[PublishedDeal]) -> Shelf:
    shelf = Shelf(directory, Random(3), ())
    above = [build((), worlds.TREE) for _ in range(LEVELS - 1)]
    shelf.adopt(tuple(map(shelf.put, (build(catalogue, worlds.TREE), *above))), ())
    return shelf


@pytest.mark.parametrize("seed", range(3))
def test_the_segments_of_a_disk_answer_as_a_brute_force_does(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "_TOP_ROWS", 6)
    monkeypatch.setattr(shelves, "_MIDDLE_ROWS", 20)
    rng = Random(seed)
    living = {deal.id: deal for deal in worlds.deals(40, seed)}
    shelf = _shelved(tmp_path, list(living.values()))
    for _ in range(6):
        published, gone = _changes(living, rng)
        shelf.adopt(shelf.apply(published, gone, worlds.TREE), {*gone, *(deal.id for deal in published)})
        work = shelf.plan()
        if work is not None:
            shelf.adopt(shelf.finish(work, shelf.carry_out(work)), ())
            shelf.merging = None
        world = worlds.as_json(list(living.values()))
        for _ in range(3):
            assert_same(layers.layered(*shelf.segments), world, worlds.query(rng))


def test_a_generation_in_use_never_changes(tmp_path: Path) -> None:
    catalogue = worlds.deals(30, seed=1)
    shelf = _shelved(tmp_path, catalogue)
    query = search.SearchQuery(at=worlds.NOW, limit=7)
    before = layers.layered(*shelf.segments)
    answer = as_answer(all_pages(before, query))
    ids = {deal.id for deal in catalogue}
    shelf.adopt(shelf.apply([worlds.deal(Random(5))], ids, worlds.TREE), ids)
    after = layers.layered(*shelf.segments)
    assert as_answer(all_pages(before, query)) == answer
    assert (before.size, after.size) == (30, 1)


def test_more_segments_than_three_are_refused() -> None:
    with pytest.raises(ValueError, match="3 segments"):
        _ = layers.layered(*(layers.live(build((), worlds.TREE)) for _ in range(4))).prepared


def test_a_renamed_category_is_found_by_its_new_name_without_a_new_segment() -> None:
    deal = worlds.deal(Random(2), category_slug="pizza", title="Dinner", starts_at=worlds.NOW, ends_at=None)
    before = worlds.index([deal])
    names = {each.slug: each for each in worlds.TREE.categories}
    names["pizza"] = msgspec.structs.replace(names["pizza"], names={"en": "Neapolitan flatbread"})
    tree = CategoryTree.of(names.values())
    after = search.Generation(1, before.segments, tree, before.divisions, Widening((), tree))
    query = search.SearchQuery(at=worlds.NOW, text="neapolitan")
    assert [search.find(index, query).total for index in (before, after)] == [0, 1]


def test_a_category_that_is_gone_from_the_tree_counts_as_none() -> None:
    deal = worlds.deal(Random(2), category_slug="pizza", title="Dinner", starts_at=worlds.NOW, ends_at=None)
    before = worlds.index([deal])
    tree = CategoryTree.of([Category(slug="food", parent=None, position=0, names={"en": "Food"})])
    after = search.Generation(1, before.segments, tree, before.divisions, Widening((), tree))
    found = search.find(after, search.SearchQuery(at=worlds.NOW))
    assert (found.total, found.facets["category"]) == (1, ())
    assert search.find(after, search.SearchQuery(at=worlds.NOW, category="pizza")).total == 0
