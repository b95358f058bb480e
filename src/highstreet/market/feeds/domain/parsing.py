"""From the text of a mapping to a mapping that was checked, before any row is read."""

import re
import tomllib
from typing import Any, NoReturn

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.consistency import problems
from highstreet.market.feeds.domain.mapping import TABLES, Mapping, described
from highstreet.market.feeds.domain.spelling import nearest, shown

_MAX_STEPS = 32
_DEEP = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{_MAX_STEPS}}}""")
"""A dotted key, each step of which costs the parser as much as all steps before it."""
_LONGEST = 200
"""How much of what somebody wrote is repeated in a sentence."""


def parse_mapping(source: str, name: str) -> Mapping:
    """Read and check a mapping. `name` names it in errors.

    Raises InvalidInput with one sentence that tells the line and the field, and the nearest names that would be right.
    """
    values = _toml(source, name)
    try:
        mapping = msgspec.convert(values, Mapping)
    except msgspec.ValidationError as problem:
        _refuse(source, name, str(problem))
    for path, message in problems(mapping):
        raise InvalidInput.at(_where(source, name, path), message)
    return mapping


def _toml(source: str, name: str) -> dict[str, Any]:
    if deep := _DEEP.search(source):
        line = source.count("\n", 0, deep.start()) + 1
        raise InvalidInput.at(
            name, f"line {line} has a key of more than {_MAX_STEPS} steps, and no mapping needs so many"
        )
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInput.at(name, f"is not TOML: {shown(str(problem), _LONGEST)}") from None
    except RecursionError:
        raise InvalidInput.at(name, "is nested deeper than any mapping is") from None
    except ValueError:  # what int() says of thousands of digits
        raise InvalidInput.at(name, "holds a number that is too long") from None


def _refuse(source: str, name: str, problem: str) -> NoReturn:
    """Turn msgspec's sentence and JSON path into ours, with a line and a hint."""
    message, _, path = problem.partition(" - at `")
    steps = re.sub(r"\[\.\.\.\]", "", path.rstrip("`").removeprefix("$")).strip(".")
    message = message[0].lower() + message[1:]
    if unknown := re.fullmatch(r"object contains unknown field `(.*)`", message, re.DOTALL):
        key = unknown.group(1)
        steps = f"{steps}.{key}" if steps else key
        message = f"{shown(key)!r} is not known here{nearest(shown(key), _keys(steps))}"
    elif missing := re.fullmatch(r"object missing required field `(.*)`", message):
        message = f"{missing.group(1)!r} is required here"
    else:
        wanted = _description(steps)
        message = shown(message, _LONGEST) + (f"; wanted: {wanted}" if wanted else "")
    raise InvalidInput.at(_where(source, name, steps), message)


def _description(steps: str) -> str | None:
    """What the mapping's reference says about the key at `steps`."""
    *_, key = steps.split(".")
    for field, description in described(_table(steps)):
        if field == re.sub(r"\[\d+\]$", "", key):
            return description
    return None


def _keys(steps: str) -> list[str]:
    """The keys that the table around the last of `steps` may have."""
    return [key for key, _ in described(_table(steps))]


def _table(steps: str) -> type[msgspec.Struct]:
    """The type of the table around the last of `steps`."""
    table: type[msgspec.Struct] = Mapping
    for step in steps.split(".")[:-1]:
        inner = {field.encode_name: repr(field.type) for field in msgspec.structs.fields(table)}.get(step, "")
        table = next((other for other in TABLES if f".{other.__name__}" in inner), table)
    return table


def _where(source: str, name: str, path: str) -> str:
    line = _line_of(source, path)
    return " ".join(part for part in (name, f"line {line}," if line else "", shown(path, _LONGEST)) if part).rstrip(",")


def _line_of(source: str, path: str) -> int | None:
    """The line on which `path` is set, or the header of its table; None where it cannot be told."""
    found: int | None = None
    table = ""
    keys = [re.sub(r"\[\d+\]$", "", step) for step in path.split(".")]
    wanted = ".".join(keys)
    for number, line in enumerate(source.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = re.sub(r"[\s\"']", "", header.group(1))
            if wanted == table or wanted.startswith(table + "."):
                found = number
        elif assigned := re.match(r"\s*([^=#]+?)\s*=", line):
            key = re.sub(r"[\s\"']", "", assigned.group(1))
            full = f"{table}.{key}" if table else key
            if wanted.replace(" ", "") == full or wanted.startswith(full + "."):
                return number
    return found
