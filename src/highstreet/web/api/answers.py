"""How a read is answered: JSON in the reader's language, with a validator that spares the next transfer."""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Response

from highstreet.web import i18n
from highstreet.web.conditional import is_current, tag_of
from highstreet.web.i18n import Language
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime
from highstreet.web.security import origin_of


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, and at which address they know this marketplace (no slash at its end)."""

    language: Language
    origin: str


def reader_of(request: HttpRequest, runtime: Runtime, lang: str | None) -> Reader:
    """The language is the parameter's, else the first of `Accept-Language` that we speak, else English."""
    known = {language.code: language for language in i18n.languages()}
    wanted = [lang] if lang is not None else _accepted(request.headers.get("accept-language", ""))
    language = next((known[code] for code in wanted if code in known), i18n.languages()[0])
    return Reader(language, origin_of(request, runtime.settings))


def answer(
    request: HttpRequest,
    reader: Reader,
    body: bytes,
    *,
    same_as: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """200 with the body, or 304 for a reader who has it.

    `same_as` is what stands for the content where the body holds something that differs each time, and makes the
    validator a weak one.
    """
    tag = tag_of(body if same_as is None else same_as)
    common = {
        "etag": tag if same_as is None else f"W/{tag}",
        # Deals end and change at any minute: whoever keeps an answer asks whether it still holds.
        "cache-control": "no-cache",
        "vary": "accept-language",
        "content-language": reader.language.code,
        **(headers or {}),
    }
    if is_current(request, tag):
        return Response(b"", status_code=304, headers=common)
    return Response(body, headers=common, media_type="application/json")


def _accepted(header: str) -> list[str]:
    """Primary subtags of `Accept-Language`, the most wanted first."""
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
