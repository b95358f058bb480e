"""Identifiers: UUIDv7 (RFC 9562, section 5.7), which sort by the millisecond in which they were made."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 74


def uuid7(now: datetime, rng: Random) -> UUID:
    """A UUIDv7 for the instant `now`.

    `rng` supplies the 74 random bits: `random.SystemRandom()` in service, a seeded generator where a run must repeat.
    A UUIDv7 tells its time and is no secret; never use one as a bearer token.
    """
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1) & ((1 << 48) - 1)
    noise = rng.getrandbits(_RANDOM_BITS)
    high, low = noise >> 62, noise & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
