"""Conditional answers: what the asker already has is not sent again (RFC 9110, section 13)."""

import hashlib

from litestar import Response

from highstreet.web.headers import header
from highstreet.web.problems import HttpRequest


def tag_of(content: bytes) -> str:
    """A strong entity tag of what is answered."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def is_current(request: HttpRequest, tag: str) -> bool:
    """Whether the asker's `If-None-Match` names `tag`, by the weak comparison that reads ask for."""
    given = header(request, b"if-none-match")
    if not given:
        return False
    return given.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in given.split(",")}


def tagged(request: HttpRequest, content: bytes, *, media_type: str, cache_control: str) -> Response[bytes]:
    """`content` with its tag, or 304 without a body where the asker has it."""
    tag = tag_of(content)
    headers = {"etag": tag, "cache-control": cache_control}
    if is_current(request, tag):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(content, headers=headers, media_type=media_type)
