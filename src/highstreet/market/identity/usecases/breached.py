"""Passwords that are known to have leaked, looked up without asking anybody.

The commonest come with zxcvbn. An operator may add a file of SHA-1 hashes in hexadecimal, one a line and in order, as
the lists of Have I Been Pwned are given out (`HASH` or `HASH:count`); it is searched where it lies, whatever its size.
"""

import hashlib
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

_DIGITS = 40


def lookup(file: Path | None) -> Callable[[str], bool]:
    """Whether a password has leaked, by the lists that there are."""

    def is_breached(password: str) -> bool:
        return password.casefold() in _common() or (file is not None and _is_listed(file, password))

    return is_breached


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])


def _is_listed(file: Path, password: str) -> bool:
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode("ascii")
    with file.open("rb") as lines:
        low, high = 0, lines.seek(0, io.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            found = _line_from(lines, middle)
            if found and found < wanted:
                low = middle + 1
            else:
                high = middle
        return _line_from(lines, low) == wanted


def _line_from(lines: io.BufferedReader, offset: int) -> bytes:
    """The hash on the first line that begins at `offset` or behind it; empty where there is none."""
    lines.seek(max(0, offset - 1))
    if offset:
        lines.readline()
    return lines.readline()[:_DIGITS].upper()
