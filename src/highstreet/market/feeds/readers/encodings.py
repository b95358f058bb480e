"""Text of any encoding, written down as UTF-8. What is not declared is found only where it can be told."""

import codecs
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import FileFormat, FileTable
from highstreet.market.feeds.domain.spelling import is_encoding
from highstreet.market.feeds.readers import scripts

_UTF8 = "utf-8"
_WINDOWS = "cp1252"
_MARKS = {codecs.BOM_UTF8: _UTF8, codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_XML_DECLARATION = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_WINDOWS_LANGUAGES = frozenset(
    {"af", "ca", "da", "de", "en", "es", "eu", "fi", "fo", "fr", "ga", "gl", "id", "is", "it", "lb", "ms", "nb", "nl",
     "nn", "no", "pt", "sq", "sv"}
)  # fmt: skip
"""The languages that Windows-1252 was made for."""
_OTHER_SCRIPT = re.compile(rb"[\x80-\xff]{4}|[\xc0-\xff]{3}|[\x83\x86-\x88\x98]")
"""What text of those languages does not have, and text of other encodings soon does: runs of letters beyond ASCII, and
the signs at the places where Japanese encodings keep their first bytes."""


class _NotText(InvalidInput):
    """A byte that the encoding does not have, as opposed to a text that is cut short."""


def write_utf8(chunks: Iterator[bytes], copy: Path, name: str, file: FileTable, language: str | None) -> str:
    """Write the text to `copy` as UTF-8 without a byte order mark; the encoding that it was in.

    `language` is the feed's, None where nobody has said. Raises InvalidInput at the first byte that is not text, naming
    its line.
    """
    first = next(chunks, b"")
    chunks = itertools.chain([first], chunks)
    encoding = file.encoding or _stated(first, file.format, name)
    if encoding is not None:
        with copy.open("wb") as target:
            _write(_decoded(chunks, name, encoding), target)
        return encoding
    return _find(chunks, copy, name, language)


def _stated(start: bytes, kind: FileFormat, name: str) -> str | None:
    """The encoding that the text itself states. XML without any is UTF-8 by its own rules."""
    marked = next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), None)
    if marked is not None or kind is not FileFormat.XML:
        return marked
    declared = _XML_DECLARATION.match(start)
    encoding = declared.group(1).decode("ascii").lower() if declared else _UTF8
    if not is_encoding(encoding):
        raise InvalidInput.at(name, f"declares the encoding {encoding!r}, which does not exist")
    return encoding


def _find(chunks: Iterator[bytes], copy: Path, name: str, language: str | None) -> str:
    """UTF-8 if it is, which no other text is by chance; else what was made for the language, if nothing forbids it."""
    with copy.open("wb") as target:
        kept = _kept(chunks, target)
        try:
            for _ in _decoded(kept, name, _UTF8):
                pass
            return _UTF8
        except _NotText as problem:
            refused = problem
            for _ in kept:
                pass
    encoding = _of_language(copy, language)
    if encoding is None:
        raise refused
    raw = copy.rename(copy.with_name("raw"))
    with raw.open("rb") as source, copy.open("wb") as target:
        try:
            _write(_decoded(_pieces(source), name, encoding), target)
        except _NotText:
            raise refused from None
    raw.unlink()
    return encoding


def _of_language(copy: Path, language: str | None) -> str | None:
    western = language is None or language in _WINDOWS_LANGUAGES
    if western and not _is_other_script(copy):
        return _WINDOWS
    return scripts.encoding_of(copy, language)


def _kept(chunks: Iterator[bytes], target: IO[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        target.write(chunk)
        yield chunk


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(2**20):
        yield piece


def _is_other_script(file: Path) -> bool:
    end = b""
    with file.open("rb") as source:
        for piece in _pieces(source):
            if _OTHER_SCRIPT.search(end + piece):
                return True
            end = piece[-3:]
    return False


def _write(texts: Iterator[str], target: IO[bytes]) -> None:
    for text in texts:
        target.write(text.encode(_UTF8, "surrogatepass"))


def _decoded(chunks: Iterator[bytes], name: str, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    line, first = 1, True
    for chunk in itertools.chain(chunks, [b""]):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as problem:
            raise _not_text(problem, name, encoding, line, cut_short=not chunk) from None
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        line += text.count("\n")
        yield text


def _not_text(problem: UnicodeError, name: str, encoding: str, line: int, *, cut_short: bool) -> InvalidInput:
    if cut_short:
        return InvalidInput.at(name, f"is cut short: it ends in the middle of a {encoding} character")
    if isinstance(problem, UnicodeDecodeError):
        piece = problem.object
        if line == 1 and piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return InvalidInput.at(name, f'is UTF-16, not {encoding}: set encoding = "utf-16" under [file]')
        line += piece[: problem.start].count(b"\n")
        byte = piece[problem.start]
        return _NotText.at(
            name,
            f'line {line} is not {encoding} (byte 0x{byte:02X}): set encoding under [file], perhaps to "cp1252"',
        )
    return InvalidInput.at(name, f"is not {encoding} text: {problem}")
