"""Every address of the API."""

from litestar import Router

from highstreet.web.api.reference import OPERATIONS, PREFIX, openapi_document, reference_page


def api_router() -> Router:
    return Router(PREFIX, route_handlers=[*OPERATIONS, openapi_document, reference_page])
