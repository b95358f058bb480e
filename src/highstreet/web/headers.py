"""The headers of a request, read where they lie: most requests are asked for two or three of them."""

from typing import Any

from litestar import Request


def header(request: Request[Any, Any, Any], name: bytes) -> str:
    """The values of a header, `name` in lower case; empty where it was not sent."""
    found = [value for key, value in request.scope["headers"] if key == name]
    if not found:
        return ""
    return b", ".join(found).decode("latin-1")
