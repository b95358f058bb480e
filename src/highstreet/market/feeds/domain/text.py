"""Text as it arrives from elsewhere: what can be repaired, and what must be refused."""

import re
import unicodedata

from highstreet.market.feeds.domain.rows import Unusable

# UTF-8 that somebody read as Windows-1252 shows as a lead character with the right number of continuations behind it.
_CONTINUATION = "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"  # noqa: E501 - one character class
_GARBLED = re.compile(
    f"[\u00c2\u00c3\u00c4\u00c5]{_CONTINUATION}|\u00e2{_CONTINUATION}{{2}}|\u00f0{_CONTINUATION}{{3}}"
)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def repair_mojibake(text: str) -> str:
    """Put right UTF-8 that was once read as Windows-1252 (`cafÃ©` becomes `café`), where that can be undone exactly."""
    return _GARBLED.sub(lambda found: _undo(found.group()), text)


def _undo(piece: str) -> str:
    try:
        return b"".join(_as_windows_byte(character) for character in piece).decode("utf-8")
    except UnicodeError:
        return piece


def _as_windows_byte(character: str) -> bytes:
    """The byte that shows as `character`; the five bytes that Windows-1252 leaves out show as C1 controls."""
    return character.encode("latin-1" if character <= "\u00ff" else "cp1252")


def check_text(text: str, *, longest: int) -> str:
    """Return `text`, or raise Unusable if a page could not show it as it was meant.

    Refused: nothing but space, more than `longest` characters, control characters and line breaks, letters that were
    lost (U+FFFD), lone surrogates, and text that still reads like a wrong encoding. Markup is text like any other:
    pages escape it.
    """
    if not text.strip():
        raise Unusable("is empty")
    if len(text) > longest:
        raise Unusable(f"has {len(text):,} characters; at most {longest:,} can be used")
    if text.isascii() and text.isprintable():
        return text  # as most texts are; what follows looks at every letter
    if _REPLACEMENT in text:
        raise Unusable("holds U+FFFD: letters were lost before this file was written")
    if garbled := _GARBLED.search(text):
        raise Unusable(
            f"reads like text in the wrong encoding ({garbled.group()!r}); declare the file's encoding, "
            "or add the transform repair_mojibake"
        )
    if text.isprintable():
        return text
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs":
            raise Unusable("holds bytes that are not text in the file's encoding")
        if category in {"Cc", "Zl", "Zp"}:
            raise Unusable(
                f"holds the control character U+{ord(character):04X}; the transform collapse removes line breaks"
            )
    return text
