"""`GET /places`."""

from typing import Annotated

import msgspec
from litestar import get
from msgspec import Meta, Struct

from highstreet.kit.database import VISITOR
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import Place
from highstreet.web.answers import Answer
from highstreet.web.api import parameters as given
from highstreet.web.api.answers import answer, reader_of
from highstreet.web.api.documented import INVALID, NOT_MODIFIED, UNAVAILABLE, answers
from highstreet.web.parameters import Parameters, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of


class PlaceView(Struct, frozen=True, kw_only=True):
    """A city, town or district; from GeoNames."""

    slug: Annotated[str, Meta(examples=["chicago-il-us"])]
    name: str
    region_code: str
    region_name: str | None
    country_code: str
    country_name: str
    lat: float
    lng: float
    population: int
    time_zone: str
    currency: Annotated[str, Meta(description="ISO 4217 code of the currency that is used there.")]


class PlaceList(Struct, frozen=True):
    """Places, the most populous first."""

    places: tuple[PlaceView, ...]


class PlacesWanted(Parameters, frozen=True, kw_only=True):
    """What `GET /places` may be asked."""

    q: given.PlaceText = ""
    country: given.CountryCode | None = None
    limit: given.Limit = 10
    lang: given.LanguageCode | None = None


@get(
    "/places",
    operation_id="findPlaces",
    summary="Find places",
    description="Places by name, whether or not there are deals near them.",
    parameters=PlacesWanted,
    responses=answers(PlaceList, "The places.", NOT_MODIFIED, INVALID, UNAVAILABLE),
)
async def find_places(request: HttpRequest) -> Answer:
    wanted, runtime = read_parameters(query_pairs(request), PlacesWanted), runtime_of(request)
    async with runtime.database.transaction(VISITOR) as tx:
        if wanted.q.strip():
            places = await catalog.find_places(tx, wanted.q, country=wanted.country, limit=wanted.limit)
        else:
            places = await catalog.largest_places(tx, country=wanted.country, limit=wanted.limit)
    body = msgspec.json.encode(PlaceList(tuple(map(_view, places))))
    return answer(request, reader_of(request, runtime, wanted.lang), body)


def _view(place: Place) -> PlaceView:
    return PlaceView(
        slug=place.slug,
        name=place.name,
        region_code=place.region_code,
        region_name=place.region_name,
        country_code=place.country_code,
        country_name=place.country_name,
        lat=place.latitude,
        lng=place.longitude,
        population=place.population,
        time_zone=place.time_zone,
        currency=place.currency,
    )
