"""Where things are: places, divisions and points."""

from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.market.catalog.domain.names import fold, slugify

MAX_RADIUS_KM = 500.0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A city, town or district from GeoNames. Coordinates are WGS 84 degrees."""

    id: UUID
    geoname_id: int
    slug: str
    name: str
    region_code: str
    """GeoNames first-order division: the two-letter state in the United States, elsewhere a code of the country."""
    region_name: str | None = None
    """The name of the region where we know it: the states of the United States."""
    country_code: str
    country_name: str = ""
    latitude: float
    longitude: float
    population: int
    time_zone: str
    currency: str


class PlaceRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A place as a gazetteer states it, before it has an id and a slug of ours."""

    geoname_id: int
    name: str
    region_code: str
    region_name: str | None
    country_code: str
    country_name: str
    latitude: float
    longitude: float
    population: int
    time_zone: str
    currency: str
    alternate_names: tuple[str, ...] = ()

    def slug(self) -> str:
        """`chicago-il-us`: what the place is called in addresses as long as no bigger place took it."""
        parts = (self.name, self.region_code if self.region_code != "00" else "", self.country_code)
        return "-".join(slugify(part, str(self.geoname_id)) for part in parts if part)

    def folded_names(self) -> set[str]:
        """Every spelling under which the place can be found."""
        return {folded for name in (self.name, *self.alternate_names) if (folded := fold(name))}


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """An operating area: a centre place and how far the area reaches from it."""

    id: UUID
    slug: str
    name: str
    place_id: UUID
    latitude: float
    longitude: float
    radius_km: float


class DivisionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A division to be made or changed. Its slug is its identity; its centre is the place's own."""

    slug: str
    name: str
    place_id: UUID
    radius_km: float


def check_division(draft: DivisionDraft) -> None:
    """Raise InvalidInput unless the draft can be a division."""
    problems: list[FieldProblem] = []
    if draft.slug != slugify(draft.slug, ""):
        problems.append(FieldProblem("slug", "a slug has lower-case letters, digits and hyphens only"))
    if not draft.name.strip():
        problems.append(FieldProblem("name", "a division needs a name"))
    if not 0 < draft.radius_km <= MAX_RADIUS_KM:
        problems.append(FieldProblem("radius_km", f"a radius is above 0 and at most {MAX_RADIUS_KM:g} km"))
    if problems:
        raise InvalidInput(tuple(problems))


def assign_slugs(wanted: Iterable[tuple[str, int, int]], taken: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Give each place its slug: pairs of geoname id and slug for rows of (slug, population, geoname id).

    Of several places that want one slug the most populous has it, then the lowest geoname id; the others carry their
    geoname id behind it. `taken` maps the slugs already in use to their places, which keep them for ever.
    """
    holders = dict(taken)
    kept = {geoname_id: slug for slug, geoname_id in taken.items()}
    for slug, _, geoname_id in sorted(wanted, key=lambda row: (-row[1], row[2])):
        if geoname_id in kept:
            yield geoname_id, kept[geoname_id]
        else:
            own = slug if holders.setdefault(slug, geoname_id) == geoname_id else f"{slug}-{geoname_id}"
            yield geoname_id, own
