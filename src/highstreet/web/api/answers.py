"""How a read is answered: JSON in the reader's language, with a validator that spares the next transfer."""

from dataclasses import dataclass

import msgspec
from litestar.datastructures import Cookie

from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.conditional import is_current, tag_of
from highstreet.web.headers import header
from highstreet.web.i18n import Language
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime
from highstreet.web.security import origin_of

_NO_STORE = (b"cache-control", b"no-store")
_COMMON = (
    # Deals end and change at any minute: whoever keeps an answer asks whether it still holds.
    (b"cache-control", b"no-cache"),
    (b"vary", b"accept-language"),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, and at which address they know this marketplace (no slash at its end)."""

    language: Language
    origin: str


def reader_of(request: HttpRequest, runtime: Runtime, lang: str | None) -> Reader:
    """The language is the parameter's, else the first of `Accept-Language` that we speak, else English."""
    wanted = [lang] if lang is not None else _accepted(header(request, b"accept-language"))
    known = (language for code in wanted for language in i18n.languages() if language.code == code)
    return Reader(next(known, i18n.languages()[0]), origin_of(request, runtime.settings))


def answer(request: HttpRequest, reader: Reader, body: bytes) -> Answer:
    """200 with the body, or 304 for a reader who has it."""
    return answer_tagged(request, reader, body, tag_of(body))


def private(body: msgspec.Struct, status: int = 200, *cookies: Cookie) -> Answer:
    """What is for whoever asked alone, and is kept nowhere."""
    encoded = msgspec.json.encode(body)
    size = (b"content-length", str(len(encoded)).encode("ascii"))
    carried = tuple(cookie.to_encoded_header() for cookie in cookies)
    return Answer(status, ((b"content-type", b"application/json"), size, _NO_STORE, *carried), encoded)


def accepted() -> Answer:
    """202: what comes of it is told by mail."""
    return Answer(202, (_NO_STORE,), b"")


def done(*cookies: Cookie) -> Answer:
    """204: there is nothing to tell."""
    return Answer(204, (_NO_STORE, *(cookie.to_encoded_header() for cookie in cookies)), b"")


def answer_tagged(
    request: HttpRequest, reader: Reader, body: bytes, tag: str, *, weak: bool = False, link: str | None = None
) -> Answer:
    """The same where the tag is known. A `weak` one stands for bodies that differ in what does not matter."""
    common = (
        (b"etag", (f"W/{tag}" if weak else tag).encode("ascii")),
        *_COMMON,
        (b"content-language", reader.language.code.encode("ascii")),
        *(() if link is None else ((b"link", link.encode("ascii")),)),
    )
    if is_current(request, tag):
        return Answer(304, common, b"")
    size = (b"content-length", str(len(body)).encode("ascii"))
    return Answer(200, ((b"content-type", b"application/json"), size, *common), body)


def _accepted(header: str) -> list[str]:
    """Primary subtags of `Accept-Language`, the most wanted first."""
    if not header:
        return []
    wanted: list[tuple[float, int, str]] = []
    for place, item in enumerate(header.split(",")):
        tag, _, quality = item.partition(";")
        weight = _quality(quality)
        if weight > 0:
            wanted.append((-weight, place, tag.strip().partition("-")[0].lower()))
    return [code for _, _, code in sorted(wanted)]


def _quality(text: str) -> float:
    name, _, value = text.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
