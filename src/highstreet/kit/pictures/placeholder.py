"""What a picture looks like before it has come: 20 bytes, from which a tiny blurred picture is drawn.

byte 0       mean brightness (Y of the full-range YCbCr that JPEG uses)
byte 1, 2    mean Cb and Cr
byte 3       how far brightness goes from its mean at most
4 to 13      5 x 4 cells of brightness, a nibble each: from -7 to 7 of that distance, stored with 8 added
14 to 16     3 x 2 cells of Cb in the same way, 48 being the distance
17 to 19     3 x 2 cells of Cr
"""

import base64
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

Cells: TypeAlias = Sequence[tuple[int, int, int]]
"""20 cells of RGB, each from 0 to 255, row by row from the top left."""

COLUMNS: Final = 5
ROWS: Final = 4
BYTES: Final = 20
_COLOUR_COLUMNS: Final = 3
_COLOUR_ROWS: Final = 2
_COLOUR_REACH: Final = 48
_STEPS: Final = 7


def encode(cells: Cells) -> bytes:
    """20 bytes for the 20 cells."""
    assert len(cells) == COLUMNS * ROWS
    split = [_to_ycc(*cell) for cell in cells]
    ys, cbs, crs = ([each[part] for each in split] for part in range(3))
    means = [_mean(part) for part in (ys, cbs, crs)]
    reach = round(max(abs(y - means[0]) for y in ys))
    return (
        bytes([*(round(mean) for mean in means), reach])
        + _pack((y - means[0]) / max(1, reach) for y in ys)
        + _pack((each - means[1]) / _COLOUR_REACH for each in _coarse(cbs))
        + _pack((each - means[2]) / _COLOUR_REACH for each in _coarse(crs))
    )


def decode(code: bytes) -> list[tuple[int, int, int]]:
    """The 20 cells of any 20 bytes."""
    assert len(code) == BYTES
    y, cb, cr, reach = code[:4]
    ys = [y + part * reach for part in _unpack(code[4:14])]
    cbs = _fine([cb + part * _COLOUR_REACH for part in _unpack(code[14:17])])
    crs = _fine([cr + part * _COLOUR_REACH for part in _unpack(code[17:20])])
    return [_to_rgb(*each) for each in zip(ys, cbs, crs, strict=True)]


def data_url(code: bytes) -> str:
    """The cells as a picture of 5 x 4 pixels in a `data:` address; stretched by a browser they run into one another."""
    cells = decode(code)
    lines = [cells[row * COLUMNS : (row + 1) * COLUMNS] for row in range(ROWS)]
    raw = b"".join(b"\x00" + bytes(value for cell in line for value in cell) for line in lines)
    png = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", COLUMNS, ROWS, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(raw, 9))
        + _chunk(b"IEND", b"")
    )
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _pack(parts: Iterable[float]) -> bytes:
    nibbles = [8 + max(-_STEPS, min(_STEPS, round(part * _STEPS))) for part in parts]
    return bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))


def _unpack(packed: bytes) -> list[float]:
    return [(nibble - 8) / _STEPS for byte in packed for nibble in (byte >> 4, byte & 15)]


def _coarse(fine: Sequence[float]) -> list[float]:
    """3 x 2 means of 5 x 4 cells: columns in threes that overlap by one half, rows in twos."""
    weights = ((1.0, 2 / 3, 0, 0, 0), (0, 1 / 3, 1.0, 1 / 3, 0), (0, 0, 0, 2 / 3, 1.0))
    return [
        sum(fine[row * COLUMNS + column] * weight[column] for row in rows for column in range(COLUMNS))
        / (2 * sum(weight))
        for rows in ((0, 1), (2, 3))
        for weight in weights
    ]


def _fine(coarse: Sequence[float]) -> list[float]:
    """5 x 4 cells between 3 x 2 ones."""
    return [
        (1 - down) * _between(coarse[:_COLOUR_COLUMNS], across) + down * _between(coarse[_COLOUR_COLUMNS:], across)
        for down in (0, 1 / 3, 2 / 3, 1)
        for across in (0, 0.5, 1, 1.5, 2)
    ]


def _between(line: Sequence[float], at: float) -> float:
    left = min(int(at), _COLOUR_ROWS - 1)
    return line[left] * (1 - at + left) + line[left + 1] * (at - left)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _to_ycc(red: int, green: int, blue: int) -> tuple[float, float, float]:
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    return y, min(255.0, 128 + 0.564 * (blue - y)), min(255.0, 128 + 0.713 * (red - y))


def _to_rgb(y: float, cb: float, cr: float) -> tuple[int, int, int]:
    blue, red = y + (cb - 128) / 0.564, y + (cr - 128) / 0.713
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return _byte(red), _byte(green), _byte(blue)


def _byte(value: float) -> int:
    return max(0, min(255, round(value)))
