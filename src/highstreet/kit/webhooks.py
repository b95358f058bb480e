"""The signature of webhooks: `t=<seconds>,v1=<hex>`, HMAC-SHA-256 over the time, a dot and the body as it was sent."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

OLDEST: Final = timedelta(minutes=5)
"""How far the time of a signature may be from ours, to either side."""

_TIME: Final = re.compile(r"\d{1,11}", re.ASCII)


def sign(body: bytes, secret: str, at: datetime) -> str:
    """The header's value for `body`, signed at `at`."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def flaw(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> str | None:
    """What is wrong with a signature, in half a sentence; None when one of `secrets` made it just now."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not _TIME.fullmatch(times[0]):
        return "has no signature that can be read"
    seconds = int(times[0])
    given = [value.encode() for name, _, value in pairs if name == "v1"]
    known = [_digest(body, secret, seconds).encode() for secret in secrets]
    if not any(hmac.compare_digest(one, other) for one in given for other in known):
        return "is not signed by the provider"
    if abs(now - datetime.fromtimestamp(seconds, UTC)) > OLDEST:
        return "was signed more than five minutes from now"
    return None


def _digest(body: bytes, secret: str, seconds: int) -> str:
    return hmac.digest(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hex()
