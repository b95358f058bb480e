"""The OpenAPI document, read off the handlers and the types of their answers, so that it cannot say anything else.

A handler says with `sent` which body it takes, and with `asks_who` how it knows who asks: by a `key`, by a `login`.
None among these stands for nobody, who is answered too.

The schemas are msgspec's, which also checks the parameters and writes the answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

import msgspec
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import PathParameter

from highstreet.web.api.documented import INVALID, NOT_FOUND, NOT_JSON, TOO_LARGE, UNREADABLE
from highstreet.web.parameters import Parameters

_REF = "#/components/schemas/{name}"

_ABOUT = (
    "Reads the marketplace's deals, places and categories, which needs no key, and does what an account may do. "
    "Amounts are whole minor units of their currency, instants are UTC, coordinates are WGS 84 degrees. A parameter or "
    "field that is unknown or cannot be used answers 422, and `errors` names each one; errors are "
    "`application/problem+json` (RFC 9457). What everybody may read carries an `ETag`; with `If-None-Match`, what has "
    "not changed answers 304. A program sends `Authorization: Bearer hs_...`; a browser its cookie, and with every "
    "write the header `X-CSRF-Token` that `GET /me` answers."
)

_HEADERS: Mapping[str, tuple[str, str]] = {
    "ETag": ("Names this version of the answer, for `If-None-Match`.", "string"),
    "Cache-Control": ("`no-cache`: may be kept, and must be checked before it is used again.", "string"),
    "Content-Language": ("The language of names, sentences and addresses.", "string"),
    "Vary": ("The request headers that the answer depends on.", "string"),
    "Link": ('The address of the next page, with `rel="next"`; absent on the last one.', "string"),
    "Retry-After": ("Seconds to wait.", "integer"),
}
_SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, `hs_...`."},
    "login": {"type": "apiKey", "in": "cookie", "name": "__Host-hs_login", "description": "A browser's login."},
    "device": {"type": "http", "scheme": "bearer", "description": "The token of a registered device, `hsd_...`."},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of an answer that the reader has kept.",
    "schema": {"type": "string"},
}


def build(handlers: Sequence[HTTPRouteHandler], prefix: str) -> dict[str, Any]:
    """The document of the given handlers, whose paths stand below `prefix`."""
    types = list(dict.fromkeys(_bodies(handlers)))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for handler in handlers:
        (method,) = handler.http_methods
        paths.setdefault(prefix + _path(handler), {})[method.lower()] = _operation(handler, schema_of)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Highstreet",
            "version": version("highstreet"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "headers": {
                name: {"description": description, "schema": {"type": kind}}
                for name, (description, kind) in _HEADERS.items()
            },
            "securitySchemes": _SECURITY,
        },
    }
    return _with_public_names(document)


def _bodies(handlers: Sequence[HTTPRouteHandler]) -> Iterator[Any]:
    for handler in handlers:
        yield from filter(None, map(_body, _answers(handler).values()))
        if sent := handler.opt.get("sent"):
            yield sent


def _answers(handler: HTTPRouteHandler) -> dict[int, ResponseSpec]:
    """What a handler says that it answers, and how the address refuses what never comes to it."""
    refusals: dict[int, ResponseSpec] = {}
    if "{" in _path(handler):
        refusals |= dict([NOT_FOUND])
    if handler.opt.get("sent"):
        refusals |= dict([UNREADABLE, TOO_LARGE, NOT_JSON, INVALID])
    if _asked(handler).__struct_fields__:
        refusals |= dict([INVALID])
    return refusals | dict(handler.responses or {})


def _body(spec: ResponseSpec) -> Any:  # noqa: ANN401 -- any type that msgspec knows
    return cast("Any", spec).data_container


def _path(handler: HTTPRouteHandler) -> str:
    """A path as OpenAPI writes it: `{deal_id}` where the router has `{deal_id:uuid}`."""
    (path,) = handler.paths
    return "/".join(part.split(":")[0] + "}" if part.startswith("{") else part for part in path.split("/"))


def _operation(handler: HTTPRouteHandler, schema_of: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": handler.operation_id,
        "summary": handler.summary,
        "description": handler.description,
        "parameters": [*_parameters(handler), *([_IF_NONE_MATCH] if _is_kept(handler) else [])],
        "responses": {
            str(status): _response(spec, schema_of.get(_body(spec)), _headers(status, handler))
            for status, spec in sorted(_answers(handler).items())
        },
    }
    if sent := handler.opt.get("sent"):
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema_of[sent]}}}
    if asked := handler.opt.get("asks_who"):
        operation["security"] = [{name: []} if name else {} for name in asked]
    return operation


def _is_kept(handler: HTTPRouteHandler) -> bool:
    """Whether a reader may keep the answer, and ask whether it still holds."""
    return HTTPStatus.NOT_MODIFIED in (handler.responses or {})


def _response(spec: ResponseSpec, schema: dict[str, Any] | None, headers: Sequence[str]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": spec.description}
    if schema is not None:
        answer["content"] = {_media_type(spec.media_type): {"schema": schema}}
    if headers:
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return answer


def _media_type(given: MediaType | str) -> str:
    return given.value if isinstance(given, MediaType) else given


def _headers(status: int, handler: HTTPRouteHandler) -> Sequence[str]:
    """The names of the headers that an answer carries beyond those of every HTTP answer."""
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        return ("Retry-After",)
    if status not in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED} or not _is_kept(handler):
        return ()
    pages = ("Link",) if "cursor" in _asked(handler).__struct_fields__ else ()
    return ("ETag", "Cache-Control", "Content-Language", "Vary", *pages)


def _asked(handler: HTTPRouteHandler) -> type[Parameters]:
    """The query parameters that a handler declares, and reads."""
    return cast("type[Parameters]", handler.opt["parameters"])


def _parameters(handler: HTTPRouteHandler) -> Iterator[dict[str, Any]]:
    for name, hint in get_type_hints(handler.fn, include_extras=True).items():
        plain, *extras = get_args(hint) or (hint,)
        for kind in extras:
            if isinstance(kind, PathParameter):
                schema, _ = _schema_of(plain)
                yield _parameter(name, "path", kind.description, schema, required=True)
    hints = get_type_hints(_asked(handler), include_extras=True)
    for field in msgspec.structs.fields(_asked(handler)):
        schema, description = _schema_of(hints[field.name])
        if not field.required and field.default not in {None, ""}:
            schema["default"] = field.default
        yield _parameter(field.name, "query", description, schema, required=field.required)


def _parameter(
    name: str, where: str, description: str | None, schema: dict[str, Any], *, required: bool
) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "description": description, "schema": schema}


def _schema_of(annotation: Any) -> tuple[dict[str, Any], str | None]:  # noqa: ANN401 -- any type that msgspec knows
    """A type's schema, and what its annotation says of the parameter."""
    # A parameter that was left out is None to its handler; nobody can send that.
    parts = get_args(annotation)
    given = next(part for part in parts if part is not NoneType) if NoneType in parts else annotation
    (schema,), definitions = msgspec.json.schema_components((given,), ref_template=_REF)
    described = dict(schema)
    description = described.pop("description", None)
    reference = described.pop("$ref", None)
    named: dict[str, Any] = definitions[reference.rpartition("/")[2]] if reference else {}
    return {**named, **described}, description


def _with_public_names(document: Any) -> Any:  # noqa: ANN401 -- walks any JSON
    """The types that answer are called `DealView` in the code; outside, a deal is a deal."""
    if isinstance(document, dict):
        fields = cast("dict[str, Any]", document)
        return {key.removesuffix("View"): _with_public_names(value) for key, value in fields.items()}
    if isinstance(document, list):
        return [_with_public_names(item) for item in cast("list[Any]", document)]
    if isinstance(document, str) and document.endswith("View"):
        return document.removesuffix("View")
    return document
