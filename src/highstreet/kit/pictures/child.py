"""The program that decodes what a stranger sent, in a process that may do little and is thrown away afterwards.

It reads one request from standard input, writes one answer to standard output and ends. Both are a line of JSON, then
bytes. A decoder that is led astray has its memory, time and files limited, and nothing of ours in its reach.
"""

import ctypes
import io
import json
import os
import resource
import sys
import warnings
from collections.abc import Sequence
from typing import Any, Final, cast

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    ImageFilter,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from highstreet.kit import limits
from highstreet.kit.pictures import placeholder
from highstreet.kit.pictures.formats import MAX_ASPECT, MAX_PIXELS, MIN_SIDE, Refused, kind_of
from highstreet.kit.pictures.shapes import MASTER_SIDE, Focus, Rendition, Shape, renditions

_DECODERS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "AVIF": AvifImagePlugin.AvifImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
}
"""Called by name, so that no other decoder of the library is ever tried."""

_OWN_USERS: Final = 0x1000_0000
_OWN_NETWORK: Final = 0x4000_0000
"""CLONE_NEWUSER, which lets anybody take the other, and CLONE_NEWNET."""

_NICE: Final = 10
MEMORY_BYTES: Final = 2**30
CPU_S: Final = 20
_BACKGROUND: Final = (255, 255, 255)
"""What shows through transparent parts."""
_JPEG_PIXELS_A_BYTE: Final = 512
"""Each block of 8 x 8 pixels costs a JPEG at least one bit, so that more pixels than this for a byte are not there."""

_AVIF_BYTES_A_PIXEL: Final = 0.125
_AVIF_QUALITIES: Final = (50, 44, 38, 33, 28, 24)
_ENCODERS: Final[dict[str, dict[str, Any]]] = {
    "avif": {"format": "AVIF", "speed": 8, "max_threads": 1},
    "webp": {"format": "WEBP", "quality": 60, "method": 4},
    "jpg": {"format": "JPEG", "quality": 65, "optimize": True, "progressive": True},
}
_MASTER: Final[dict[str, Any]] = {"format": "JPEG", "quality": 90, "optimize": True, "subsampling": 0}


def main() -> None:
    _leave_network()
    _limit()
    source = sys.stdin.buffer
    request = json.loads(source.readline())
    try:
        answer, files = _answer(source.read(), request)
    except Refused as refused:
        answer, files = {"refused": str(refused)}, []
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n" + b"".join(files))
    sys.stdout.buffer.flush()


def _leave_network() -> None:
    """On Linux, where the system allows it: a network of its own, from which there is no way to anybody."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_OWN_USERS | _OWN_NETWORK)


def _limit() -> None:
    """From here on: no more memory, time or files than this, nothing written to a disk, no core left behind.

    Others of the machine come first: somebody waits for a page, and nobody for a picture.
    """
    os.nice(_NICE)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CORE, 0),
    ):
        limits.lower(limit, most)


def _answer(data: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    picture = _decoded(data)
    focus = Focus(*request["focus"]) if request["focus"] else _salient(picture)
    chosen = renditions(*picture.size, focus)
    files = {"master": _encoded(picture, _MASTER)} if request["master"] else {}
    files |= _derived(picture, chosen)
    answer = {
        "width": picture.width,
        "height": picture.height,
        "focus": [focus.x, focus.y],
        "placeholder": _placeholder(picture, chosen).hex(),
        "files": [[name, len(content)] for name, content in files.items()],
    }
    return answer, list(files.values())


def _decoded(data: bytes) -> Image.Image:
    """The picture upright, in sRGB, without transparency or anything else about it, at most 2560 pixels long."""
    kind = kind_of(data)
    warnings.simplefilter("ignore")
    try:
        opened = _DECODERS[kind](io.BytesIO(data))
        _check_size(opened, len(data))
        opened.draft("RGB", (MASTER_SIDE, MASTER_SIDE))
        opened.load()
        return _plain(opened)
    except MemoryError:
        raise Refused(f"needs more than {MEMORY_BYTES // 2**20:,} MiB of memory to be decoded") from None
    except Refused:
        raise
    except Exception:  # noqa: BLE001 -- whatever a decoder stumbles over, the picture is at fault
        raise Refused(f"cannot be decoded as {kind}: it is damaged or cut short") from None


def _check_size(opened: Image.Image, size: int) -> None:
    width, height = opened.size
    stated = f"says that it is {width:,} x {height:,} pixels"
    if width * height > MAX_PIXELS:
        raise Refused(f"{stated}, and {MAX_PIXELS // 1_000_000} million are the most")
    if opened.format == "JPEG" and width * height > size * _JPEG_PIXELS_A_BYTE:
        raise Refused(f"{stated}, which {size:,} bytes of JPEG cannot hold")
    if min(width, height) < MIN_SIDE:
        raise Refused(f"is {width:,} x {height:,} pixels; each side needs at least {MIN_SIDE}")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise Refused(
            f"is {width:,} x {height:,} pixels; the longer side may be {MAX_ASPECT:g} times the other at most"
        )


def _plain(opened: Image.Image) -> Image.Image:
    profile = opened.info.get("icc_profile")
    turned = opened.getexif().get(0x0112, 1)
    small = _with_full_colours(opened)
    small.thumbnail((MASTER_SIDE, MASTER_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if small.mode == "RGBA":
        ground = Image.new("RGB", small.size, _BACKGROUND)
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    upright = ImageOps.exif_transpose(_with_orientation(small, turned))
    bare = _in_srgb(upright, profile)
    bare.info = {}  # encoders look here for what they were not given
    return bare


def _with_orientation(picture: Image.Image, turned: Any) -> Image.Image:  # noqa: ANN401 -- what a file states is of any type
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    if turned in range(2, 9):
        bare.getexif()[0x0112] = turned
    return bare


def _with_full_colours(opened: Image.Image) -> Image.Image:
    """RGB, RGBA, L or CMYK of whatever it is."""
    if opened.mode in {"RGB", "RGBA", "L", "CMYK"} and "transparency" not in opened.info:
        return opened
    if opened.mode.startswith("I;16") or opened.mode == "I":
        return opened.point(lambda value: value / 256).convert("L")  # 16 bits for each pixel
    if "transparency" in opened.info or opened.mode in {"PA", "LA", "La", "RGBa"}:
        return opened.convert("RGBA")
    return opened.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        srgb = cast("Any", ImageCms).createProfile("sRGB")
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, given, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a profile of another kind of colours, or a broken one, says nothing
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _salient(picture: Image.Image) -> Focus:
    """A guess at what the picture is about: the centre of its edges, drawn halfway towards the middle of the picture.

    Edges say where there is something to see; the half-way is for pictures of which all is busy, whose middle is the
    better guess.
    """
    side = 32
    grey = picture.convert("L").resize((side + 2, side + 2), Image.Resampling.BOX).filter(ImageFilter.FIND_EDGES)
    strengths = grey.crop((1, 1, side + 1, side + 1)).tobytes()
    weights = [strength * strength for strength in strengths]
    whole = sum(weights)
    if not whole:
        return Focus(0.5, 0.5)
    x = sum((index % side + 0.5) * weight for index, weight in enumerate(weights)) / whole / side
    y = sum((index // side + 0.5) * weight for index, weight in enumerate(weights)) / whole / side
    return Focus(round((x + 0.5) / 2, 3), round((y + 0.5) / 2, 3))


def _placeholder(picture: Image.Image, chosen: Sequence[Rendition]) -> bytes:
    box = next(rendition.box for rendition in chosen if rendition.shape is Shape.WIDE)
    cells = picture.resize((placeholder.COLUMNS, placeholder.ROWS), Image.Resampling.BOX, box=box).tobytes()
    return placeholder.encode([(cells[at], cells[at + 1], cells[at + 2]) for at in range(0, len(cells), 3)])


def _derived(picture: Image.Image, chosen: Sequence[Rendition]) -> dict[str, bytes]:
    """Every rendition in every format, by its whole name.

    The quality of AVIF is found on the smallest one, of which a phone shows a page full: the best at which it keeps to
    its bytes. Larger ones need fewer bytes for a pixel.
    """
    cut = {
        each.name: picture.resize((each.width, each.height), Image.Resampling.LANCZOS, box=each.box, reducing_gap=3.0)
        for each in chosen
    }
    smallest = min(cut.values(), key=lambda each: each.width * each.height)
    quality = _quality_of(smallest)
    return {
        f"{name}.{ending}": _encoded(image, {"quality": quality, **how})
        for name, image in cut.items()
        for ending, how in _ENCODERS.items()
    }


def _quality_of(smallest: Image.Image) -> int:
    most = smallest.width * smallest.height * _AVIF_BYTES_A_PIXEL
    for quality in _AVIF_QUALITIES:
        if len(_encoded(smallest, {**_ENCODERS["avif"], "quality": quality})) <= most:
            return quality
    return _AVIF_QUALITIES[-1]


def _encoded(image: Image.Image, how: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    image.save(target, **how)
    return target.getvalue()


if __name__ == "__main__":
    main()
