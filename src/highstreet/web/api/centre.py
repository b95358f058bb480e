"""Where a reader wants to look: around a place, around a point, or everywhere."""

from msgspec import Struct

from highstreet.discovery.search.service import Point
from highstreet.kit.errors import InvalidInput
from highstreet.web.runtime import Runtime


class Centre(Struct, frozen=True):
    """`currency` is the place's. Both are None where no centre was named."""

    point: Point | None = None
    currency: str | None = None


async def centre_of(runtime: Runtime, place: str | None, lat: float | None, lng: float | None) -> Centre:
    """Raises InvalidInput for half a point, for two centres, and for a place that there is not."""
    if place is not None:
        if lat is not None or lng is not None:
            raise InvalidInput.at("place", "cannot be combined with lat and lng")
        found = await runtime.follower.place(place)
        if found is None:
            raise InvalidInput.at("place", "is not a place; `/api/v1/places` finds them")
        return Centre(Point(found.latitude, found.longitude), found.currency)
    if lat is not None and lng is not None:
        return Centre(Point(lat, lng))
    if lat is not None or lng is not None:
        raise InvalidInput.at("lng" if lng is None else "lat", "is missing; a point needs both")
    return Centre()
