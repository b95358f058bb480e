"""Which renditions a picture has, and what each one's name, size and part of the picture are.

Pages show pictures in two shapes: `wide`, 8:5, on a card beside others and on a deal's own page; `tall`, 4:5, on the
card of a phone, where the picture stands beside the words in 120 CSS pixels. Widths follow those slots:

    240 tall   a card on a phone at two device pixels for a CSS pixel; more is not seen on so small a picture
    360 wide   a card on a desktop, at most 360 wide
    720 wide   the same at two device pixels; a deal's page on a phone (358 at two) and on a desktop (720 at one)
    1280 wide  a deal's page on a desktop at two device pixels, and what others show who link to it
"""

from enum import StrEnum
from typing import Final

import msgspec

TYPES: Final = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
"""By the ending of a rendition's name, what it is; the smallest comes first."""

MASTER_SIDE: Final = 2560
"""How long a picture that is kept may be: twice its widest rendition, for parts of it to be cut out."""


class Shape(StrEnum):
    WIDE = "wide"
    TALL = "tall"


_RATIOS: Final = {Shape.WIDE: (8, 5), Shape.TALL: (4, 5)}
_WIDTHS: Final = {Shape.WIDE: (360, 720, 1280), Shape.TALL: (240,)}


class Focus(msgspec.Struct, frozen=True):
    """The point that every rendition shows: from the left and from the top, each from 0 to 1."""

    x: float
    y: float


CENTRE: Final = Focus(0.5, 0.5)


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """One size of one shape. `box` is the part of the picture that it shows: left, top, right, bottom, in pixels."""

    name: str
    """Without the ending, which says the format. It tells the part that is shown, so it never means another."""
    shape: Shape
    width: int
    height: int
    box: tuple[int, int, int, int]


def renditions(width: int, height: int, focus: Focus) -> tuple[Rendition, ...]:
    """Those of a picture of this size, the widest of each shape last. None is larger than the picture itself."""
    return tuple(rendition for shape in Shape for rendition in _of_shape(shape, width, height, focus))


def _of_shape(shape: Shape, width: int, height: int, focus: Focus) -> list[Rendition]:
    across, down = _RATIOS[shape]
    cut_width = min(width, height * across // down)
    cut_height = min(height, width * down // across)
    left = _start(focus.x, cut_width, width)
    top = _start(focus.y, cut_height, height)
    # A shape leaves something over in one direction only, so one number tells which part it is.
    part = _percent(left, width - cut_width) if cut_width < width else _percent(top, height - cut_height)
    return [
        Rendition(
            name=f"{shape}{part}-{wide}",
            shape=shape,
            width=wide,
            height=max(1, round(wide * down / across)),
            box=(left, top, left + cut_width, top + cut_height),
        )
        for wide in sorted({min(wanted, cut_width) for wanted in _WIDTHS[shape]})
    ]


def _start(centre: float, length: int, whole: int) -> int:
    """Where a part of that length begins that has its middle at `centre`, as far as there is room; in whole percent."""
    spare = whole - length
    wished = round(centre * whole - length / 2)
    percent = _percent(max(0, min(spare, wished)), spare)
    return spare * percent // 100


def _percent(start: int, spare: int) -> int:
    return -(-start * 100 // spare) if spare else 50
