"""What every request passes through, outside the framework so that its own refusals pass through it too.

From the outside in: who is asking (`proxies`), the trace, the line in the log and the figures, the host, HEAD as GET
without its body, the headers that every answer carries.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Any, cast

import structlog
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from highstreet.kit import tracing
from highstreet.kit.metrics import REQUEST_SECONDS
from highstreet.kit.tracing import Span
from highstreet.web.problems import PROBLEM_JSON, Fault, encode_problem
from highstreet.web.proxies import Arrival, Headers, networks, resolve
from highstreet.web.runtime import Runtime
from highstreet.web.security import accepted_hosts, security_headers

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROBED_BY_ADDRESS = ("/health/", "/metrics")
"""Asked for by machines of the operator, which know an address and no name."""

_log = structlog.stdlib.get_logger("highstreet.request")


@dataclass(slots=True)
class _Answered:
    """What is known of an answer once it has left."""

    status: int = 0
    size: int = 0


def surround(inner: ASGIApp, runtime: Runtime) -> ASGIApp:
    """`inner` with all of the above around it."""
    trusted = networks(runtime.settings.trusted_proxies)
    hosts = accepted_hosts(runtime.settings)
    common = dict(security_headers(runtime.settings))

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        arrival = resolve(scope, trusted)
        if _is_traced(scope):
            with tracing.request(_method(scope), arrival.traceparent) as span:
                await answer(arrival, receive, send, span)
        else:
            await answer(arrival, receive, send)

    async def answer(arrival: Arrival, receive: Receive, send: Send, span: Span | None = None) -> None:
        began = time.perf_counter()
        resolved, request_id = arrival.scope, arrival.request_id or _new_id(arrival, runtime.rng)
        state: dict[str, Any] = resolved["state"]
        state["request_id"] = request_id
        answered = _Answered()
        extra = {b"x-request-id": request_id.encode("ascii"), **common}

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                message["headers"] = _completed(message["headers"], extra, last=runtime.lifecycle.draining)
            elif message["type"] == "http.response.body":
                answered.size += len(message["body"])
            await send(message)

        # HEAD is answered as GET is; the server keeps the body to itself.
        inward: HTTPScope = {**resolved, "method": "GET"} if resolved["method"] == "HEAD" else resolved
        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            if hosts is not None and not _is_accepted(inward, hosts):
                await _refuse_host(inward, receive, dressed, request_id)
            else:
                await inner(inward, receive, dressed)
        finally:
            _record(resolved, inward, answered, time.perf_counter() - began)
            if span is not None:
                _describe(span, resolved, inward, answered, request_id)
            structlog.contextvars.reset_contextvars(**bound)

    return outer


def _is_traced(scope: HTTPScope) -> bool:
    return tracing.is_exported() and not scope["path"].startswith(_PROBED_BY_ADDRESS)


def _new_id(arrival: Arrival, rng: Random) -> str:
    """The id of the trace that began with this request, so that one word finds all; else a number of its own."""
    here = tracing.ids()
    return here[0] if here and not arrival.traceparent else f"{rng.getrandbits(128):032x}"


def _completed(headers: Iterable[tuple[bytes, bytes]], extra: dict[bytes, bytes], *, last: bool) -> Headers:
    """What a handler said, and of `extra` what it did not say; `extra` is used up. After the `last` comes no other."""
    if last:
        extra[b"connection"] = b"close"
    given = list(headers)
    for name, _ in given:
        extra.pop(name, None)
    return [*given, *extra.items()]


def _is_accepted(scope: HTTPScope, hosts: frozenset[str]) -> bool:
    if scope["path"].startswith(_PROBED_BY_ADDRESS):
        return True
    return any(name == b"host" and value.decode("latin-1").lower() in hosts for name, value in scope["headers"])


async def _refuse_host(scope: HTTPScope, receive: Receive, send: Send, request_id: str) -> None:
    fault = Fault(421, "This marketplace does not answer to the host name of the request")
    response = ASGIResponse(body=encode_problem(fault, request_id), status_code=421, media_type=PROBLEM_JSON)
    await response(scope, receive, send)


def _record(asked: HTTPScope, inward: HTTPScope, answered: _Answered, seconds: float) -> None:
    """One line and one observation a request. The route is a template: paths and queries may be personal."""
    method, route, status = _method(asked), _route(inward), answered.status
    REQUEST_SECONDS.labels(route, method, f"{status // 100}xx" if status else "aborted").observe(seconds)
    _log.info(
        "request",
        method=method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 2),
        bytes=answered.size,
        actor=str(inward["state"].get("actor", "visitor")),
    )


def _describe(span: Span, asked: HTTPScope, inward: HTTPScope, answered: _Answered, request_id: str) -> None:
    """What a trace tells of a request, named as OpenTelemetry names it; of its address no more than the template."""
    route = _route(inward)
    span.rename(f"{_method(asked)} {route}")
    span.note("http.route", route)
    span.note("url.scheme", asked["scheme"])
    span.note("highstreet.request_id", request_id)
    if answered.status:
        span.note("http.response.status_code", answered.status)
    if answered.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not answered.status:
        span.fail(str(answered.status or "aborted"))


def _method(asked: HTTPScope) -> str:
    return asked["method"] if asked["method"] in _METHODS else "other"


def _route(inward: HTTPScope) -> str:
    return str(cast("dict[str, Any]", inward).get("path_template") or "unmatched")
