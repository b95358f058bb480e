"""The code of a voucher as a picture that can be scanned."""

import io
from typing import Any, Final

import segno

_QUIET: Final = 4
"""Light modules around the picture, as the standard asks for."""


def modules(text: str) -> list[list[bool]]:
    """The picture's rows, with its quiet zone; True is dark. A fair part of it may be dirty (level M)."""
    made: Any = segno.make_qr(text, error="m")
    return [[bool(module) for module in row] for row in made.matrix_iter(border=_QUIET)]


def svg(text: str) -> bytes:
    """The picture as SVG, which scales to whatever space it is given, dark on white in every theme."""
    out = io.BytesIO()
    made: Any = segno.make_qr(text, error="m")
    made.save(out, kind="svg", border=_QUIET, omitsize=True, dark="#000", light="#fff", nl=False)
    return out.getvalue()
