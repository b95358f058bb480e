"""Places, divisions and the category tree."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog.domain.categories import CATEGORIES, CategoryTree
from highstreet.market.catalog.domain.places import (
    Division,
    DivisionDraft,
    Place,
    PlaceRecord,
    ask,
    check_division,
    spellings,
)
from highstreet.market.catalog.repository import categories as category_rows
from highstreet.market.catalog.repository import gazetteer
from highstreet.market.catalog.repository import namesakes as namesake_rows
from highstreet.market.catalog.repository import places as rows

_NEAR_DEGREES: Final = (0.25, 1.0, 5.0, 30.0)


async def load_places(
    tx: Transaction, *, min_population: int = 500, report: Callable[[int, int], None] | None = None
) -> int:
    """Load GeoNames' places of at least so many people; how many were new or had changed.

    An edition that is loaded already is not read again. `report` is told places done and places expected. Needs the
    system role.
    """
    source = gazetteer.source()
    if await rows.is_loaded(tx, source, min_population):
        return 0
    with gazetteer.open_places(min_population) as (expected, records):
        written = await rows.store(tx, records, expected, report)
    await rows.keep_load(tx, source, min_population)
    return written


async def store_places(tx: Transaction, records: Sequence[PlaceRecord]) -> int:
    """Write places from elsewhere than GeoNames' files; how many were new or had changed. Needs the system role."""
    return await rows.store(tx, records, len(records), None)


async def find_places(tx: Transaction, text: str, *, country: str | None = None, limit: int = 10) -> list[Place]:
    """Places for `Chicago`, `chicago, il`, `新宿区` or the beginning of a name, the likeliest first."""
    for question in ask(text):
        if found := await rows.find(tx, question, country, limit):
            return found
    return []


async def places_called(tx: Transaction, text: str, *, country: str | None = None, limit: int = 2) -> list[Place]:
    """Places that are called just so in any of their spellings, the most populous first."""
    for question in ask(text):
        if found := await rows.called(tx, question, country, limit):
            return found
    return []


async def locate(tx: Transaction, name: str, region_code: str | None, country_code: str | None) -> Place | None:
    """The place called exactly so, in any of its spellings, within a region and country where these are given."""
    for folded in spellings(name):
        if found := await rows.locate(tx, folded, region_code, country_code):
            return found
    return None


async def namesakes(tx: Transaction, names: Iterable[str], *, limit: int = 8) -> dict[str, list[Place]]:
    """All places that are called exactly so, in any of their spellings, the weightiest first; by the name.

    A name that no place has is left out.
    """
    asked = {name: spellings(name) for name in names}
    wanted = sorted({folded for spelt in asked.values() for folded in spelt})
    found: dict[str, list[Place]] = {}
    for place in await namesake_rows.namesakes(tx, wanted, limit) if wanted else []:
        found.setdefault(place.folded, []).append(place)
    named = {name: next((found[folded] for folded in spelt if folded in found), None) for name, spelt in asked.items()}
    return {name: places for name, places in named.items() if places}


async def place_by_slug(tx: Transaction, slug: str) -> Place | None:
    return await rows.by_slug(tx, slug)


async def places_by_ids(tx: Transaction, ids: Sequence[UUID]) -> list[Place]:
    """The places of these ids in their order; those that do not exist are left out."""
    found = {place.id: place for place in await rows.by_ids(tx, ids)}
    return [found[own_id] for own_id in ids if own_id in found]


async def largest_places(tx: Transaction, *, country: str | None = None, limit: int = 50) -> list[Place]:
    return await rows.largest(tx, country, limit)


async def nearest_place(tx: Transaction, latitude: float, longitude: float) -> Place | None:
    """The place whose centre is nearest; None far out at sea."""
    for degrees in _NEAR_DEGREES:
        place = await rows.nearest(tx, latitude, longitude, degrees)
        if place is not None:
            return place
    return None


async def create_division(tx: Transaction, draft: DivisionDraft) -> UUID:
    """Make a division around a place, or change the one of that slug; its id."""
    check_division(draft)
    place = await known_place(tx, draft.place_id)
    division = Division(
        id=tx.new_id(),
        slug=draft.slug,
        name=draft.name,
        place_id=place.id,
        latitude=place.latitude,
        longitude=place.longitude,
        radius_km=draft.radius_km,
    )
    return await rows.store_division(tx, division)


async def division_by_slug(tx: Transaction, slug: str) -> Division | None:
    return await rows.division_by_slug(tx, slug)


async def divisions(tx: Transaction) -> list[Division]:
    return await rows.divisions(tx)


async def known_place(tx: Transaction, place_id: UUID) -> Place:
    found = await rows.by_ids(tx, [place_id])
    if not found:
        raise InvalidInput.at("place_id", f"there is no place {place_id}")
    return found[0]


async def seed_categories(tx: Transaction) -> int:
    """Make the category tree what the domain says; how many categories were new or had changed."""
    return sum([await category_rows.store(tx, category) for category in CATEGORIES])


async def categories(tx: Transaction) -> CategoryTree:
    return CategoryTree.of(await category_rows.read(tx))
