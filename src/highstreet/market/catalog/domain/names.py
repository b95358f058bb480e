"""One spelling for many: names folded for comparison, and slugs for addresses of pages."""

import re
import unicodedata

_WORDS = re.compile(r"[^\W_]+")
_ASCII_WORDS = re.compile(r"[a-z0-9]+")
_SILENT = str.maketrans(dict.fromkeys("'\u2018\u2019\u02bb\u02bc`\u00b4"))
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ħ": "h",
        "ŧ": "t",
        "\u30f6": "\u30b1",
    }
)
"""Letters that Unicode does not decompose into a plain letter and a mark, and the small `ke` of Japanese names."""
_VOICED = "\u3099\u309a"
"""Marks that make another letter of a Japanese one, and are no accents."""
_ABBREVIATIONS = {"st": "saint", "ste": "sainte", "mt": "mount", "mtn": "mountain", "ft": "fort", "sta": "santa"}
_SLUG_LENGTH = 80


def fold(text: str) -> str:
    """`text` as it is compared: lower case, no accents, one space between words, `St.` and `Mt.` in full.

    Other scripts stay as they are. Folding what is folded changes nothing.
    """
    return " ".join([_ABBREVIATIONS.get(word, word) for word in _words(text)])


def fold_prefixes(text: str) -> tuple[str, ...]:
    """The folded beginnings that somebody may mean who has typed `text` so far.

    Two where the last word could be an abbreviation or the start of a longer word: `st` is `saint` or `stuttgart`.
    """
    words = _words(text)
    if not words:
        return ()
    start = [_ABBREVIATIONS.get(word, word) for word in words[:-1]]
    endings = dict.fromkeys((words[-1], _ABBREVIATIONS.get(words[-1], words[-1])))
    return tuple(" ".join([*start, ending]) for ending in endings)


def slugify(text: str, fallback: str) -> str:
    """`text` as a part of a page's address: ASCII letters, digits and single hyphens; `fallback` when none remain."""
    slug = "-".join(_ASCII_WORDS.findall(" ".join(_words(text))))
    if len(slug) > _SLUG_LENGTH:
        cut = slug[: _SLUG_LENGTH + 1]
        slug = cut.rpartition("-")[0] or cut[:_SLUG_LENGTH]
    return slug or fallback


def _words(text: str) -> list[str]:
    """Lower-case words without accents. A million names are read at a load, so the usual ones take a short way."""
    if text.isascii():
        return [text.lower()] if text.isalpha() else _WORDS.findall(text.replace("'", "").replace("`", "").lower())
    lowered = text.casefold()
    if not (lowered.isalpha() and all(unicodedata.is_normalized(form, lowered) for form in ("NFKD", "NFC"))):
        decomposed = unicodedata.normalize("NFKD", lowered.translate(_SILENT)).casefold()
        plain = "".join([letter for letter in decomposed if not unicodedata.combining(letter) or letter in _VOICED])
        lowered = unicodedata.normalize("NFC", plain)
    return _WORDS.findall(lowered.translate(_LETTERS))
