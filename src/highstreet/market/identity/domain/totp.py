"""Codes of authenticator apps: TOTP as in RFC 6238, by HMAC-SHA-1 over steps of 30 seconds."""

import base64
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import quote

STEP_S: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
"""As long as what HMAC-SHA-1 makes of it, as RFC 4226 wants (section 4)."""

_DRIFT_STEPS: Final = 1
"""How far a phone's clock may be off, in steps to either side."""


def step_at(now: datetime) -> int:
    """The step of time that `now` is in."""
    return int(now.timestamp()) // STEP_S


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step (RFC 4226, section 5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, now: datetime, last_step: int) -> int | None:
    """The step whose code this is, later than the last one that was used; None for a wrong or a used code.

    Every step is compared, so that the time it takes tells nothing.
    """
    typed = "".join(code.split()).encode()
    here, found = step_at(now), None
    for step in range(here - _DRIFT_STEPS, here + _DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), typed) and step > last_step:
            found = step
    return found


def typed_secret(secret: bytes) -> str:
    """The secret as people type it where no camera is at hand: base32 in groups of four."""
    text = base64.b32encode(secret).decode("ascii")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def setup_address(secret: bytes, account: str, issuer: str) -> str:
    """What the QR code holds, which authenticator apps read."""
    plain = base64.b32encode(secret).decode("ascii")
    return (
        f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={plain}&issuer={quote(issuer)}"
        f"&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    )
