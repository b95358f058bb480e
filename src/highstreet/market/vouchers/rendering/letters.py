"""Text with the fonts that can show it: our own, or one of those that every reader of PDF brings along."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

_fonts: Any = pdfmetrics  # reportlab has no types
PLAIN: Final = "Vera"
_ASIAN: Final = (("HeiseiKakuGo-W5", "euc_jp"), ("STSong-Light", "gb2312"), ("HYGothic-Medium", "euc_kr"))
"""Fonts of readers, and the characters that each is sure to have."""


class Run(NamedTuple):
    """Letters that one font shows."""

    font: str
    text: str


def runs(text: str) -> list[Run] | None:
    """A text by the fonts that show it; None when no font that we have shows all of it, such as Arabic or Thai."""
    found: list[Run] = []
    for letter in " ".join(text.split()):
        font = _font_of(letter)
        if font is None:
            return None
        if found and found[-1].font == font:
            found[-1] = Run(font, found[-1].text + letter)
        else:
            found.append(Run(font, letter))
    return found


def width(text: str, size: float) -> float:
    """How long a text is that can be shown, in points."""
    return sum(_fonts.stringWidth(run.text, run.font, size) for run in runs(text) or ())


def lines(text: str, size: float, longest: float, most: int) -> list[str]:
    """A text that can be shown, in at most so many lines; what does not fit is cut off, and said to be."""
    found = list(_broken(text, lambda part: width(part, size) <= longest))
    if len(found) <= most:
        return found
    last = found[most - 1]
    while last and width(f"{last}...", size) > longest:
        last = last[:-1]
    return [*found[: most - 1], f"{last}..."]


def _broken(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Lines that end between words, or within one that is longer than a line."""
    line = ""
    for word in text.split():
        if fits(f"{line} {word}" if line else word):
            line = f"{line} {word}" if line else word
            continue
        if line:
            yield line
        line = ""
        for letter in word:
            if line and not fits(line + letter):
                yield line
                line = ""
            line += letter
    if line:
        yield line


@cache
def _plain_letters() -> frozenset[int]:
    font: Any = TTFont(PLAIN, "Vera.ttf")
    _fonts.registerFont(font)
    for name, _ in _ASIAN:
        _fonts.registerFont(UnicodeCIDFont(name))
    return frozenset(font.face.charToGlyph)


@cache
def _font_of(letter: str) -> str | None:
    if ord(letter) in _plain_letters():
        return PLAIN if letter.isprintable() else None
    for name, encoding in _ASIAN:
        try:
            letter.encode(encoding)
        except UnicodeEncodeError:
            continue
        return name
    return None
