"""Guards on what a request brings along. They are async because the framework runs plain functions in a thread."""

from typing import Any, TypeAlias, cast
from urllib.parse import parse_qsl

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from highstreet.kit.errors import FieldProblem, InvalidInput

Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]
KnownParameters: TypeAlias = dict[tuple[str, str], frozenset[str]]
"""The names of the query parameters of each route template and method."""


async def refuse_unknown_parameters(connection: Connection, _handler: BaseRouteHandler) -> None:
    """The API names each query parameter that it does not know: a misspelt filter must not look like no filter."""
    scope = cast("dict[str, Any]", connection.scope)
    if not scope["path"].startswith("/api/"):
        return
    given = {name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)}
    known = cast("KnownParameters", connection.app.state.query_parameters)
    if unknown := sorted(given - known.get((scope["path_template"], scope["method"]), frozenset())):
        raise InvalidInput(tuple(FieldProblem(name, "is not a parameter of this address") for name in unknown))


def known_parameters(app: Litestar) -> KnownParameters:
    """What handlers declare, themselves or through a dependency."""
    return {
        (route.path_format, method): frozenset(parameter.field_alias for parameter in model.expected_query_params)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (_, model) in route.route_handler_map.items()
    }


async def only_json(connection: Connection, _handler: BaseRouteHandler) -> None:
    """A body that is not declared as JSON answers 415; a form on a foreign page can therefore not send one."""
    declared = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json" and not declared.endswith("+json"):
        raise HTTPException(status_code=415, detail="The body must be application/json")
