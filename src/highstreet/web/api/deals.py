"""`GET /deals` and `GET /deals/{id}`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import PathParameter
from msgspec import Meta, Struct

from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import Correction, FacetCount, Generation, SearchQuery, Sort
from highstreet.kit.database import VISITOR
from highstreet.kit.errors import InvalidInput, NotFound, Unavailable
from highstreet.market.catalog import service as catalog
from highstreet.web.addresses import with_query
from highstreet.web.answers import Answer
from highstreet.web.api import parameters as given
from highstreet.web.api.answers import Reader, answer, answer_tagged, reader_of
from highstreet.web.api.centre import Centre, centre_of
from highstreet.web.api.documented import INVALID, MOVED, NOT_FOUND, NOT_MODIFIED, UNAVAILABLE, answers
from highstreet.web.api.found import FoundPage, write_page
from highstreet.web.api.views import DealView, FoundDealView, view_deal
from highstreet.web.headers import header
from highstreet.web.parameters import Parameters, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import moved
from highstreet.web.runtime import Runtime, runtime_of
from highstreet.web.security import origin_of

DEFAULT_RADIUS_KM = 25.0


class Facets(Struct, frozen=True):
    """How many results choosing a value would give, all other filters kept. Those of none are left out."""

    category: Annotated[tuple[FacetCount, ...], Meta(description="By slug, each with what lies below it.")]
    price: Annotated[tuple[FacetCount, ...], Meta(description="By band, such as `2000-4999`, both bounds included.")]
    discount: Annotated[tuple[FacetCount, ...], Meta(description="By least discount: `30` is 30 % or more.")]
    distance: Annotated[
        tuple[FacetCount, ...],
        Meta(description="By kilometres: `5` is within 5 km, inside the radius that was asked for."),
    ]
    day: Annotated[tuple[FacetCount, ...], Meta(description="By weekday on which it can be used; Monday is `1`.")]
    usable_today: Annotated[tuple[FacetCount, ...], Meta(description="`true`: can be used today, where it is.")]
    new_merchant: Annotated[tuple[FacetCount, ...], Meta(description="`true`: the merchant came here lately.")]


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
            description="When nothing was found: by the name of a filter, how many results leaving it out would give; "
            "`radius_km`: how many are within 100 km."
        ),
    ]
    words: Annotated[int, Meta(description="How many words, or things said in several words, `q` asks for.")]
    words_met: Annotated[
        int, Meta(description="How many of them each result has at least; fewer than all where few deals have all.")
    ]
    corrected: Annotated[
        tuple[Correction, ...], Meta(description="Words that no deal has, each with what was looked for instead.")
    ]
    instead: Annotated[
        tuple[Correction, ...],
        Meta(description="When nothing was found: words that some deal has, each with a much commoner one."),
    ]
    took_ms: Annotated[float, Meta(description="Time that the search took, in milliseconds.")]


class DealsWanted(Parameters, frozen=True, kw_only=True):
    """What `GET /deals` may be asked."""

    q: given.Words = ""
    place: given.PlaceSlug | None = None
    lat: given.Latitude | None = None
    lng: given.Longitude | None = None
    radius_km: given.Radius | None = None
    category: given.CategorySlug | None = None
    min_price: given.LeastPrice | None = None
    max_price: given.MostPrice | None = None
    currency: given.Currency | None = None
    min_discount: given.Percent | None = None
    ends_after: given.Earliest | None = None
    ends_before: given.Latest | None = None
    day: given.Weekdays | None = None
    usable_today: given.UsableToday = False
    new_merchant: given.NewMerchant = False
    sort: given.Order = Sort.RELEVANCE
    limit: given.Limit = 24
    cursor: given.Cursor | None = None
    why: given.WithWhy = False
    lang: given.LanguageCode | None = None


@get(
    "/deals",
    operation_id="findDeals",
    summary="Find deals",
    description="Deals that can be had now, near a place or point, with all the words and filters given. A deal with "
    "several locations is one result, at its nearest; one that holds in a whole area is found from anywhere within it, "
    "an online one from everywhere.",
    parameters=DealsWanted,
    responses=answers(DealPage, "A page of results.", NOT_MODIFIED, INVALID, UNAVAILABLE),
)
async def find_deals(request: HttpRequest) -> Answer:
    runtime = runtime_of(request)
    index, now = current_index(runtime), runtime.clock.now()
    answers = runtime.moment.answers(index, now)
    asker = (header(request, b"accept-language"), origin_of(request, runtime.settings))
    key = ("json", request.scope["query_string"], *asker)
    page: _Page | None = answers.get(key)
    if page is None:
        page = await _found(request, runtime, index, now)
        answers.put(key, page, len(page.found.body))
    return answer_tagged(request, page.reader, page.found.body, page.found.tag, weak=True, link=page.link)


class _Page(NamedTuple):
    found: FoundPage
    reader: Reader
    link: str | None


async def _found(request: HttpRequest, runtime: Runtime, index: Generation, now: datetime) -> _Page:
    pairs = query_pairs(request)
    wanted = read_parameters(pairs, DealsWanted)
    centre = await _centre(runtime, wanted)
    if wanted.category is not None and index.categories.by_slug(wanted.category) is None:
        raise InvalidInput.at("category", "is not a category; `/api/v1/categories` lists them")
    query = _query(wanted, centre, now)
    result = search.find(index, query)
    if not result.total:
        result = msgspec.structs.replace(result, relaxed=result.relaxed | search.widened(index, query))
    reader = reader_of(request, runtime, wanted.lang)
    link = None if result.next_cursor is None else _next(request, pairs, result.next_cursor)
    return _Page(write_page(runtime.shelf, index, result, reader, now), reader, link)


@get(
    "/deals/{deal_id:uuid}",
    operation_id="getDeal",
    summary="Read a deal",
    description="A deal that has a public page: also one that is sold out or has ended, as its `state` says. Of a deal "
    "that was merged into another one because both are the same, the answer leads to the one that stays.",
    parameters=given.InLanguage,
    responses=answers(DealView, "The deal.", NOT_MODIFIED, MOVED, NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_deal(
    request: HttpRequest, deal_id: Annotated[UUID, PathParameter(description="The deal's `id`.")]
) -> Answer:
    wanted, runtime = read_parameters(query_pairs(request), given.InLanguage), runtime_of(request)
    async with runtime.database.transaction(VISITOR) as tx:
        deal = await catalog.published_deal(tx, deal_id) or await catalog.surviving_deal(tx, deal_id)
    if deal is None:
        raise NotFound("There is no such deal, or none that is public")
    if deal.id != deal_id:
        collection, _, _ = request.scope["path"].rpartition("/")
        return moved(with_query(f"{collection}/{deal.id}", {"lang": wanted.lang} if wanted.lang is not None else {}))
    reader = reader_of(request, runtime, wanted.lang)
    view = view_deal(deal, reader, current_index(runtime).categories, runtime.clock.now())
    return answer(request, reader, msgspec.json.encode(view))


def current_index(runtime: Runtime) -> Generation:
    if not runtime.follower.ready:
        raise Unavailable("The search index is still loading", retry_after=1)
    return runtime.follower.index


async def _centre(runtime: Runtime, wanted: DealsWanted) -> Centre:
    if wanted.radius_km is not None and (wanted.place, wanted.lat, wanted.lng) == (None, None, None):
        raise InvalidInput.at("radius_km", "needs a place, or lat and lng")
    return await centre_of(runtime, wanted.place, wanted.lat, wanted.lng)


def _query(wanted: DealsWanted, centre: Centre, now: datetime) -> SearchQuery:
    return SearchQuery(
        at=now,
        text=wanted.q,
        centre=centre.point,
        radius_km=DEFAULT_RADIUS_KM if wanted.radius_km is None else wanted.radius_km,
        category=wanted.category,
        min_price_minor=wanted.min_price,
        max_price_minor=wanted.max_price,
        currency=wanted.currency or centre.currency,
        min_discount=wanted.min_discount,
        ends_after=given.instant("ends_after", wanted.ends_after),
        ends_before=given.instant("ends_before", wanted.ends_before),
        days=tuple(sorted({int(day) for day in wanted.day.split(",")})) if wanted.day else (),
        usable_today=wanted.usable_today,
        new_merchant=wanted.new_merchant,
        sort=wanted.sort,
        limit=wanted.limit,
        cursor=wanted.cursor,
        explain=wanted.why,
    )


def _next(request: HttpRequest, pairs: Sequence[tuple[str, str]], cursor: str) -> str:
    kept = [(name, value) for name, value in pairs if name != "cursor"]
    return f'<{request.scope["path"]}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
