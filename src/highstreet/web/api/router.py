"""Every address of the API."""

from collections.abc import Mapping

from litestar import Response, Router
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from highstreet.web.api.reference import OPERATIONS, PREFIX, openapi_document, reference_page


def api_router() -> Router:
    operations = [*OPERATIONS, openapi_document, reference_page]
    methods: dict[str, set[str]] = {}
    for handler in operations:
        (path,) = handler.paths
        methods.setdefault(path, {"OPTIONS"}).update(handler.http_methods)
    # First, since the framework makes one for the first handler of an address, which knows of no later one.
    tellers = [_teller(path, known) for path, known in methods.items()]
    return Router(PREFIX, route_handlers=[*tellers, *operations])


def _teller(path: str, methods: set[str]) -> HTTPRouteHandler:
    """Answers OPTIONS with the methods of an address, HEAD among them wherever GET is."""
    allow: Mapping[str, str] = {"allow": ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))}

    async def tell() -> Response[None]:
        return Response(None, status_code=204, headers=allow)

    return HTTPRouteHandler(path, http_method=[HttpMethod.OPTIONS], include_in_schema=False)(tell)
