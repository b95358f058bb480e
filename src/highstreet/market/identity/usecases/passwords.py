"""Passwords: hashed by argon2id in threads of their own, so that neither memory nor answers run out."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final, TypeVar, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from highstreet.kit.errors import InvalidInput, Unavailable
from highstreet.market.identity.domain.passwords import GUESSES_LOG10, check_length, normalised
from highstreet.market.identity.usecases.keyring import Keyring

T = TypeVar("T")

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id with 19 MiB, two passes and one lane: the least that OWASP's password storage cheat sheet asks for."""

_THREADS: Final = 2
_MOST_WAITING: Final = 64
_RETRY_AFTER_S: Final = 2
_LOOKED_AT: Final = 72
"""Characters of which zxcvbn estimates how soon they are guessed; it takes no more."""


class _Bench:
    """A few threads, and a queue before them that does not grow for ever."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="passwords")
        self._waiting = 0

    async def do(self, work: Callable[[], T]) -> T:
        if self._waiting >= _MOST_WAITING:
            raise Unavailable("Too many are signing in at once; try again in a moment", _RETRY_AFTER_S)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


_bench: Final = _Bench()


async def hashed(password: str) -> str:
    """What is stored of a password."""
    return await _bench.do(lambda: HASHER.hash(normalised(password)))


async def is_right(stored: str | None, password: str) -> bool:
    """Whether it is the password. Where there is none to compare with, as much is done for nothing."""

    def compare() -> bool:
        try:
            HASHER.verify(stored or _nobodys(), normalised(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    return await _bench.do(compare)


def is_outdated(stored: str) -> bool:
    """Whether it was hashed by lower parameters than today's."""
    return HASHER.check_needs_rehash(stored)


async def check_new(
    keyring: Keyring, password: str, about: Sequence[str], *, beside_second_factor: bool, field: str = "password"
) -> None:
    """Raises InvalidInput for a password that is too short, has leaked, or is guessed too soon.

    `about` is what others know of its owner.
    """
    check_length(password, beside_second_factor=beside_second_factor, field=field)

    def judge() -> str | None:
        if keyring.is_breached(password):
            return "is on a list of passwords that have leaked; choose another"
        estimate = cast("dict[str, Any]", zxcvbn(normalised(password)[:_LOOKED_AT], user_inputs=list(about)))
        return "is guessed too soon; choose another" if estimate["guesses_log10"] < GUESSES_LOG10 else None

    if problem := await _bench.do(judge):
        raise InvalidInput.at(field, problem)


@cache
def _nobodys() -> str:
    return HASHER.hash("the password of nobody")
