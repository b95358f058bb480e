"""A visitor's own position, where they ask for deals near it: part of one address, and kept nowhere."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from highstreet.discovery.search.service import Point
from highstreet.kit.errors import InvalidInput
from highstreet.web.i18n import Language
from highstreet.web.parameters import Parameters, read_parameters

NAMES: Final = ("lat", "lng")
_DECIMALS: Final = 3
"""Of a degree: about 100 m, which is near enough to find a deal by and too coarse to tell a house."""


class _Position(Parameters, frozen=True, kw_only=True):
    place: str | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lng: Annotated[float, Meta(ge=-180, le=180)] | None = None


def read_point(params: Mapping[str, str]) -> Point | None:
    """The position that an address names, made coarse; None where it names none.

    Raises InvalidInput for half a position, for one that is not on Earth, and for one beside a place.
    """
    given = [(name, params[name].strip()) for name in ("place", *NAMES) if params.get(name, "").strip()]
    asked = read_parameters(given, _Position)
    if asked.lat is None and asked.lng is None:
        return None
    if asked.lat is None or asked.lng is None:
        raise InvalidInput.at("lng" if asked.lng is None else "lat", "is missing; a position needs both")
    if asked.place is not None:
        raise InvalidInput.at("place", "cannot be combined with lat and lng")
    return Point(round(asked.lat, _DECIMALS), round(asked.lng, _DECIMALS))


def point_params(point: Point) -> dict[str, str]:
    """The position as it stands in an address."""
    return {"lat": f"{point.latitude:.{_DECIMALS}f}", "lng": f"{point.longitude:.{_DECIMALS}f}"}


def called(language: Language) -> str:
    """What stands for the position where the name of a town would stand."""
    return language.translate("Near you")
