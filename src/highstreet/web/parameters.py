"""What a request brings along: parameters of its address, read strictly, and the type of its body."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar, cast, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.web.problems import HttpRequest

Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]

_FREE_TEXT = frozenset({"q"})


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of one address, by their names in it. A default is what is meant where one is left out."""


P = TypeVar("P", bound=Parameters)


def query_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """Names and values as they stand in the address, in their order."""
    text = request.scope["query_string"].decode("latin-1")
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True)
    return [(name, value) for name, _, value in (each.partition("=") for each in text.split("&") if each)]


async def fields_of(request: HttpRequest) -> dict[str, str]:
    """The fields of a form, each once."""
    form = cast("dict[str, Any]", (await request.form()).dict())
    return {name: value[-1] for name, value in form.items() if value and isinstance(value[-1], str)}


def read_parameters(given: Sequence[tuple[str, str]], kind: type[P]) -> P:
    """The parameters of an address as `kind`.

    Raises InvalidInput that names each one which is unknown (a misspelt filter must not look like no filter), else
    each one that could be taken in two ways, else each one that cannot be used.
    """
    fields = dict(given)
    # A text `null` would be converted to None, as if nothing had been given at all.
    if len(fields) == len(given) and not any(value.lower() == "null" for value in fields.values()):
        try:
            return msgspec.convert(fields, kind, strict=False)
        except msgspec.ValidationError:
            pass  # it tells of the first problem only
    if problems := _unknown(fields, kind) or _ambiguous(given) or _unusable(fields, kind):
        raise InvalidInput(tuple(problems))
    return msgspec.convert(fields, kind, strict=False)


def _unknown(fields: dict[str, str], kind: type[Parameters]) -> list[FieldProblem]:
    unknown = sorted(fields.keys() - set(kind.__struct_fields__))
    return [FieldProblem(name, "is not a parameter of this address") for name in unknown]


def _ambiguous(given: Sequence[tuple[str, str]]) -> list[FieldProblem]:
    times = Counter(name for name, _ in given)
    return [FieldProblem(name, "is given more than once") for name, count in times.items() if count > 1] + [
        FieldProblem(name, "null is not a value; leave the parameter out")
        for name, value in given
        if value.lower() == "null" and name not in _FREE_TEXT and times[name] == 1
    ]


def _unusable(fields: dict[str, str], kind: type[Parameters]) -> list[FieldProblem]:
    required = (field.name for field in msgspec.structs.fields(kind) if field.required)
    found = [FieldProblem(name, "is required") for name in required if name not in fields]
    for name, expected in get_type_hints(kind, include_extras=True).items():
        if name in fields:
            try:
                msgspec.convert(fields[name], expected, strict=False)
            except msgspec.ValidationError as problem:
                found.append(FieldProblem(name, str(problem)))
    return found


async def only_json(connection: Connection, _handler: BaseRouteHandler) -> None:
    """A guard: a body that is not declared as JSON answers 415, so that a form on a foreign page can send none.

    Async because the framework would run a plain function in a thread.
    """
    declared = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json" and not declared.endswith("+json"):
        raise HTTPException(status_code=415, detail="The body must be application/json")
