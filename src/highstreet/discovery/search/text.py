"""Words: how text becomes the tokens that are stored and asked for.

Documents and questions pass through the same fold, so what matters is that it is stable, not that it is grammatical.
"""

import re
import unicodedata
from urllib.parse import unquote

import msgspec

MIN_PREFIX = 4
"""From this length on, the last word of a question also matches words that begin with it: `pizz` finds pizza, while
`spa` does not find spaghetti."""

MAX_TERMS = 12
"""Words beyond this many are not looked at; a longer question names a deal by its whole title."""

_WORD = re.compile(r"[^\W_]+")
_BESIDE_PATH = re.compile(r"^[^:/]*://[^/?#]*|[?#].*$", re.DOTALL)
_FILE_ENDING = re.compile(r"\.[A-Za-z]{2,5}$")
_APOSTROPHES = str.maketrans("", "", "'\u2018\u2019\u02bc")
_STOP_WORDS = frozenset(
    {
        *("a", "an", "and", "at", "by", "for", "from", "in", "near", "of", "on", "or", "the", "to", "with"),
        *("al", "cerca", "con", "de", "del", "el", "en", "la", "las", "los", "o", "para", "por", "un", "una", "y"),
    }
)


class Term(msgspec.Struct, frozen=True):
    """One word of a question: a stored token equals `token`, or begins with `prefix` where that is not None."""

    token: str
    prefix: str | None


def words(text: str) -> list[str]:
    """The words of a text, without case, accents, apostrophes or punctuation, in their order."""
    if text.isascii():
        return _WORD.findall(text.lower().translate(_APOSTROPHES))
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return _WORD.findall(plain.translate(_APOSTROPHES))


def link_words(address: str) -> list[str]:
    """The words at the end of a link's path: `massages` of `https://x.example/deals/1606154-massages?a=b`.

    Whatever holds a digit is an id or has lost its signs, and is left out.
    """
    last = _BESIDE_PATH.sub("", address).rstrip("/").rpartition("/")[2]
    return [word for word in words(_FILE_ENDING.sub("", unquote(last))) if word.isalpha()]


def singular(word: str) -> str:
    """A word without a plural ending of English or, mostly, Spanish: `cities` city, `classes` class, `tacos` taco."""
    if len(word) <= 3 or word[-1] != "s" or word[-2] in "sui":
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def terms(text: str) -> tuple[Term, ...]:
    """What a question asks for. Words that carry no meaning are left out, unless there are no others."""
    asked = words(text)
    meant = [word for word in asked if word not in _STOP_WORDS] or asked
    last = meant[-1] if meant and meant[-1] == asked[-1] else None
    prefix = last if last is not None and len(last) >= MIN_PREFIX and not text[-1].isspace() else None
    distinct = dict.fromkeys(singular(word) for word in meant[:MAX_TERMS])
    last_token = singular(last) if last is not None else None
    return tuple(Term(token, prefix if token == last_token else None) for token in distinct)
