"""What the doctor asks of the catalogue: that visitors can name a place and a kind of deal."""

from typing import Final

from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import HouseCheck, Verdict, ok, warn
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.categories import CATEGORIES, CategoryTree

_LOAD: Final = "`highstreet import` loads them before the first deal"


def judge_categories(held: CategoryTree) -> Verdict:
    """`held` is what the database has of the tree."""
    missing = [category.slug for category in CATEGORIES if held.by_slug(category.slug) is None]
    if missing:
        return warn(f"{len(missing)} of {len(CATEGORIES)} categories are not loaded.", _LOAD)
    return ok(f"All {len(CATEGORIES)} categories are loaded.")


def judge_places(largest: str | None) -> Verdict:
    """`largest` is the name of the largest place."""
    if largest is None:
        return warn("No place is loaded, so nobody can look for deals near one.", _LOAD)
    return ok(f"Places are loaded, with {largest} as the largest.")


async def _categories(tx: Transaction) -> Verdict:
    return judge_categories(await catalog.categories(tx))


async def _places(tx: Transaction) -> Verdict:
    largest = await catalog.largest_places(tx, limit=1)
    return judge_places(largest[0].name if largest else None)


CHECKS: Final = (HouseCheck("places", _places), HouseCheck("categories", _categories))
