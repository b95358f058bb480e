"""JSON: an array of objects, or an object with such an array as a member, read one row at a time."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TextIO, cast

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.rows import Reject, Row, reject
from highstreet.market.feeds.readers.limits import MAX_COLUMNS, MAX_DEPTH, MAX_ROW_CHARACTERS

_CHUNK = 2**20
_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^ \t\r\n,:\[\]{}\"]+")
# A whole string, a bracket, or the quote of a string whose end has not been read yet.
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}"]', re.DOTALL)


def rows(copy: Path, name: str, member: str | None) -> Iterator[Row | Reject]:
    """Every element of the array: of the whole file, or of its `member`.

    A row that is not a usable object is a Reject. Raises InvalidInput where the file is cut short or no such array.
    """
    with copy.open(encoding="utf-8", errors="surrogatepass", newline="") as text:
        scanner = _Scanner(text, name)
        yield from _elements(scanner) if member is None else _member(scanner, member)
        if scanner.peek():
            scanner.fail("goes on after the end of its array of rows")


def first_member(copy: Path, name: str) -> str | None:
    """The first member of the object that the file is which holds an array of objects; None where none does."""
    with copy.open(encoding="utf-8", errors="surrogatepass", newline="") as text:
        scanner = _Scanner(text, name)
        for key in _keys(scanner):
            if scanner.peek() != "[":
                scanner.value()
            elif any(isinstance(each, Row) for each in _elements(scanner)):
                return key
    return None


def _member(scanner: "_Scanner", wanted: str) -> Iterator[Row | Reject]:
    """The rows in one member of the object that the file is; the other members are skipped."""
    if scanner.peek() != "{":
        scanner.fail(f"is not an object, so it has no member {wanted!r}")
    found = False
    for key in _keys(scanner):
        if key == wanted and not found:
            found = True
            yield from _elements(scanner)
        else:
            scanner.value()
    if not found:
        scanner.fail(f"has no member {wanted!r} (file.rows in the mapping)")


def _keys(scanner: "_Scanner") -> Iterator[str]:
    """The keys of the object that begins here; the caller takes each value before it asks for the next key."""
    scanner.expect("{")
    while scanner.peek() != "}":
        if scanner.peek() != '"':
            scanner.fail("lacks the name of a member")
        key, _ = scanner.value()
        scanner.expect(":")
        yield cast("str", json.loads(key, strict=False))
        if scanner.peek() != "}":
            scanner.expect(",")
    scanner.expect("}")


def _elements(scanner: "_Scanner") -> Iterator[Row | Reject]:
    if scanner.peek() != "[":
        scanner.fail("holds no array of rows there; file.rows in the mapping names the member that has them")
    scanner.expect("[")
    while scanner.peek() != "]":
        line = scanner.line
        raw, depth = scanner.value()
        yield row(line, raw, depth)
        if scanner.peek() != "]":
            scanner.expect(",")
            if scanner.peek() == "]":
                scanner.fail("has a comma before the end of its array")
    scanner.expect("]")


def row(line: int, raw: str, depth: int) -> Row | Reject:
    """What one JSON text states, which begins on `line` and is nested `depth` levels deep."""
    if depth > MAX_DEPTH:
        return reject(line, f"is nested {depth:,} levels deep; at most {MAX_DEPTH} can be read")
    try:
        value: object = json.loads(
            raw, parse_int=str, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_members
        )
    except json.JSONDecodeError as problem:
        return reject(line, f"is not JSON: {problem.msg} at character {problem.pos + 1:,} of the row", value=raw)
    except ValueError as problem:
        return reject(line, str(problem), value=raw)
    if not isinstance(value, dict):
        return reject(line, "is not an object", value=raw)
    cells = dict(_flatten("", cast("dict[str, Any]", value)))
    if len(cells) > MAX_COLUMNS:
        return reject(line, f"has {len(cells):,} members; at most {MAX_COLUMNS:,} can be read")
    return Row(line, cells)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"holds {text}, which is not JSON")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"states the member {twice[:40]!r} twice")
    return members


def _flatten(path: str, value: object) -> Iterator[tuple[str, str | None]]:
    """Members of members as `a.b`, elements of arrays as `a.0`; numbers as the text that the file has."""
    match value:
        case dict():
            for key, inner in cast("dict[str, Any]", value).items():
                yield from _flatten(f"{path}.{key}" if path else key, inner)
        case list():
            for index, inner in enumerate(cast("list[Any]", value)):
                yield from _flatten(f"{path}.{index}", inner)
        case bool():
            yield path, str(value).lower()
        case _:
            yield path, cast("str | None", value)


class _Scanner:
    """Walks through JSON text piece by piece and knows its line; it never holds more than one row and one chunk."""

    def __init__(self, text: TextIO, name: str) -> None:
        self._text = text
        self._name = name
        self._buffer = ""
        self._at = 0
        self._ended = False
        self.line = 1

    def peek(self) -> str:
        """The next character that is not space, or nothing at the end of the file."""
        while True:
            found = _SPACE.match(self._buffer, self._at)
            assert found is not None, "the pattern matches everywhere, if only nothing"
            self._advance(found.end())
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._read():
                return ""

    def expect(self, character: str) -> None:
        """Step over `character`, which has to come next."""
        found = self.peek()
        if found != character:
            self._cut_short() if not found else self.fail(f"has {found!r} where {character!r} should be")
        self._advance(self._at + 1)

    def value(self) -> tuple[str, int]:
        """Step over the next value: its text, and how deep it is nested. It is not checked beyond its brackets."""
        if self.peek() not in {"[", "{", '"'}:
            return self._scalar(), 0
        position, depth, deepest = self._at, 0, 0
        while True:
            found = _STRUCTURE.search(self._buffer, position)
            if found is None or found.group() == '"':
                # Nothing decisive is left in the buffer: go on where the next search has to begin.
                offset = (len(self._buffer) if found is None else found.start()) - self._at
                self._more()
                position = self._at + offset
                continue
            position = found.end()
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
            deepest = max(deepest, depth)
            if depth <= 0:
                return self._take(position), deepest

    def fail(self, message: str) -> NoReturn:
        raise InvalidInput.at(self._name, f"{message} (line {self.line})")

    def _scalar(self) -> str:
        while True:
            found = _SCALAR.match(self._buffer, self._at)
            if found is None:
                self._cut_short() if not self.peek() else self.fail(f"has {self.peek()!r} where a value should be")
            if found.end() < len(self._buffer) or not self._read():
                return self._take(found.end())

    def _take(self, end: int) -> str:
        taken = self._buffer[self._at : end]
        self._advance(end)
        return taken

    def _advance(self, end: int) -> None:
        self.line += self._buffer.count("\n", self._at, end)
        self._at = end

    def _more(self) -> None:
        if len(self._buffer) - self._at > MAX_ROW_CHARACTERS:
            self.fail(f"holds a row larger than {MAX_ROW_CHARACTERS // 2**20} MiB")
        # As much again as is held, since a string that has no end yet is looked at from its beginning each time.
        if not self._read(max(_CHUNK, len(self._buffer) - self._at)):
            self._cut_short()

    def _read(self, size: int = _CHUNK) -> bool:
        """Forget what was stepped over and read on; False at the end of the file."""
        chunk = self._text.read(size)
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _cut_short(self) -> NoReturn:
        raise InvalidInput.at(
            self._name, f"is cut short: it ends in the middle of its rows (line {self.line}); fetch it again"
        )
