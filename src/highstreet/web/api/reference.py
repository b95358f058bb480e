"""The API's own description: the OpenAPI document, and a page that shows it to people."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from highstreet.web import i18n, templating
from highstreet.web.answers import Answer
from highstreet.web.api import (
    accounts,
    bookings,
    books,
    capacity,
    devices,
    document,
    guests,
    keys,
    orders,
    promotions,
    quotes,
    redemptions,
    security,
    signing_in,
    staff,
    statements,
    vouchers,
)
from highstreet.web.api.answers import answer, reader_of
from highstreet.web.api.categories import list_categories
from highstreet.web.api.deals import find_deals, get_deal
from highstreet.web.api.places import find_places
from highstreet.web.api.suggestions import suggest
from highstreet.web.parameters import Parameters, query_pairs, read_parameters
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import runtime_of

PREFIX = "/api/v1"
OPERATIONS: Sequence[HTTPRouteHandler] = (
    find_deals,
    get_deal,
    suggest,
    find_places,
    list_categories,
    *signing_in.OPERATIONS,
    *security.OPERATIONS,
    *accounts.OPERATIONS,
    *keys.OPERATIONS,
    *staff.OPERATIONS,
    *guests.OPERATIONS,
    *quotes.OPERATIONS,
    *orders.OPERATIONS,
    *promotions.OPERATIONS,
    *vouchers.OPERATIONS,
    *redemptions.OPERATIONS,
    *devices.OPERATIONS,
    *statements.OPERATIONS,
    *books.OPERATIONS,
    *bookings.OPERATIONS,
    *capacity.OPERATIONS,
)


@cache
def openapi() -> dict[str, Any]:
    """The document. Built once a process."""
    return document.build(OPERATIONS, PREFIX)


@cache
def openapi_json() -> bytes:
    """The document as it is served and kept in `docs/openapi.json`."""
    return msgspec.json.format(msgspec.json.encode(openapi()), indent=2) + b"\n"


@get("/openapi.json", include_in_schema=False)
async def openapi_document(request: HttpRequest) -> Answer:
    read_parameters(query_pairs(request), Parameters)
    return answer(request, reader_of(request, runtime_of(request), "en"), openapi_json())


@get("/docs", include_in_schema=False)
async def reference_page(request: HttpRequest) -> Response[str]:
    """Shows the document with nothing but this site's own style sheet; there is no script to run."""
    read_parameters(query_pairs(request), Parameters)
    page = templating.render(i18n.languages()[0], "api_docs.html", {"api": openapi()})
    return Response(page, media_type=MediaType.HTML, headers={"cache-control": "no-cache"})
