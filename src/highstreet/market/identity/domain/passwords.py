"""What a password has to be."""

import unicodedata
from typing import Final

from highstreet.kit.errors import InvalidInput

ALONE_CHARACTERS: Final = 15
"""The least for a password that is all that protects an account."""

BESIDE_CHARACTERS: Final = 8
"""The least beside a second factor."""

MAX_CHARACTERS: Final = 256
GUESSES_LOG10: Final = 10.0
"""A password that is guessed within ten thousand million tries is too easy."""


def normalised(password: str) -> str:
    """The same characters however they were typed; nothing is cut and no space is lost."""
    return unicodedata.normalize("NFKC", password)


def stands_alone(password: str) -> bool:
    """Whether it is long enough to be all that protects an account."""
    return len(normalised(password)) >= ALONE_CHARACTERS


def check_length(password: str, *, beside_second_factor: bool, field: str = "password") -> None:
    """Raises InvalidInput for what is too short or too long. No kind of character is asked for."""
    least = BESIDE_CHARACTERS if beside_second_factor else ALONE_CHARACTERS
    size = len(normalised(password))
    if size < least:
        raise InvalidInput.at(field, f"has at least {least} characters; several words are easy to remember")
    if size > MAX_CHARACTERS:
        raise InvalidInput.at(field, f"has at most {MAX_CHARACTERS} characters")
