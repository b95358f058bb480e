"""Whatever a stranger sends ends as a clean picture or as one sentence, and never harms the process that asked."""

import asyncio
import io
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.kit.pictures import child, making
from highstreet.kit.pictures.making import MadePicture, Workshop, make, refocus
from highstreet.kit.pictures.shapes import TYPES, Focus, renditions
from tests.kit.pictures import hostile
from tests.kit.pictures.hostile import plain
from tests.photographs import encoded

REFUSED = list(hostile.refused())


async def _kept(workshop: Workshop, made: MadePicture) -> dict[str, Image.Image]:
    files = {
        f"{each.name}.{ending}": Image.open(
            io.BytesIO(await workshop.blobs.get_variant(made.digest, f"{each.name}.{ending}"))
        )
        for each in renditions(made.width, made.height, made.focus)
        for ending in TYPES
    }
    return {"blob": Image.open(io.BytesIO(await workshop.blobs.get(made.digest))), **files}


def _pixel(data: bytes, at: tuple[int, int] = (9, 9)) -> tuple[int, ...]:
    """The colour at a point of what a child makes of these bytes, without a process: they are our own."""
    picture = child._decoded(data)  # pyright: ignore[reportPrivateUsage] - see above
    assert picture.mode == "RGB"
    pixel = picture.getpixel(at)
    assert isinstance(pixel, tuple)
    return pixel


def _near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 8 for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def sentences() -> dict[str, str | None]:
    """What one child, limited as each is, says to every hostile picture; None where it takes it."""
    program = f"""
import sys; sys.path[:0] = {sys.path!r}
from highstreet.kit.pictures import child
from highstreet.kit.pictures.formats import Refused
from tests.kit.pictures import hostile
pictures = list(hostile.refused())
child._leave_network()
child._limit()
said = {{}}
for what, data, _ in pictures:
    try:
        said[what] = child._answer(data, {{"focus": None, "master": True}}) and None
    except Refused as refused:
        said[what] = str(refused)
print(child.json.dumps(said))
"""
    told = subprocess.run([sys.executable, "-I", "-B", "-c", program], capture_output=True, check=True, timeout=60)
    assert told.stderr == b""
    return json.loads(told.stdout)


@pytest.mark.parametrize(("what", "told"), [(what, told) for what, _, told in REFUSED], ids=lambda each: each)
def test_a_hostile_picture_is_refused_with_one_sentence(sentences: dict[str, str | None], what: str, told: str) -> None:
    said = sentences[what]
    assert said is not None
    assert re.search(told, said)
    assert said.isprintable()


@pytest.mark.parametrize("what", ["text", "jpeg that is cut short", "png of a gigabyte"])
async def test_a_refusal_says_what_was_refused_and_leaves_nothing_behind(workshop: Workshop, what: str) -> None:
    """The first is not handed to any child."""
    [(data, told)] = [(data, told) for name, data, told in REFUSED if name == what]
    with pytest.raises(InvalidInput, match=told) as refused:
        await make(workshop, data, what)
    assert str(refused.value).startswith(f"{what}: ")
    assert str(refused.value).isprintable()
    assert [kept async for kept in workshop.blobs.list()] == []


@pytest.mark.parametrize(
    ("kind", "size"),
    [("JPEG", (900, 700)), ("PNG", (300, 250)), ("WEBP", (300, 250)), ("GIF", (300, 250)), ("AVIF", (300, 250))],
)
async def test_every_kind_becomes_every_rendition_in_every_format(
    workshop: Workshop, kind: str, size: tuple[int, int]
) -> None:
    made = await make(workshop, encoded(plain(*size), kind), "it")
    kept = await _kept(workshop, made)
    assert (made.width, made.height) == size
    assert {name: image.format for name, image in kept.items() if name != "blob"} == {
        f"{each.name}.{ending}": {"jpg": "JPEG"}.get(ending, ending.upper())
        for each in renditions(*size, made.focus)
        for ending in TYPES
    }
    for each in renditions(*size, made.focus):
        for ending in TYPES:
            assert kept[f"{each.name}.{ending}"].size == (each.width, each.height)


async def test_the_same_bytes_give_the_same_picture(workshop: Workshop) -> None:
    data = encoded(plain(), "PNG")
    assert await make(workshop, data, "one") == await make(workshop, data, "other")


@pytest.mark.parametrize(("what", "data"), list(hostile.polyglots()), ids=[what for what, _ in hostile.polyglots()])
async def test_what_a_picture_is_besides_is_left_behind(workshop: Workshop, what: str, data: bytes) -> None:
    made = await make(workshop, data, what)
    for kept in [kept async for kept in workshop.blobs.list()]:
        content = await (
            workshop.blobs.get_variant(made.digest, kept.variant) if kept.variant else workshop.blobs.get(made.digest)
        )
        assert b"script" not in content


async def test_of_a_hundred_thousand_frames_the_first_is_shown(workshop: Workshop) -> None:
    made = await make(workshop, hostile.many_frames(100_000), "it")
    assert (made.width, made.height) == (200, 150)


# By EXIF 2.32, 4.6.4: which side of what is seen the file's first row and first column are.
SIDES = {
    1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
    5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
}  # fmt: skip


def _turned(orientation: int) -> bytes:
    """A picture of 240 x 160 as it is seen, red, green, blue and white, as a camera stores it that was held so."""
    seen = np.zeros((160, 240, 3), dtype=np.uint8)
    seen[:80, :120], seen[:80, 120:], seen[80:, :120], seen[80:, 120:] = (255, 0, 0), (0, 255, 0), (0, 0, 255), 255
    row, column = SIDES[orientation]
    stored = seen if row in {"top", "bottom"} else seen.transpose(1, 0, 2)
    stored = stored[::-1] if row in {"bottom", "right"} else stored
    stored = stored[:, ::-1] if column in {"bottom", "right"} else stored
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(Image.fromarray(np.ascontiguousarray(stored)), exif=exif, quality=95)


@pytest.mark.parametrize("orientation", SIDES)
def test_a_picture_is_turned_as_its_camera_was_held(orientation: int) -> None:
    corners = [_pixel(_turned(orientation), at) for at in ((20, 20), (220, 20), (20, 140), (220, 140))]
    for got, wanted in zip(corners, [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)], strict=True):
        assert _near(got, wanted)


async def test_what_is_kept_is_the_picture_that_was_turned(workshop: Workshop) -> None:
    made = await make(workshop, _turned(6), "it")
    kept = Image.open(io.BytesIO(await workshop.blobs.get(made.digest))).convert("RGB")
    assert kept.size == (made.width, made.height) == (240, 160)
    pixel = kept.getpixel((220, 20))
    assert isinstance(pixel, tuple)
    assert _near(pixel, (0, 255, 0))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
async def test_nothing_is_kept_but_pixels_and_above_all_not_where_a_picture_was_taken(
    workshop: Workshop, kind: str
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Secret Person"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (48.0, 51.0, 29.5)
    more: dict[str, Any] = {"exif": exif, "icc_profile": ImageCms.ImageCmsProfile(_srgb()).tobytes()}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", "Secret Person")
        more["pnginfo"] = text
    else:
        more["xmp"] = b"<x:xmpmeta>Secret Person</x:xmpmeta>"
    data = encoded(plain(), kind, **more)
    assert b"Secret Person" in data
    for image in (await _kept(workshop, await make(workshop, data, "it"))).values():
        image.load()
        assert not image.getexif()
        assert not image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert not {"exif", "xmp", "icc_profile", "comment", "Author"} & image.info.keys()
    for kept in [kept async for kept in workshop.blobs.list()]:
        content = await workshop.blobs._read(f"{kept.digest[:2]}/{kept.digest}/{kept.variant or 'blob'}")  # pyright: ignore[reportPrivateUsage] - the bytes as they lie there
        assert b"Secret" not in content
        assert b"Exif" not in content


def _srgb() -> Any:  # noqa: ANN401 - the library has no type for it
    return ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - see above


def test_transparent_parts_are_white() -> None:
    clear = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    half = Image.new("RGBA", (200, 200), (255, 0, 0, 128))
    palette = Image.new("P", (200, 200), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    assert _pixel(encoded(clear, "PNG"), (100, 100)) == (255, 255, 255)
    assert _near(_pixel(encoded(half, "PNG"), (100, 100)), (255, 127, 127))
    assert _pixel(encoded(palette, "GIF", transparency=1), (100, 100)) == (255, 255, 255)
    assert _pixel(encoded(Image.new("LA", (200, 200), (0, 0)), "PNG"), (100, 100)) == (255, 255, 255)


def test_other_kinds_of_colours_are_brought_to_ours() -> None:
    sixteen = Image.fromarray(np.full((200, 200), 51_400, dtype=np.uint16))
    cmyk = Image.new("CMYK", (200, 200), (0, 255, 255, 0))
    assert _near(_pixel(encoded(sixteen, "PNG")), (200, 200, 200))
    assert _near(_pixel(encoded(Image.new("L", (200, 200), 77))), (77, 77, 77))
    assert _near(_pixel(encoded(Image.new("1", (200, 200), 1), "PNG")), (255, 255, 255))
    red, green, blue = _pixel(encoded(cmyk, quality=95))
    assert red > 200
    assert max(green, blue) < 60


def test_a_profile_of_other_primaries_is_followed_and_a_broken_one_is_passed_over() -> None:
    """The profile is sRGB's own with red and blue exchanged."""
    exchanged = bytearray(ImageCms.ImageCmsProfile(_srgb()).tobytes())
    count = struct.unpack(">I", exchanged[128:132])[0]
    at = {bytes(exchanged[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    exchanged[at[b"rXYZ"] : at[b"rXYZ"] + 4], exchanged[at[b"bXYZ"] : at[b"bXYZ"] + 4] = b"bXYZ", b"rXYZ"
    red = Image.new("RGB", (200, 200), (255, 0, 0))
    assert _near(_pixel(encoded(red, "PNG", icc_profile=bytes(exchanged))), (0, 0, 255))
    assert _near(_pixel(encoded(red, "PNG", icc_profile=b"broken" * 40)), (255, 0, 0))


async def test_large_pictures_become_smaller_and_small_ones_stay(workshop: Workshop) -> None:
    large = await make(workshop, encoded(plain(4000, 3000)), "it")
    assert (large.width, large.height) == (2560, 1920)
    small = await make(workshop, encoded(plain(150, 130)), "it")
    assert (small.width, small.height) == (150, 130)


async def test_the_guessed_focus_is_where_there_is_something_to_see(workshop: Workshop) -> None:
    picture = Image.new("RGB", (600, 400), (240, 240, 240))
    picture.paste(plain(100, 100).effect_spread(20), (480, 20))
    made = await make(workshop, encoded(picture, "PNG"), "it")
    assert made.focus.x > 0.6
    assert made.focus.y < 0.4
    assert (await make(workshop, encoded(Image.new("RGB", (200, 200))), "it")).focus == Focus(0.5, 0.5)


async def test_another_focus_gives_other_parts_of_the_same_picture(workshop: Workshop) -> None:
    made = await make(workshop, encoded(plain(900, 900)), "it", Focus(0.5, 0.1))
    await refocus(workshop, made.digest, Focus(0.5, 0.9))
    names = {each.name for focus in (Focus(0.5, 0.1), Focus(0.5, 0.9)) for each in renditions(900, 900, focus)}
    kept = {kept.variant async for kept in workshop.blobs.list()}
    assert {f"{name}.avif" for name in names} <= kept
    with pytest.raises(NotFound):
        await refocus(workshop, "0" * 64, Focus(0, 0))


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import os; os.kill(os.getpid(), 11)", "within the memory and time"),
        ("print('{}')", "within the memory and time"),
        ("import sys; sys.stdout.write('x' * 10**8)", "astray"),
        ("from highstreet.kit.pictures import child; child._limit(); bytearray(2**31)", "within the memory and time"),
        (
            "from highstreet.kit.pictures import child; child.CPU_S = 1; child._limit()\nwhile True: pass",
            "within the memory and time",
        ),
        (
            "from highstreet.kit.pictures import child; child._limit(); open('/tmp/x', 'w').write('x')",
            "within the memory and time",
        ),
    ],
)
async def test_a_decoder_that_is_led_astray_ends_without_harm(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, program: str, told: str
) -> None:
    monkeypatch.setattr(making, "_PROGRAM", f"import sys; sys.path[:0] = {sys.path!r}\n{program}")
    with pytest.raises(InvalidInput, match=told):
        await make(workshop, encoded(plain()), "it")
    assert [kept async for kept in workshop.blobs.list()] == []


async def test_a_decoder_that_does_not_end_is_ended(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_PROGRAM", "import time; time.sleep(600)")
    monkeypatch.setattr(making, "_WITHIN_S", 0.5)
    with pytest.raises(InvalidInput, match="takes longer than"):
        await make(workshop, encoded(plain()), "it")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has networks of one process")
async def test_a_decoder_has_no_way_to_anybody(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it would say if it had one is a sentence of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = f"""
import json, socket, sys
sys.path[:0] = {sys.path!r}
from highstreet.kit.pictures import child
child._leave_network()
try:
    socket.create_connection({server.getsockname()!r}, 5)
    said = "has a way"
except OSError as problem:
    said = f"has no way: {{problem.strerror}}"
print(json.dumps({{"refused": said}}))
"""
        monkeypatch.setattr(making, "_PROGRAM", program)
        with pytest.raises(InvalidInput, match=r"has (no|a) way") as told:
            await make(workshop, encoded(plain()), "it")
    if "has a way" in str(told.value):
        pytest.skip("this system forbids a process to take a network of its own")
    assert "Network is unreachable" in str(told.value)


@pytest.mark.parametrize("escape", ["", "os.setsid()"])
async def test_a_decoder_that_leaves_another_process_behind_holds_nobody_up(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, escape: str
) -> None:
    left = tmp_path / "left"
    program = f"""
import os, time
if os.fork():
    os._exit(0)
{escape}
open({str(left)!r}, "w").write(str(os.getpid()))
time.sleep(60)
"""
    monkeypatch.setattr(making, "_PROGRAM", program)
    monkeypatch.setattr(making, "_WITHIN_S", 1.0)
    monkeypatch.setattr(making, "_END_WITHIN_S", 0.5)
    try:
        async with asyncio.timeout(30):
            with pytest.raises(InvalidInput, match="takes longer than"):
                await make(workshop, encoded(plain()), "it")
    finally:
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(int(left.read_text()), signal.SIGKILL)
