"""The category tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.database import VISITOR, Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.categories import CATEGORIES, Category, CategoryTree


async def test_seeding_again_writes_nothing_and_mends_what_was_changed(database: Database) -> None:
    async with database.system() as tx:
        assert await catalog.seed_categories(tx) == len(CATEGORIES)
        assert await catalog.seed_categories(tx) == 0
        await tx.execute("""UPDATE catalog.categories SET names = '{"en": "Pie"}' WHERE slug = 'pizza'""")
        assert await catalog.seed_categories(tx) == 1
    async with database.transaction(VISITOR) as tx:
        tree = await catalog.categories(tx)
    assert tree.categories == CATEGORIES


async def test_a_tree_has_two_levels_whoever_writes_it(database: Database) -> None:
    async with database.system() as tx:
        await catalog.seed_categories(tx)
    with pytest.raises(Exception, match="violates foreign key constraint"):
        async with database.system() as tx:
            await tx.execute(
                """
                UPDATE catalog.categories SET parent_id = (SELECT id FROM catalog.categories WHERE slug = 'pizza')
                WHERE slug = 'bars'
                """
            )


def test_the_seed_is_named_in_every_language_and_every_slug_is_used_once() -> None:
    slugs = [category.slug for category in CATEGORIES]
    assert len(set(slugs)) == len(slugs)
    assert all(category.names[language] for category in CATEGORIES for language in ("en", "es"))


def test_the_tree_knows_its_way_up_and_down() -> None:
    tree = CategoryTree.of(reversed(CATEGORIES))
    assert tree.categories == CATEGORIES
    assert [category.slug for category in tree.path("pizza")] == ["food-drink", "pizza"]
    assert {"food-drink", "pizza", "bars"} <= tree.subtree("food-drink")
    assert tree.subtree("pizza") == {"pizza"}
    assert tree.subtree("nonsense") == frozenset()
    assert tree.path("nonsense") == ()
    assert tree.by_slug("nonsense") is None


@given(st.permutations(CATEGORIES))
def test_subtrees_of_the_roots_hold_every_category_once(shuffled: list[Category]) -> None:
    tree = CategoryTree.of(shuffled)
    parts = [tree.subtree(root.slug) for root in tree.roots()]
    assert sum(len(part) for part in parts) == len(CATEGORIES)
    assert frozenset().union(*parts) == {category.slug for category in CATEGORIES}


def test_a_name_falls_back_to_english() -> None:
    category = Category(slug="pizza", parent=None, position=0, names={"en": "Pizza", "es": ""})
    assert category.name("es") == category.name("fr") == "Pizza"
