"""Pictures that mean no good, each with a part of the sentence that refuses it. Made here, from nothing."""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.photographs import encoded


def plain(width: int = 300, height: int = 200) -> Image.Image:
    """A picture with something to see, and quickly made."""
    across = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (across, across.rotate(180), Image.new("L", (width, height), 90)))


def png(width: int, height: int, data: bytes, *, more: bytes = b"", depth: int = 8, colour: int = 2) -> bytes:
    """A PNG file that states what it is told to state."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
        + more
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def resized_jpeg(width: int, height: int) -> bytes:
    """A JPEG of 300 x 200 pixels whose header states another size."""
    data = bytearray(encoded(plain()))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def many_frames(count: int) -> bytes:
    """A GIF of so many frames, each of 20 bytes."""
    frame = bytes.fromhex("2c00000000010001000002024401003b")[:-1]
    head = b"GIF89a" + struct.pack("<HHBBB", 200, 150, 0x80, 0, 0) + b"\xff\x00\x00\x00\x00\xff"
    return head + frame * count + b";"


def refused() -> Iterator[tuple[str, bytes, str]]:
    """What it is, its bytes, and what is said about it."""
    jpeg, whole_png = encoded(plain()), encoded(plain(), "PNG")
    yield "nothing", b"", "is empty"
    yield "text", b"not a picture", "not a picture of a kind that is known"
    yield "svg with script", b'<?xml version="1.0"?><svg xmlns="x"><script>alert(1)</script></svg>', "is SVG"
    yield "svg behind a comment", b"<!-- " + b"x" * 900 + b" --><SVG/>", "is SVG"
    yield "web page", b"\n<!DOCTYPE html><html><img src=x onerror=alert(1)></html>", "is a web page"
    yield "pdf", b"%PDF-1.7\n", "not a picture of a kind"
    yield "tiff", encoded(plain(), "TIFF"), "not a picture of a kind"
    yield "bmp", encoded(plain(), "BMP"), "not a picture of a kind"
    yield "ico", encoded(plain(), "ICO"), "not a picture of a kind"
    yield "svg named as jpeg", b"\xff\xd8\xff" + b"<svg/>" * 100, "damaged or cut short"
    yield "too many bytes", jpeg + b"\x00" * 10_000_000, "has more than 10 MB"
    yield "png that states 60000 x 60000", png(60_000, 60_000, zlib.compress(b"\x00" * 1000)), "60,000 x 60,000 pixels"
    yield "png of a gigabyte", png(40_000, 40_000, zlib.compress(bytes(10**6)), depth=1, colour=0), "50 million"
    yield "png without end of pixels", png(3000, 3000, zlib.compress(b"\x00" * 1000)), "damaged or cut short"
    yield "png of negative size", png(2**32 - 1, 2, zlib.compress(b"")), "pixels"
    yield "png whose text swells", _swelling_text(), "damaged or cut short"
    yield (
        "gif that states 65535 x 65535",
        b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";",
        "damaged|pixels",
    )
    yield "jpeg that states 7000 x 7000", resized_jpeg(7000, 7000), "cannot hold"
    yield "jpeg that states 65500 x 65500", resized_jpeg(65_500, 65_500), "50 million"
    yield "webp that states 16384 x 16384", _resized_webp(), "50 million|damaged"
    yield "dot that counts visitors", encoded(Image.new("RGB", (1, 1)), "GIF"), "at least 120"
    yield "strip", encoded(plain(2000, 130), "PNG"), "4 times the other"
    for name, data in (
        ("jpeg", jpeg),
        ("png", whole_png),
        ("gif", encoded(plain(), "GIF")),
        ("webp", encoded(plain(), "WEBP")),
        ("avif", encoded(plain(), "AVIF", speed=10)),
    ):
        yield f"{name} that is cut short", data[: len(data) * 2 // 3], "damaged or cut short"
        yield f"{name} of its first bytes", data[:20], "damaged or cut short|not a picture"


def _swelling_text() -> bytes:
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(200_000_000), 1)[:9_000_000])
    rows = b"".join(b"\x00" + bytes(600) for _ in range(200))
    return png(200, 200, zlib.compress(rows), more=text)


def _resized_webp() -> bytes:
    data = bytearray(encoded(plain(), "WEBP"))
    at = data.index(b"\x9d\x01\x2a") + 3
    data[at : at + 4] = struct.pack("<HH", 16_383, 16_383)
    return bytes(data)


def polyglots() -> Iterator[tuple[str, bytes]]:
    """Pictures that are something else as well; what is kept of them is the picture."""
    yield "jpeg and archive", encoded(plain()) + b"PK\x03\x04" + b"<script>alert(1)</script>"
    yield "gif and script", encoded(plain(), "GIF") + b"/*<script>alert(1)</script>*/"
    target = io.BytesIO()
    plain().save(target, "JPEG", comment=b"<script>alert(1)</script>")
    yield "jpeg with a script in its comment", target.getvalue()
