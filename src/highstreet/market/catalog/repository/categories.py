"""The category tree."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.categories import Category


async def read(tx: Transaction) -> list[Category]:
    """All categories, in no order."""
    return await tx.fetch_all(
        Category,
        """
        SELECT categories.slug, parents.slug AS parent, categories.position, categories.names
        FROM catalog.categories LEFT JOIN catalog.categories AS parents ON categories.parent_id = parents.id
        """,
    )


async def store(tx: Transaction, category: Category) -> int:
    """Make the category, or give the one of that slug what differs; 1 if anything was written. Parents come first."""
    return await tx.execute(
        """
        INSERT INTO catalog.categories (id, slug, parent_id, position, names, created_at, changed_at)
        VALUES (
            %(id)s, %(slug)s, (SELECT id FROM catalog.categories WHERE slug = %(parent)s), %(position)s, %(names)s,
            %(now)s, %(now)s
        )
        ON CONFLICT (slug) DO UPDATE SET
            parent_id = excluded.parent_id, position = excluded.position, names = excluded.names,
            changed_at = excluded.changed_at
        WHERE (categories.parent_id, categories.position, categories.names)
            IS DISTINCT FROM (excluded.parent_id, excluded.position, excluded.names)
        """,
        {
            "id": tx.new_id(),
            "slug": category.slug,
            "parent": category.parent,
            "position": category.position,
            "names": Jsonb(dict(category.names)),
            "now": tx.now,
        },
    )


async def ids(tx: Transaction, slugs: set[str]) -> dict[str, UUID]:
    """The ids of categories by slug; they stay as they are until the transaction ends."""
    rows = await tx.fetch_all(
        dict[str, Any], "SELECT slug, id FROM catalog.categories WHERE slug = ANY(%s) FOR SHARE", [list(slugs)]
    )
    return {row["slug"]: row["id"] for row in rows}


async def division_ids(tx: Transaction, slugs: set[str]) -> dict[str, UUID]:
    """The ids of divisions by slug; they stay as they are until the transaction ends."""
    rows = await tx.fetch_all(
        dict[str, Any], "SELECT slug, id FROM catalog.divisions WHERE slug = ANY(%s) FOR SHARE", [list(slugs)]
    )
    return {row["slug"]: row["id"] for row in rows}
