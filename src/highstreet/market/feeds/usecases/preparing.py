"""From what rows state to deals for the catalogue, with the places and categories that it knows."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from highstreet.kit.database import Transaction
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import Precision
from highstreet.market.catalog.domain.imports import ImportedDeal
from highstreet.market.catalog.domain.places import Place
from highstreet.market.feeds.domain.deals import StatedDeal
from highstreet.market.feeds.domain.imported import Located, Run, imported_deal
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.places import PlaceReader, Spot, Town, town
from highstreet.market.feeds.domain.rows import Reject, Unusable, reject
from highstreet.market.feeds.domain.shift import Shift, shift_to
from highstreet.market.feeds.domain.spelling import nearest


def shift_of(mapping: Mapping, now: datetime, *, wanted: bool) -> Shift:
    """How far the dates of a feed are moved, if that is `wanted`. Raises InvalidInput where nobody can tell."""
    zone = ZoneInfo(mapping.feed.time_zone)
    fields = mapping.fields
    dated = any((fields.starts_at, fields.ends_at, fields.redeem_from, fields.redeem_until))
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
        if slug and slug not in known:
            raise InvalidInput.at("categories", f"{slug!r} is not a category of the catalogue{nearest(slug, known)}")


async def centre_of(tx: Transaction, mapping: Mapping) -> Place | None:
    """The centre of the feed's division, None where the mapping has none.

    Raises InvalidInput, or Conflict where the catalogue has no places at all.
    """
    if mapping.division is None:
        return None
    try:
        wanted = town(mapping.division.place, mapping.places)
    except Unusable as problem:
        raise InvalidInput.at("division.place", f"{mapping.division.place!r} {problem.reason}") from None
    place = await catalog.locate(tx, wanted.name, wanted.region_code, wanted.country_code)
    if place is None:
        raise InvalidInput.at("division.place", f"{mapping.division.place!r} is not a place that the catalogue knows")
    return place


class Towns:
    """The towns that a feed has named so far, so that each is looked up once."""

    def __init__(self, mapping: Mapping) -> None:
        self._area = PlaceReader(mapping.places).area
        self._known: dict[Town, UUID | None] = {}

    async def located(self, tx: Transaction, spots: Iterable[Spot]) -> Located:
        """The places of the spots; one that is named twice counts once. Raises Unusable."""
        found: dict[UUID, Precision] = {}
        for spot in spots:
            place, precision = await self._place(tx, spot)
            if found.get(place) is not Precision.TOWN:
                found[place] = precision
        return Located(
            tuple(place for place, precision in found.items() if precision is Precision.TOWN),
            tuple(place for place, precision in found.items() if precision is Precision.AREA),
        )

    async def _place(self, tx: Transaction, spot: Spot) -> tuple[UUID, Precision]:
        place = await self._look_up(tx, spot.town)
        if place is not None:
            return place, spot.precision
        if self._area is not None and (area := await self._look_up(tx, self._area.town)) is not None:
            return area, Precision.AREA
        town = spot.town
        looked_for = f"{town.name} in {town.region_code}, {town.country_code}"
        raise Unusable(f"is not a place that the catalogue knows (looked for {looked_for})", field="place")

    async def _look_up(self, tx: Transaction, wanted: Town) -> UUID | None:
        if wanted not in self._known:
            place = await catalog.locate(tx, wanted.name, wanted.region_code, wanted.country_code)
            self._known[wanted] = None if place is None else place.id
        return self._known[wanted]


async def prepare(tx: Transaction, row: StatedDeal | Reject, towns: Towns, run: Run) -> ImportedDeal | Reject:
    """The deal of a row, or why there is none."""
    if isinstance(row, Reject):
        return row
    try:
        return imported_deal(row, await towns.located(tx, row.where.spots), run)
    except Unusable as problem:
        value = row.stated_place if problem.field == "place" else problem.value
        return reject(row.line, problem.reason, field=problem.field, value=value)
