"""A statement as PDF, drawn by reportlab: the same bytes for the same statement."""

import io
from collections.abc import Sequence
from typing import Any, Final

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from highstreet.kit.spreadsheets import plain
from highstreet.market.settlement.domain.statements import Statement, StatementLine

_fonts: Any = pdfmetrics  # reportlab has no types
_PAGE: Final[tuple[float, float]] = landscape(A4)
_MARGIN: Final = 36.0
_ROW: Final = 12.0
_FONT: Final = "Vera"
_ASIAN_FONT: Final = "HeiseiKakuGo-W5"
"""Every reader of PDF brings it along, so that a name which our font lacks can still be read."""

_COLUMNS: Final[tuple[tuple[str, float, bool], ...]] = (
    ("Date (UTC)", 36, False),
    ("What", 118, False),
    ("Voucher, refund or payout", 218, False),
    ("Order", 352, False),
    ("Terms", 505, True),
    ("Gross", 570, True),
    ("Commission", 635, True),
    ("Tax", 690, True),
    ("Amount", 750, True),
    ("Balance", 806, True),
)
"""Title, where it stands in points, and whether it ends there instead of beginning."""


def to_pdf(statement: Statement, lines: Sequence[StatementLine], merchant_name: str) -> bytes:
    """Landscape A4, a row a line, with both balances, every amount in the statement's currency."""
    vera: Any = TTFont(_FONT, "Vera.ttf")
    _fonts.registerFont(vera)
    out = io.BytesIO()
    canvas: Any = Canvas(out, pagesize=_PAGE, invariant=1, pageCompression=1)
    title = f"Statement {statement.number} in {statement.currency}"
    canvas.setTitle(f"{title} of {statement.made_at:%Y-%m-%d}")
    canvas.setAuthor("Highstreet")
    rows = _rows(statement, lines)
    height_left = 0.0
    for number, row in enumerate(rows):
        if height_left < _MARGIN + _ROW:
            if number:
                canvas.showPage()
            height_left = _head(canvas, title, merchant_name, statement, vera)
        _draw(canvas, row, height_left)
        height_left -= _ROW
    canvas.save()
    return out.getvalue()


def _head(canvas: Any, title: str, merchant_name: str, statement: Statement, vera: Any) -> float:  # noqa: ANN401 - reportlab has no types
    """The top of a page; where its first row stands."""
    top = _PAGE[1] - _MARGIN
    canvas.setFont(_FONT, 13)
    canvas.drawString(_MARGIN, top - 10, title)
    canvas.setFont(_FONT, 7)
    page, made = canvas.getPageNumber(), f"made {statement.made_at:%Y-%m-%d %H:%M} UTC"
    canvas.drawRightString(_PAGE[0] - _MARGIN, top - 10, f"{statement.id}, {made}, page {page}")
    if any(ord(letter) not in vera.face.charToGlyph for letter in merchant_name):
        _fonts.registerFont(UnicodeCIDFont(_ASIAN_FONT))
        canvas.setFont(_ASIAN_FONT, 9)
    else:
        canvas.setFont(_FONT, 9)
    canvas.drawString(_MARGIN, top - 26, merchant_name)
    canvas.setFont(_FONT, 7)
    _draw(canvas, [name for name, _, _ in _COLUMNS], top - 44)
    canvas.line(_MARGIN, top - 47, _PAGE[0] - _MARGIN, top - 47)
    return top - 58


def _draw(canvas: Any, row: Sequence[str], height: float) -> None:  # noqa: ANN401 - reportlab has no types
    canvas.setFont(_FONT, 6)
    for text, (_, at, ends) in zip(row, _COLUMNS, strict=True):
        (canvas.drawRightString if ends else canvas.drawString)(at, height, text)


def _rows(statement: Statement, lines: Sequence[StatementLine]) -> list[list[str]]:
    currency, balance_minor = statement.currency, statement.opening_minor
    rows = [["", "opening balance", *[""] * 7, plain(balance_minor, currency)]]
    for line in lines:
        balance_minor += line.amount_minor
        stands_for = line.refund_id or line.payout_id or line.voucher_id
        amounts = (line.gross_minor, line.commission_minor, line.tax_minor, line.amount_minor, balance_minor)
        rows.append(
            [
                f"{line.posted_at:%Y-%m-%d %H:%M:%S}",
                line.kind.replace("_", " "),
                str(stands_for or ""),
                str(line.order_id or ""),
                str(line.terms_version or ""),
                *(plain(minor, currency) for minor in amounts),
            ]
        )
    rows.append(["", "closing balance", *[""] * 7, plain(statement.closing_minor, currency)])
    rows.append([""] * len(_COLUMNS))
    for what, minor in (
        ("paid out with this statement", statement.payout_minor),
        ("held in reserve", statement.reserve_minor),
        ("owed besides", statement.debt_minor),
    ):
        rows.append(["", what, *[""] * 7, plain(minor, currency)])
    return rows
