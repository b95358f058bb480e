"""What goes wrong, as an answer: `application/problem+json` (RFC 9457) for programs, a page for people.

A program is whoever asks below `/api`, `/health`, `/metrics`, `/webhooks`, `/_test` and the sandbox's API, or accepts
JSON and not HTML.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias, cast

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from highstreet.kit import errors
from highstreet.kit.errors import FieldProblem
from highstreet.market.orders.domain.orders import SoldOut

HttpRequest: TypeAlias = Request[Any, Any, Any]

PROBLEM_JSON = "application/problem+json"
_PROGRAM_PATHS = ("/api/", "/health/", "/metrics", "/webhooks/", "/_test/", "/_psp/v1/", "/_psp/control")
_OUR_FAULT = "Something went wrong on our side and was recorded; nothing of the request was kept"

_STATUS: Mapping[type[errors.HighstreetError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
_DETAILS = {
    400: "The request cannot be read: its body, its parameters or a header is malformed",
    404: "There is nothing at this address",
    405: "This address does not answer to this method",
    413: "The body is larger than this address takes",
    415: "The body is not of a type that this address takes",
}

_log = structlog.stdlib.get_logger(__name__)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an error. `errors` names each field that cannot be used; `request_id` finds the lines in the log.

    `remaining` is how many are left where more were wanted.
    """

    status: int
    title: str
    detail: str
    type: str = "about:blank"
    request_id: str | None = None
    remaining: int | None = None
    errors: tuple[FieldProblem, ...] = ()


class Fault(msgspec.Struct, frozen=True):
    """An exception as HTTP sees it."""

    status: int
    detail: str
    fields: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] = {}
    remaining: int | None = None


def encode_problem(fault: Fault, request_id: str | None) -> bytes:
    """The body for a program."""
    problem = Problem(
        status=fault.status,
        title=HTTPStatus(fault.status).phrase,
        detail=fault.detail,
        request_id=request_id,
        remaining=fault.remaining,
        errors=fault.fields,
    )
    return msgspec.json.encode(problem)


def _problem(fault: Fault, request_id: str | None) -> Response[bytes]:
    return Response(
        encode_problem(fault, request_id),
        status_code=fault.status,
        headers={**fault.headers, "cache-control": "no-store"},
        media_type=PROBLEM_JSON,
    )


ErrorPage: TypeAlias = Callable[[HttpRequest, Fault, str | None], Response[Any]]
"""Makes the page for people, from the fault and the request's id. A face has it, so it is handed in."""


def answer(page: ErrorPage) -> Callable[[HttpRequest, Exception], Response[Any]]:
    """The exception handler of the whole application."""

    def handle(request: HttpRequest, error: Exception) -> Response[Any]:
        fault = describe(error)
        if fault.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("request failed", exc_info=error)
        request_id = cast("str | None", request.scope["state"].get("request_id"))
        if not wants_json(request):
            try:
                return page(request, fault, request_id)
            except Exception as broken:  # noqa: BLE001 - the page may be what fails; then plain words must do
                _log.error("error page failed", exc_info=broken)
        return _problem(fault, request_id)

    return handle


def wants_json(request: HttpRequest) -> bool:
    path = request.scope["path"]
    if path == "/api" or path.startswith(_PROGRAM_PATHS):
        return True
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "html" not in accepted


def describe(error: Exception) -> Fault:
    """What to tell the caller. Errors of our own tree speak for themselves; the rest say no more than they must."""
    match error:
        case errors.InvalidInput():
            return Fault(422, "The request cannot be used; `errors` says why, field by field", error.problems)
        case errors.HighstreetError() if status := _status(error):
            left = error.remaining if isinstance(error, SoldOut) else None
            return Fault(status, str(error), headers=_headers(error), remaining=left)
        case ValidationException():
            return describe(errors.InvalidInput(_fields(error)))
        case SerializationException():
            return Fault(400, _DETAILS[400])
        case HTTPException():
            return _describe_http(error)
        case _:
            return Fault(500, _OUR_FAULT)


def _status(error: errors.HighstreetError) -> int | None:
    """That of its kind, or of the kind that it is one of."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), None)


def _headers(error: errors.HighstreetError) -> Mapping[str, str]:
    match error:
        case errors.Overloaded():
            return {"retry-after": str(error.retry_after)}
        case errors.Unauthenticated():
            return {"www-authenticate": "Bearer"}
        case _:
            return {}


def _describe_http(error: HTTPException) -> Fault:
    status = error.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Fault(500, _OUR_FAULT)
    return Fault(status, _DETAILS.get(status, HTTPStatus(status).description), headers=_allowed(error))


def _allowed(error: HTTPException) -> Mapping[str, str]:
    """The methods that an address has, HEAD among them wherever GET is."""
    allow = (error.headers or {}).get("allow")
    if allow is None:
        return {}
    methods = set(allow.split(", "))
    return {"allow": ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))}


def _fields(error: ValidationException) -> tuple[FieldProblem, ...]:
    """The fields that Litestar's own validation names."""
    extra: Any = error.extra
    messages = cast("list[dict[str, str]]", extra) if isinstance(extra, list) else []
    # Litestar calls a whole body `data`, after the argument that receives it.
    found = [
        FieldProblem("body" if (key := message.get("key") or "data") == "data" else key, message["message"])
        for message in messages
    ]
    return tuple(found) or (FieldProblem("body", "cannot be used"),)
