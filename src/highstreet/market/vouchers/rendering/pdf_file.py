"""A voucher as PDF, to be printed or kept on a telephone: the same bytes for the same voucher."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from highstreet.market.vouchers.rendering import letters, qr

_WIDE: Final[float] = A4[0]
_HIGH: Final[float] = A4[1]
_MARGIN: Final = 56.0
_QR_SIDE: Final = 200.0
_ELSEWHERE: Final = "(written in letters that this file cannot show; the voucher's page shows them)"


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a voucher."""

    title: str
    merchant: str
    places: tuple[str, ...]
    """Where it is redeemed, a line each."""
    facts: tuple[str, ...]
    """What it is good for, and until when."""
    fine_print: tuple[str, ...]
    qr: str
    short: str
    number: str


def to_pdf(paper: Paper) -> bytes:
    """A page of A4, on which everything finds room: what is too long is cut off, and said to be."""
    letters.width("", 1)  # registers the fonts
    out = io.BytesIO()
    canvas: Any = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(f"Voucher {paper.short}")
    canvas.setAuthor("Highstreet")
    height = _HIGH - _MARGIN
    height = _write(canvas, [paper.title], height, 18, most=4)
    height = _write(canvas, [paper.merchant], height - 4, 12, most=2)
    height = _write(canvas, paper.places[:12], height - 4, 9, most=1)
    height = _draw_code(canvas, paper, height - 12)
    height = _write(canvas, paper.facts, height - 8, 10, most=2)
    _write(canvas, paper.fine_print, height - 8, 8, most=4, lowest=_MARGIN + 20)
    _write(canvas, [paper.number], _MARGIN, 6, most=1)
    canvas.save()
    return out.getvalue()


def _draw_code(canvas: Any, paper: Paper, top: float) -> float:  # noqa: ANN401 - reportlab has no types
    """The picture, and beside it what can be typed; where it ends."""
    rows = qr.modules(paper.qr)
    side = _QR_SIDE / len(rows)
    for number, row in enumerate(rows):
        for start, length in _dark(row):
            canvas.rect(_MARGIN + start * side, top - (number + 1) * side, length * side, side, stroke=0, fill=1)
    beside = _MARGIN + _QR_SIDE + 12
    canvas.setFont(letters.PLAIN, 10)
    canvas.drawString(beside, top - 40, "If it cannot be scanned, staff may type")
    canvas.setFont(letters.PLAIN, 20)
    canvas.drawString(beside, top - 66, paper.short)
    return top - _QR_SIDE


def _dark(row: Sequence[bool]) -> Iterable[tuple[int, int]]:
    """Where dark modules of a row begin that stand together, and how many they are."""
    start = 0
    while start < len(row):
        end = start
        while end < len(row) and row[end] == row[start]:
            end += 1
        if row[start]:
            yield start, end - start
        start = end


def _write(
    canvas: Any,  # noqa: ANN401 - reportlab has no types
    texts: Iterable[str],
    top: float,
    size: float,
    *,
    most: int,
    lowest: float = _MARGIN,
) -> float:
    """Texts below one another, each in at most so many lines, as far as there is room; where they end."""
    height = top
    for text in texts:
        shown = text if letters.runs(text) is not None else _ELSEWHERE
        for line in letters.lines(shown, size, _WIDE - 2 * _MARGIN, most):
            height -= size * 1.4
            if height < lowest - size:
                return height
            at = _MARGIN
            for run in letters.runs(line) or ():
                canvas.setFont(run.font, size)
                canvas.drawString(at, height, run.text)
                at += letters.width(run.text, size)
    return height
