"""`GET /deals` and `GET /deals/{id}`."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter
from msgspec import Meta, Struct

from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import FacetCount, Point, SearchIndex, SearchQuery, SearchResult, Sort
from highstreet.kit.database import VISITOR
from highstreet.kit.errors import InvalidInput, NotFound, Unavailable
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import Place
from highstreet.web.addresses import with_query
from highstreet.web.api import parameters as given
from highstreet.web.api.answers import answer, reader_of
from highstreet.web.api.documented import INVALID, MOVED, NOT_FOUND, NOT_MODIFIED, UNAVAILABLE, answers
from highstreet.web.api.views import DealView, FoundDealView, view_deal, view_hit
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import moved
from highstreet.web.runtime import Runtime

DEFAULT_RADIUS_KM = 25.0


class Facets(Struct, frozen=True):
    """How many results choosing a value would give, all other filters kept. Those of none are left out."""

    category: Annotated[tuple[FacetCount, ...], Meta(description="By slug, each with what lies below it.")]
    price: Annotated[tuple[FacetCount, ...], Meta(description="By band, such as `2000-4999`, both bounds included.")]
    discount: Annotated[tuple[FacetCount, ...], Meta(description="By least discount: `30` is 30 % or more.")]


class DealPage(Struct, frozen=True, kw_only=True):
    """One page of results, and what holds for all of them."""

    deals: tuple[FoundDealView, ...]
    total: Annotated[int, Meta(description="All results, on all pages.")]
    facets: Facets
    currency: Annotated[str | None, Meta(description="What price filter, order and bands are in.", examples=["USD"])]
    next_cursor: Annotated[str | None, Meta(description="Null on the last page.")]
    relaxed: Annotated[
        dict[str, int],
        Meta(
            description="When nothing was found: by the name of a filter, how many results leaving it out would give."
        ),
    ]
    took_ms: Annotated[float, Meta(description="Time that the search took, in milliseconds.")]


@get(
    "/deals",
    operation_id="findDeals",
    summary="Find deals",
    description="Deals that can be had now, near a place or point, with all the words and filters given. A deal with "
    "several locations is one result, at its nearest; one that holds in a whole area is found from anywhere within it, "
    "an online one from everywhere.",
    responses=answers(DealPage, "A page of results.", NOT_MODIFIED, INVALID, UNAVAILABLE),
)
async def find_deals(  # noqa: PLR0913, PLR0917 -- one for each parameter of the address
    request: HttpRequest,
    runtime: NamedDependency[Runtime],
    q: given.Words = "",
    place: given.PlaceSlug = None,
    lat: given.Latitude = None,
    lng: given.Longitude = None,
    radius_km: given.Radius = None,
    category: given.CategorySlug = None,
    min_price: given.LeastPrice = None,
    max_price: given.MostPrice = None,
    currency: given.Currency = None,
    min_discount: given.Percent = None,
    ends_after: given.Earliest = None,
    ends_before: given.Latest = None,
    sort: given.Order = Sort.RELEVANCE,
    limit: given.Limit = 24,
    cursor: given.Cursor = None,
    why: given.WithWhy = False,  # noqa: FBT002 -- a parameter of an address has a name wherever it is given
    lang: given.LanguageCode = None,
) -> Response[bytes]:
    index = current_index(runtime)
    centre = await _centre(runtime, place, lat, lng, radius_km)
    if category is not None and index.categories.by_slug(category) is None:
        raise InvalidInput.at("category", "is not a category; `/api/v1/categories` lists them")
    now = runtime.clock.now()
    result = search.find(
        index,
        SearchQuery(
            at=now,
            text=q,
            centre=centre.point,
            radius_km=DEFAULT_RADIUS_KM if radius_km is None else radius_km,
            category=category,
            min_price_minor=min_price,
            max_price_minor=max_price,
            currency=currency or centre.currency,
            min_discount=min_discount,
            ends_after=given.instant("ends_after", ends_after),
            ends_before=given.instant("ends_before", ends_before),
            sort=sort,
            limit=limit,
            cursor=cursor,
            explain=why,
        ),
    )
    return _page(request, runtime, index, result, now, lang)


@get(
    "/deals/{deal_id:uuid}",
    operation_id="getDeal",
    summary="Read a deal",
    description="A deal that has a public page: also one that is sold out or has ended, as its `state` says. Of a deal "
    "that was merged into another one because both are the same, the answer leads to the one that stays.",
    responses=answers(DealView, "The deal.", NOT_MODIFIED, MOVED, NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_deal(
    request: HttpRequest,
    runtime: NamedDependency[Runtime],
    deal_id: Annotated[UUID, PathParameter(description="The deal's `id`.")],
    lang: given.LanguageCode = None,
) -> Response[bytes] | Response[None]:
    async with runtime.database.transaction(VISITOR) as tx:
        deal = await catalog.published_deal(tx, deal_id) or await catalog.surviving_deal(tx, deal_id)
    if deal is None:
        raise NotFound("There is no such deal, or none that is public")
    if deal.id != deal_id:
        collection, _, _ = request.url.path.rpartition("/")
        return moved(with_query(f"{collection}/{deal.id}", {"lang": lang} if lang is not None else {}))
    reader = reader_of(request, runtime, lang)
    view = view_deal(deal, reader, current_index(runtime).categories, runtime.clock.now())
    return answer(request, reader, msgspec.json.encode(view))


class _Centre(Struct, frozen=True):
    point: Point | None = None
    currency: str | None = None


def current_index(runtime: Runtime) -> SearchIndex:
    if not runtime.follower.ready:
        raise Unavailable("The search index is still loading", retry_after=1)
    return runtime.follower.index


async def _centre(
    runtime: Runtime, slug: str | None, lat: float | None, lng: float | None, radius_km: float | None
) -> _Centre:
    """Where to search around, and the currency of the place. Raises InvalidInput for half a point, or two centres."""
    if slug is not None:
        if lat is not None or lng is not None:
            raise InvalidInput.at("place", "cannot be combined with lat and lng")
        return _around(await runtime.follower.place(slug))
    if lat is not None and lng is not None:
        return _Centre(Point(lat, lng))
    if lat is not None or lng is not None:
        raise InvalidInput.at("lng" if lng is None else "lat", "is missing; a point needs both")
    if radius_km is not None:
        raise InvalidInput.at("radius_km", "needs a place, or lat and lng")
    return _Centre()


def _around(place: Place | None) -> _Centre:
    if place is None:
        raise InvalidInput.at("place", "is not a place; `/api/v1/places` finds them")
    return _Centre(Point(place.latitude, place.longitude), place.currency)


def _page(
    request: HttpRequest, runtime: Runtime, index: SearchIndex, result: SearchResult, now: datetime, lang: str | None
) -> Response[bytes]:
    reader = reader_of(request, runtime, lang)
    page = DealPage(
        deals=tuple(view_hit(hit, reader, index.categories, now) for hit in result.hits),
        total=result.total,
        facets=Facets(**result.facets),
        currency=result.currency,
        next_cursor=result.next_cursor,
        relaxed=result.relaxed,
        took_ms=0,
    )
    headers: dict[str, str] = {}
    if result.next_cursor is not None:
        given = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        headers["link"] = f'<{request.url.path}?{urlencode([*given, ("cursor", result.next_cursor)])}>; rel="next"'
    # Scores fade and a cursor names its instant: what differs by that alone is still the same answer.
    timeless = msgspec.structs.replace(
        page,
        deals=tuple(msgspec.structs.replace(deal, score=0.0, why=None) for deal in page.deals),
        next_cursor=None if page.next_cursor is None else "",
    )
    same_as = msgspec.json.encode(timeless)
    body = msgspec.json.encode(msgspec.structs.replace(page, took_ms=result.took_ms))
    return answer(request, reader, body, same_as=same_as, headers=headers)
