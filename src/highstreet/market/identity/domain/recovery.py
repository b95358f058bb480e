"""Recovery codes: what somebody has written down for the day on which the phone is gone."""

from typing import Final

COUNT: Final = 10
BITS: Final = 50
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHARACTERS: Final = BITS // 5
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": "", " ": ""})


def spelt(number: int) -> str:
    """A number of 50 bits as it is written down, in letters and digits that are not mistaken for one another."""
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_CHARACTERS)))
    return f"{letters[:5]}-{letters[5:]}"


def read_back(text: str) -> str | None:
    """The code as it is compared, however it was typed; None for what is none."""
    plain = "".join(text.split()).upper().translate(_LOOKALIKES)
    return plain if len(plain) == _CHARACTERS and set(plain) <= set(_ALPHABET) else None
