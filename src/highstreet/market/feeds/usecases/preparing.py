"""From what rows state to deals for the catalogue, with the places and categories that it knows."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from highstreet.kit.database import Transaction
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.imports import ImportedDeal
from highstreet.market.catalog.domain.places import Place
from highstreet.market.feeds.domain.deals import StatedDeal
from highstreet.market.feeds.domain.imported import Run, imported_deal
from highstreet.market.feeds.domain.mapping import Mapping, nearest
from highstreet.market.feeds.domain.places import Town, town
from highstreet.market.feeds.domain.rows import Reject, Unusable, reject
from highstreet.market.feeds.domain.shift import Shift, shift_to


def shift_of(mapping: Mapping, now: datetime, *, wanted: bool) -> Shift:
    """How far the dates of a feed are moved, if that is `wanted`. Raises InvalidInput where nobody can tell."""
    zone = ZoneInfo(mapping.feed.time_zone)
    dated = mapping.fields.starts_at is not None or mapping.fields.ends_at is not None
    if not (wanted and dated):
        return Shift(zone)
    if mapping.feed.captured_at is None:
        raise InvalidInput.at("feed.captured_at", "is not in the mapping; --shift-dates moves that moment to today")
    return shift_to(now, mapping.feed.captured_at, zone)


async def check_categories(tx: Transaction, mapping: Mapping) -> None:
    """Raise InvalidInput unless the catalogue has every category that the mapping names."""
    if not mapping.categories:
        return
    tree = await catalog.categories(tx)
    known = sorted({slug for root in tree.roots() for slug in tree.subtree(root.slug)})
    for slug in mapping.categories.values():
        if slug not in known:
            raise InvalidInput.at("categories", f"{slug!r} is not a category of the catalogue{nearest(slug, known)}")


async def centre_of(tx: Transaction, mapping: Mapping) -> Place:
    """The centre of the feed's division. Raises InvalidInput, or Conflict where the catalogue has no places at all."""
    try:
        wanted = town(mapping.division.place, mapping.places)
    except Unusable as problem:
        raise InvalidInput.at("division.place", f"{mapping.division.place!r} {problem.reason}") from None
    place = await catalog.locate(tx, wanted.name, wanted.region_code, wanted.country_code)
    if place is None:
        raise InvalidInput.at("division.place", f"{mapping.division.place!r} is not a place that the catalogue knows")
    return place


async def prepare(
    tx: Transaction, batch: list[StatedDeal | Reject], towns: dict[Town, Place | None], run: Run
) -> tuple[list[ImportedDeal], list[Reject]]:
    """The usable deals of a batch, and the rest. `towns` remembers what was looked up."""
    deals: list[ImportedDeal] = []
    rejects: list[Reject] = []
    for row in batch:
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        try:
            place = await _located(tx, row.where.town, towns)
            deals.append(imported_deal(row, place, run))
        except Unusable as problem:
            value = row.stated_place if problem.field == "place" else problem.value
            rejects.append(reject(row.line, problem.reason, field=problem.field, value=value))
    return deals, rejects


async def _located(tx: Transaction, wanted: Town | None, towns: dict[Town, Place | None]) -> UUID | None:
    if wanted is None:
        return None
    if wanted not in towns:
        towns[wanted] = await catalog.locate(tx, wanted.name, wanted.region_code, wanted.country_code)
    place = towns[wanted]
    if place is None:
        looked_for = f"{wanted.name} in {wanted.region_code}, {wanted.country_code}"
        raise Unusable(f"is not a place that the catalogue knows (looked for {looked_for})", field="place")
    return place.id
