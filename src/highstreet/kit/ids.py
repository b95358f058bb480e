"""Identifiers: UUIDv7 (RFC 9562, section 5.7), which sort by the millisecond in which they were made."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 74
_STEP_BITS, _AT_ONCE = 32, 64


def uuid7(now: datetime, rng: Random) -> UUID:
    """A UUIDv7 for the instant `now`.

    `rng` supplies the 74 random bits: `random.SystemRandom()` in service, a seeded generator where a run must repeat.
    A UUIDv7 tells its time and is no secret; never use one as a bearer token.
    """
    return _with_noise(_beginning(now), rng.getrandbits(_RANDOM_BITS))


def uuid7s(now: datetime, rng: Random) -> Iterator[UUID]:
    """As many as wanted, each behind the one before it, by a step that nobody can guess.

    The random bits of many steps are asked for at once, because each asking is a system call.
    """
    beginning, noise = _beginning(now), rng.getrandbits(_RANDOM_BITS - 1)
    while True:
        steps = rng.getrandbits(_STEP_BITS * _AT_ONCE)
        for _ in range(_AT_ONCE):
            yield _with_noise(beginning, noise)
            noise += 1 + (steps & ((1 << _STEP_BITS) - 1))
            steps >>= _STEP_BITS


def _beginning(now: datetime) -> int:
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1) & ((1 << 48) - 1)
    return milliseconds << 80 | 0x7 << 76


def _with_noise(beginning: int, noise: int) -> UUID:
    return UUID(int=beginning | noise >> 62 << 64 | 0b10 << 62 | noise & ((1 << 62) - 1))
