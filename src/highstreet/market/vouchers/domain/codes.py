"""The codes of a voucher: one that is scanned, and a short one that staff can type.

The scanned one is the voucher's id with a random secret. The short one has nine random characters of Crockford's
base32, which has no letters that look like digits, and a check character: it finds every single wrong character and
every two that changed places, because each place has a weight of its own in the field of 32 elements.
"""

import base64
import binascii
from typing import Final
from uuid import UUID

SHORT_BITS: Final = 45
"""Of chance in a short code: with a million open vouchers of a merchant, one guess in 35 million hits."""

BEARER_SECRET_BYTES: Final = 16

SIGNED: Final = "HS1."
"""How a text begins that a device can check without network; the bearer code follows, up to the next full stop."""

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {sign: value for value, sign in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_SHORT_LENGTH: Final = 10
_FIELD: Final = 0b100101
"""x^5 + x^2 + 1, whose root runs through all 31 elements that are not zero."""
_ID_LENGTH: Final = 22


def short_code(number: int) -> str:
    """The short code of a number of SHORT_BITS bits, as it is kept: ten characters without a gap."""
    values = [number >> shift & 31 for shift in range(SHORT_BITS - 5, -1, -5)]
    return "".join(_ALPHABET[value] for value in [*values, _check(values)])


def read_short_code(typed: str) -> str | None:
    """A short code as it is kept, from what somebody typed; None for what cannot be one.

    Case, spaces and hyphens do not matter, and O, I and L stand for the digits they look like.
    """
    values = [_VALUES.get(sign) for sign in typed.upper() if sign not in " -"]
    known = [value for value in values if value is not None]
    if len(values) != _SHORT_LENGTH or len(known) != _SHORT_LENGTH or _check(known[:-1]) != known[-1]:
        return None
    return "".join(_ALPHABET[value] for value in known)


def shown_short_code(code: str) -> str:
    """A short code as people read it: in two halves."""
    return f"{code[:5]}-{code[5:]}"


def bearer_code(voucher_id: UUID, secret: str) -> str:
    """The code that is scanned. `secret` is in the alphabet of addresses."""
    return base64.urlsafe_b64encode(voucher_id.bytes).rstrip(b"=").decode("ascii") + secret


def bearer_of(scanned: str) -> str:
    """The bearer code in what was scanned: that alone, or a signed text that begins with it."""
    text = scanned.strip()
    return text[len(SIGNED) :].partition(".")[0] if text.startswith(SIGNED) else text


def read_bearer_code(text: str) -> UUID | None:
    """Of which voucher a text claims to be the code; None for what cannot be one."""
    try:
        raw = base64.b64decode(f"{text[:_ID_LENGTH]}==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=raw) if len(raw) == 16 and len(text) > _ID_LENGTH else None


def _check(values: list[int]) -> int:
    """The values as a polynomial in the field's root, each place one power higher than the one behind it."""
    total = 0
    for value in values:
        total = (total ^ value) << 1
        total ^= _FIELD if total & 32 else 0
    return total
