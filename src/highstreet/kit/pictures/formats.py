"""Which pictures may come in at all, told by their first bytes and never by a name."""

from typing import Final

MAX_BYTES: Final = 10_000_000
MAX_PIXELS: Final = 50_000_000
MIN_SIDE: Final = 120
"""What is smaller than the smallest place of a page is no picture of an offer, but a dot that counts visitors."""
MAX_ASPECT: Final = 4.0

_TAKEN: Final = "JPEG, PNG, WebP, GIF and AVIF can be used"


class Refused(Exception):
    """Why a picture cannot be used: the rest of a sentence that begins with what the picture is called."""


def kind_of(data: bytes) -> str:
    """The format by its name in Pillow. Raises Refused."""
    if len(data) > MAX_BYTES:
        raise Refused(f"has more than {MAX_BYTES // 1_000_000} MB; make it smaller")
    head = data[:32]
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return "GIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and head[8:12] in {b"avif", b"avis", b"mif1", b"msf1"} and b"avi" in data[8:64]:
        return "AVIF"
    raise Refused(_otherwise(data))


def _otherwise(data: bytes) -> str:
    if not data:
        return "is empty"
    start = data[:4096].lower()
    if b"<svg" in start:
        return f"is SVG, which may hold programs; {_TAKEN}"
    if b"<html" in start or b"<!doctype html" in start:
        return f"is a web page and not a picture; {_TAKEN}"
    return f"is not a picture of a kind that is known here; {_TAKEN}"
