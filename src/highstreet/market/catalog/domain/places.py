"""Where things are: places, divisions and points."""

from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.market.catalog.domain import prefectures
from highstreet.market.catalog.domain.names import fold, fold_prefixes, slugify

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
    """The name of the region where we know it: the states of the United States and the prefectures of Japan."""
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
        region = "" if self.region_code == "00" else slugify(self.region_code, "")
        parts = (slugify(self.name, str(self.geoname_id)), region, self.country_code.lower())
        return "-".join([part for part in parts if part])

    def folded_names(self) -> set[str]:
        """Every spelling under which the place can be found."""
        return {fold(name) for name in (self.name, *self.alternate_names)} - {""}


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


MAIN_NAME_WEIGHT = 1000
OTHER_NAME_WEIGHT = 20
MAIN_PREFIX_WEIGHT = 10
"""How much bigger a place seems that is called exactly what was asked for, by its own name or by another one, or whose
own name begins so, next to one of whose other names begins so."""

_COUNTRIES = {"usa": "us", "america": "us", "uk": "gb", "britain": "gb", "england": "gb", "日本": "jp"}
_COMMAS = str.maketrans("\uff0c\u3001", ",,")


class PlaceQuestion(msgspec.Struct, frozen=True):
    """What somebody asks for by `Chicago, IL`: spellings of a name, and what has to hold of its region or country."""

    exact: str
    prefixes: tuple[str, ...]
    within: tuple[str, ...]


def ask(text: str) -> tuple[PlaceQuestion, ...]:
    """Read a question for a place, in the likeliest way first; empty when there is no name in it."""
    stated, *parts = text.translate(_COMMAS).split(",")
    name, prefecture = prefectures.in_prefecture(fold(stated))
    within = [_region(fold(part)) for part in parts] + ([fold(prefecture.name)] if prefecture else [])
    typed = fold_prefixes(name if prefecture else stated)
    if not typed:
        return ()
    asked = PlaceQuestion(name, typed, tuple(part for part in within if part))
    return (asked, *(msgspec.structs.replace(asked, exact=other, prefixes=(other,)) for other in spellings(name)[1:]))


def spellings(name: str) -> tuple[str, ...]:
    """A name folded, and without the kind of place that Japanese writes at its end; empty when there is no name."""
    folded = fold(name)
    return tuple(spelling for spelling in (folded, prefectures.without_kind(folded)) if spelling)


def _region(folded: str) -> str:
    """A region or country as the catalogue calls it."""
    prefecture = prefectures.by_native_name(folded)
    return fold(prefecture.name) if prefecture else _COUNTRIES.get(folded, folded)
