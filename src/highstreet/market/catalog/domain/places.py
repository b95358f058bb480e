"""Where things are: places, divisions and points."""

from uuid import UUID

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A city, town or district from GeoNames. Coordinates are WGS 84 degrees."""

    id: UUID
    geoname_id: int
    slug: str
    name: str
    region_code: str
    """GeoNames first-order division: the two-letter state in the United States, elsewhere a code of the country."""
    country_code: str
    latitude: float
    longitude: float
    population: int
    time_zone: str
    currency: str


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """An operating area: a centre place and how far the area reaches from it."""

    id: UUID
    slug: str
    name: str
    place_id: UUID
    latitude: float
    longitude: float
    radius_km: float
