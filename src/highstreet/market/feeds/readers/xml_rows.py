"""XML product feeds: RSS with Google's fields, Atom, or any file in which one element is a row; never its entities."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn
from xml.parsers import expat

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.rows import Reject, Row, reject
from highstreet.market.feeds.domain.spelling import nearest
from highstreet.market.feeds.readers.limits import MAX_COLUMNS, MAX_DEPTH, MAX_NESTING, MAX_ROW_CHARACTERS

_CHUNK_BYTES = 2**20
"""Large, because the parser reads a tag that does not end from its beginning at each chunk."""
_ROWS = {"rss": "item", "rdf:RDF": "item", "feed": "entry"}
"""What a row is called, by the root of the file."""
_CUT_SHORT = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_SHOWN_NAMES = 50


def rows(copy: Path, name: str, element: str | None) -> Iterator[Row | Reject]:
    """Every outermost `element`; unless it is stated, the one that RSS and Atom have.

    A cell is named by the elements that lead to it (`g:shipping.g:price`), an attribute with `@` (`link.@href`), both
    as the file writes them; of elements of one name the second is `name.1`. Raises InvalidInput where the file is cut
    short, not well-formed or states a document type, which is where entities are made.
    """
    with copy.open("rb") as source:
        reader = _Reader(name, element)
        yield from reader.read(source)
    if element is not None and not reader.found:
        hint = nearest(element, sorted(reader.names))
        raise InvalidInput.at(name, f"has no element {element!r} (file.rows in the mapping){hint}")


class _Reader:
    """Turns the parser's events into rows. Holds the row that it is in, and those that one chunk completed."""

    def __init__(self, name: str, element: str | None) -> None:
        self._name = name
        self._element = element
        self._depth = 0
        self._row: _Row | None = None
        self._done: list[Row | Reject] = []
        self.found = False
        self.names: set[str] = set()
        """Some of the elements outside of rows, for a person who looks for the right one."""
        parser = expat.ParserCreate(encoding="utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser

    def read(self, source: IO[bytes]) -> Iterator[Row | Reject]:
        fed = 0
        while True:
            chunk = source.read(_CHUNK_BYTES)
            fed += len(chunk)
            try:
                self._parser.Parse(chunk, not chunk)
            except expat.ExpatError as problem:
                self._refuse(problem)
            yield from self._done
            self._done.clear()
            if not chunk:
                return
            if fed - self._parser.CurrentByteIndex > MAX_ROW_CHARACTERS:
                self._too_large()

    def _doctype(self, *_: object) -> NoReturn:
        raise InvalidInput.at(self._name, "states a document type (<!DOCTYPE ...>), which no feed needs; remove it")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise InvalidInput.at(self._name, f"is nested more than {MAX_NESTING:,} elements deep (line {self._line})")
        if self._depth == 1:
            self._take_root(tag)
        if self._row is not None:
            self._row.start(tag, attributes)
        elif tag == self._element:
            self.found = True
            self._row = _Row(self._line, self._depth, attributes)
        elif len(self.names) < _SHOWN_NAMES:
            self.names.add(tag)
        if self._row is not None and self._row.characters > MAX_ROW_CHARACTERS:
            self._too_large()

    def _end(self, _tag: str) -> None:
        if self._row is not None:
            if self._depth == self._row.depth:
                self._done.append(self._row.finish())
                self._row = None
            else:
                self._row.end()
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._row is not None:
            self._row.text(text)
            if self._row.characters > MAX_ROW_CHARACTERS:
                self._too_large()

    def _take_root(self, tag: str) -> None:
        if self._element is None:
            self._element = _ROWS.get(tag)
        if self._element is None:
            raise InvalidInput.at(
                self._name, f"is neither RSS nor Atom but <{tag[:60]}>; set rows under [file] to the element of a row"
            )

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _too_large(self) -> NoReturn:
        size = f"{MAX_ROW_CHARACTERS // 2**20} MiB"
        raise InvalidInput.at(self._name, f"holds a row or a tag larger than {size} (line {self._line})")

    def _refuse(self, problem: expat.ExpatError) -> NoReturn:
        if problem.code in _CUT_SHORT:
            message = f"is cut short: it ends before its last element does (line {problem.lineno}); fetch it again"
        else:
            message = f"is not well-formed XML: {expat.ErrorString(problem.code)} (line {problem.lineno})"
        raise InvalidInput.at(self._name, message) from None


class _Level:
    """One element that is open: where its cells go, its own text, and how often it holds each element so far."""

    __slots__ = ("counts", "parent", "path", "pieces")

    def __init__(self, path: str) -> None:
        self.path = path
        self.pieces: list[str] = []
        self.counts: dict[str, int] = {}
        self.parent = False


class _Row:
    """The row that is being read."""

    def __init__(self, line: int, depth: int, attributes: dict[str, str]) -> None:
        self.depth = depth
        self.characters = 0
        self._line = line
        self._cells: dict[str, str | None] = {}
        self._open = [_Level("")]
        self._skipped = 0
        self._deepest = 0
        self._attributes("", attributes)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.characters += len(tag)
        self._deepest = max(self._deepest, len(self._open) + self._skipped)
        if len(self._open) > MAX_DEPTH or len(self._cells) > MAX_COLUMNS:
            self._skipped += 1
            self.characters += sum(map(len, attributes.values()))
            return
        above = self._open[-1]
        above.parent = True
        nth = above.counts.get(tag, 0)
        above.counts[tag] = nth + 1
        step = f"{tag}.{nth}" if nth else tag
        path = f"{above.path}.{step}" if above.path else step
        self._open.append(_Level(path))
        self._attributes(path, attributes)

    def end(self) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        level = self._open.pop()
        text = "".join(level.pieces)
        if text.strip() or not level.parent:
            self._cells[level.path] = text

    def text(self, text: str) -> None:
        self.characters += len(text)
        if not self._skipped:
            self._open[-1].pieces.append(text)

    def finish(self) -> Row | Reject:
        own = "".join(self._open[0].pieces)
        if own.strip():
            self._cells["."] = own
        if self._deepest > MAX_DEPTH:
            return reject(self._line, f"is nested {self._deepest:,} levels deep; at most {MAX_DEPTH} can be read")
        if len(self._cells) > MAX_COLUMNS:
            return reject(self._line, f"has more than {MAX_COLUMNS:,} elements and attributes")
        return Row(self._line, self._cells)

    def _attributes(self, path: str, attributes: dict[str, str]) -> None:
        for key, text in attributes.items():
            self.characters += len(key) + len(text)
            if len(self._cells) <= MAX_COLUMNS:
                self._cells[f"{path}.@{key}" if path else f"@{key}"] = text
