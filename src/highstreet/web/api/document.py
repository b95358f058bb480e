"""The OpenAPI document, read off the handlers and the types of their answers, so that it cannot say anything else.

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

from highstreet.web.parameters import Parameters

_REF = "#/components/schemas/{name}"

_ABOUT = (
    "Reads the marketplace's deals, places and categories. No key is needed. Amounts are whole minor units of their "
    "currency, instants are UTC, coordinates are WGS 84 degrees. A parameter that is unknown or cannot be used answers "
    "422, and `errors` names each one; errors are `application/problem+json` (RFC 9457). Any other method than GET and "
    "HEAD answers 405. Answers carry an `ETag`; with `If-None-Match`, what has not changed answers 304."
)

_HEADERS: Mapping[str, tuple[str, str]] = {
    "ETag": ("Names this version of the answer, for `If-None-Match`.", "string"),
    "Cache-Control": ("`no-cache`: may be kept, and must be checked before it is used again.", "string"),
    "Content-Language": ("The language of names, sentences and addresses.", "string"),
    "Vary": ("The request headers that the answer depends on.", "string"),
    "Link": ('The address of the next page, with `rel="next"`; absent on the last one.', "string"),
    "Retry-After": ("Seconds to wait.", "integer"),
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
    paths = {prefix + _path(handler): {"get": _operation(handler, schema_of)} for handler in handlers}
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
        },
    }
    return _with_public_names(document)


def _bodies(handlers: Sequence[HTTPRouteHandler]) -> Iterator[Any]:
    for handler in handlers:
        yield from filter(None, map(_body, (handler.responses or {}).values()))


def _body(spec: ResponseSpec) -> Any:  # noqa: ANN401 -- any type that msgspec knows
    return cast("Any", spec).data_container


def _path(handler: HTTPRouteHandler) -> str:
    """A path as OpenAPI writes it: `{deal_id}` where the router has `{deal_id:uuid}`."""
    (path,) = handler.paths
    return "/".join(part.split(":")[0] + "}" if part.startswith("{") else part for part in path.split("/"))


def _operation(handler: HTTPRouteHandler, schema_of: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    return {
        "operationId": handler.operation_id,
        "summary": handler.summary,
        "description": handler.description,
        "parameters": [*_parameters(handler), _IF_NONE_MATCH],
        "responses": {
            str(status): _response(spec, schema_of.get(_body(spec)), _headers(status, handler))
            for status, spec in sorted((handler.responses or {}).items())
        },
    }


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
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return ("Retry-After",)
    if status not in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
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
                yield _parameter(name, "path", kind.description, schema)
    hints = get_type_hints(_asked(handler), include_extras=True)
    for field in msgspec.structs.fields(_asked(handler)):
        schema, description = _schema_of(hints[field.name])
        if field.default not in {None, ""}:
            schema["default"] = field.default
        yield _parameter(field.name, "query", description, schema)


def _parameter(name: str, where: str, description: str | None, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "description": description, "schema": schema}


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
