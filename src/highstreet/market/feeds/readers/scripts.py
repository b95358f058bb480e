"""Encodings older than Unicode of languages with a script of their own, found by what the text looks like in them.

Bytes of one encoding make letters in another one too, but not the letters that its language is written with: Japanese
in EUC, read as Shift JIS, is half-width katakana, and Russian in KOI8 is all capitals in Windows-1251. So an encoding
is taken only if all of the file is text in it, nearly all of that is of the script, and no other encoding of the
language does as well.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

_PIECE_BYTES: Final = 2**20
_SHARE: Final = 0.95
"""So much of what is not ASCII has to be of the script."""
_ENOUGH: Final = 20
"""So many characters beyond ASCII have to speak where nobody says what language the text is in."""
_ASCII: Final = re.compile(r"[\x00-\x7f]+")
_COMMON: Final = "\u00a0\u00a3\u00a5\u00ab\u00b0\u00b1\u00b2\u00b3\u00b7\u00bb\u00d7\u2010-\u2027\u2030-\u203b\u20ac\u2103\u2116\u2190-\u2193\u2460-\u2473\u25a0-\u25ff\u2605\u2606\u266a"  # noqa: E501 - one character class
"""Signs that texts of every language hold."""
_FULL_WIDTH: Final = "\u3000-\u3017\uff01-\uff5e\uffe0-\uffe6"


class _Script(msgspec.Struct, frozen=True, kw_only=True):
    """What languages are written with. `letters` are the insides of character classes."""

    languages: frozenset[str]
    encodings: tuple[str, ...]
    letters: str
    own: str
    """Letters that no text of the language does without."""
    own_share: float
    """So much of what is not ASCII they are at least: where letters have a case, most are small ones."""
    structured: bool
    """Whether the encoding refuses most bytes that are not of it, so that it can be told without a language."""


_SCRIPTS: Final = (
    _Script(
        languages=frozenset({"ja"}),
        encodings=("cp932", "euc_jp"),
        letters=f"\u3040-\u30ff\u4e00-\u9fff\u3005-\u3007{_FULL_WIDTH}",
        own="\u3040-\u30ff",
        own_share=0.1,
        structured=True,
    ),
    _Script(
        languages=frozenset({"ko"}),
        encodings=("cp949",),
        letters=f"\uac00-\ud7a3\u3131-\u318e{_FULL_WIDTH}",
        own="\uac00-\ud7a3",
        own_share=0.5,
        structured=True,
    ),
    # Behind the others: nearly all that they write is, as bytes, some Chinese text, and the reverse is not so.
    _Script(
        languages=frozenset({"zh"}),
        encodings=("gb18030", "big5"),
        letters=f"\u4e00-\u9fff{_FULL_WIDTH}",
        own="\u4e00-\u9fff",
        own_share=0.5,
        structured=True,
    ),
    _Script(
        languages=frozenset({"ru", "uk", "bg", "be", "mk", "sr"}),
        encodings=("cp1251", "koi8_r"),
        letters="\u0400-\u045f\u0490\u0491",
        own="\u0430-\u044f",
        own_share=0.6,
        structured=False,
    ),
    _Script(
        languages=frozenset({"el"}),
        encodings=("cp1253",),
        letters="\u0384-\u03ce",
        own="\u03ac-\u03ce",
        own_share=0.6,
        structured=False,
    ),
    _Script(
        languages=frozenset({"he"}),
        encodings=("cp1255",),
        letters="\u05b0-\u05f4",
        own="\u05d0-\u05ea",
        own_share=0.6,
        structured=False,
    ),
    _Script(
        languages=frozenset({"th"}),
        encodings=("cp874",),
        letters="\u0e01-\u0e5b",
        own="\u0e01-\u0e2e",
        own_share=0.4,
        structured=False,
    ),
)


def encoding_of(file: Path, language: str | None) -> str | None:
    """The encoding in which `file` is text of `language`, or of any that can be told where that is None.

    None where no encoding fits, or two of one language do: then a person has to say.
    """
    least = _ENOUGH if language is None else 1
    for script in _SCRIPTS:
        if script.structured if language is None else language in script.languages:
            fitting = [encoding for encoding in script.encodings if _fits(file, encoding, script, least)]
            if fitting:
                return fitting[0] if len(fitting) == 1 else None
    return None


def _fits(file: Path, encoding: str, script: _Script, least: int) -> bool:
    letters, own = re.compile(f"[{script.letters}{_COMMON}]+"), re.compile(f"[{script.own}]+")
    beyond = strange = others = 0
    try:
        for text in _texts(file, encoding):
            rest = _ASCII.sub("", text)
            beyond += len(rest)
            strange += len(letters.sub("", rest))
            others += len(own.sub("", rest))
    except UnicodeError:
        return False
    return beyond >= least and strange <= (1 - _SHARE) * beyond and beyond - others >= script.own_share * beyond


def _texts(file: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with file.open("rb") as source:
        while piece := source.read(_PIECE_BYTES):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
