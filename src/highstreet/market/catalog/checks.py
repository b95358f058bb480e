"""What the doctor asks of the catalogue: that visitors can name a place and a kind of deal, and see its picture."""

import asyncio
from typing import Final

from highstreet.kit.blobs import directory_of, open_blobs
from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import HouseCheck, Verdict, ok, warn
from highstreet.kit.doctor.examining import LOOK_WITHIN_S
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.categories import CATEGORIES, CategoryTree

_LOAD: Final = "`highstreet import` loads them before the first deal"
_BRING_BACK: Final = "`highstreet restore --only-blobs` brings them back from a backup; visitors see a blur meanwhile"
_LOOKED_AT: Final = 100
_AT_ONCE: Final = 10


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


def judge_pictures(shown: int, missing: int) -> Verdict:
    """`shown` are the pictures that were looked at, `missing` those of them that have no blob."""
    if missing:
        return warn(f"{missing} of {shown} pictures that were looked for are not among the blobs.", _BRING_BACK)
    if not shown:
        return ok("No deal shows a picture yet.")
    return ok(f"The pictures of deals are among the blobs; {shown} were looked for.")


def pictures_check(settings: Settings) -> HouseCheck:
    """Whether pictures that deals show are where the settings keep them. Looks at some, others each time."""

    async def look(tx: Transaction) -> Verdict:
        shown = await catalog.some_shown_pictures(tx, _LOOKED_AT)
        directory = directory_of(settings)
        if directory is not None and not directory.is_dir():  # opened, it would be made
            return judge_pictures(len(shown), len(shown))
        blobs, turns = open_blobs(settings), asyncio.Semaphore(_AT_ONCE)

        async def is_there(digest: str) -> bool:
            async with turns:
                return await blobs.exists(digest)

        try:
            async with asyncio.timeout(LOOK_WITHIN_S):
                there = await asyncio.gather(*(is_there(digest) for digest in shown))
        except TimeoutError:
            return warn("The place of blobs did not answer in time.", "see what holds it up, then look again")
        return judge_pictures(len(shown), there.count(False))

    return HouseCheck("pictures", look)


async def _categories(tx: Transaction) -> Verdict:
    return judge_categories(await catalog.categories(tx))


async def _places(tx: Transaction) -> Verdict:
    largest = await catalog.largest_places(tx, limit=1)
    return judge_places(largest[0].name if largest else None)


CHECKS: Final = (HouseCheck("places", _places), HouseCheck("categories", _categories))
