"""The OpenAPI document, read off the handlers and the types of their answers, so that it cannot say anything else.

The schemas are msgspec's, which also checks the parameters and writes the answers.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from types import NoneType
from typing import Annotated, Any, cast, get_args, get_type_hints

import msgspec
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import ParameterKwarg, PathParameter

_BOUNDS = ("gt", "ge", "lt", "le", "min_length", "max_length", "pattern")
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
    pages = ("Link",) if "cursor" in inspect.signature(handler.fn).parameters else ()
    return ("ETag", "Cache-Control", "Content-Language", "Vary", *pages)


def _parameters(handler: HTTPRouteHandler) -> Iterator[dict[str, Any]]:
    hints = get_type_hints(handler.fn, include_extras=True)
    for name, parameter in inspect.signature(handler.fn).parameters.items():
        annotation, *extras = get_args(hints[name]) or (hints[name],)
        kind = next((extra for extra in extras if isinstance(extra, ParameterKwarg)), None)
        if kind is not None:
            yield _parameter(name, kind, annotation, parameter.default)


def _parameter(name: str, kind: ParameterKwarg, annotation: Any, default: Any) -> dict[str, Any]:  # noqa: ANN401 -- a type and a value of it
    schema = _schema_of(annotation, kind)
    required = default is inspect.Parameter.empty
    if not required and default is not None and default != "":
        schema["default"] = default
    return {
        "name": name,
        "in": "path" if isinstance(kind, PathParameter) else "query",
        "required": required,
        "description": kind.description,
        "schema": schema,
    }


def _schema_of(annotation: Any, kind: ParameterKwarg) -> dict[str, Any]:  # noqa: ANN401 -- any type that msgspec knows
    # A parameter that was left out is None to its handler; nobody can send that.
    parts = get_args(annotation)
    plain = next(part for part in parts if part is not NoneType) if NoneType in parts else annotation
    bounds = {name: getattr(kind, name) for name in _BOUNDS}
    examples = [example.value for example in kind.examples or ()]
    extra = {"format": kind.format} if kind.format else None
    meta = msgspec.Meta(**bounds, examples=examples or None, extra_json_schema=extra)
    (schema,), definitions = msgspec.json.schema_components((Annotated[plain, meta],), ref_template=_REF)
    if "$ref" in schema:
        return dict(definitions[schema["$ref"].rpartition("/")[2]])
    return dict(schema)


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
