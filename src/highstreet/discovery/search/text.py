"""Words: how text becomes the tokens that are stored and asked for.

Documents and questions pass through the same fold, so what matters is that it is stable, not that it is grammatical.

Where a script puts no spaces between words, a run of its letters takes the place of a word, and is stored as its
overlapping pairs of letters. That needs no dictionary, knows names that no dictionary has, and finds about as much as
words from one do (Kwok, "Comparing representations in Chinese information retrieval", SIGIR 1997; Lee and Ahn, "Using
n-grams for Korean text retrieval", SIGIR 1996).
"""

import re
import unicodedata
from itertools import pairwise
from urllib.parse import unquote

import msgspec

MIN_PREFIX = 4
"""From this length on, the last word of a question also matches words that begin with it: `pizz` finds pizza, while
`spa` does not find spaghetti."""

MAX_TERMS = 12
"""Words beyond this many are not looked at; a longer question names a deal by its whole title."""

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u3096\u309d-\u309f"
_KATAKANA = "\u30a1-\u30f4\u30f7-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
"""With the mark of a long vowel, and without the small letters that count months and stand in place names."""
_KOREAN = "\uac00-\ud7a3"
_SOUTH_EAST = "".join(
    chr(code)
    for block in (range(0x0E00, 0x0F00), range(0x1000, 0x10A0), range(0x1780, 0x1800))
    for code in block
    if unicodedata.category(chr(code))[0] in "LMN"
)
"""Thai, Lao, Burmese and Khmer, whose vowels are marks."""
_RUNS = (_KATAKANA, f"{_HAN}{_HIRAGANA}\u30f5\u30f6\u30fc", _KOREAN, _SOUTH_EAST)
"""The letters of which runs are made. Han and Hiragana make one, since a verb's end is written in Hiragana; Katakana
makes its own, since it writes loanwords: so that a question for two words is asked as two."""

_WORD = re.compile(r"[^\W_]+")
_WORD_OR_RUN = re.compile("|".join([*(f"[{letters}]+" for letters in _RUNS), rf"[^\W_{''.join(_RUNS)}]+"]))
_OF_RUNS = re.compile(f"[{''.join(_RUNS)}]")
_HAN_PAIR = re.compile(f"[{_HAN}]{{2}}")
_DOT_IN_LOANWORD = re.compile(f"(?<=[{_KATAKANA}])\u30fb(?=[{_KATAKANA}])")
_PARTICLE = re.compile(f"(?<=[{_HAN}{_KATAKANA}]{{2}})[\u306e\u3092\u3067\u3068](?![{_HIRAGANA}])")
_TOKYO = re.compile("\u6771\u4eac\u90fd")
_TOKYO_ALONE = re.compile("\u6771\u4eac\u90fd(?![\u5185\u5fc3\u6c11])")
"""Tokyo with the kind of place at its end, whose last two letters are Kyoto; and that where no other word (within the
metropolis, its centre, its people) begins with the last one."""
_LARGE_KE = re.compile(f"(?<=[0-9{_HAN}])\u30b1(?=[{_HAN}])")
_LONG_VOWEL, _SMALL_KE = "\u30fc", "\u30f6"
_SHORTENED_FROM = 4
_MEANT_MARKS = frozenset(f"\u3099\u309a{_SOUTH_EAST}")
"""Marks that make another letter: of beer a heel, in Katakana. Accents are dropped."""
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


class Run(msgspec.Struct, frozen=True):
    """Letters of a question that stand together in a script without spaces: all their pairs must be stored.

    Of four letters or more, a pair of Han that is `loose` may be missing when those beside it are there: two words of
    two letters each are often typed as one.
    """

    letters: str

    @property
    def pairs(self) -> tuple[str, ...]:
        """Empty for a letter alone, which is found wherever it stands."""
        return tuple(map("".join, pairwise(self.letters)))

    @property
    def loose(self) -> tuple[bool, ...]:
        last = len(self.letters) - 2
        return tuple(0 < place < last and bool(_HAN_PAIR.match(pair)) for place, pair in enumerate(self.pairs))


def words(text: str) -> list[str]:
    """The words and runs of a text, without case, accents, apostrophes or punctuation, in their order."""
    if text.isascii():
        return _WORD.findall(text.lower().translate(_APOSTROPHES))
    return _WORD_OR_RUN.findall(_plain(text))


def stored(text: str) -> list[str]:
    """What is stored for a text: its words, and of a run every pair of letters and the last letter.

    Each letter of a run begins one of these, so that a letter asked for alone is found by what begins with it.
    """
    if text.isascii():
        return words(text)
    found = _WORD_OR_RUN.findall(_TOKYO.sub("\u6771\u4eac \u90fd", _DOT_IN_LOANWORD.sub("", _plain(text))))
    return [
        part
        for word in found
        for part in ([word[at : at + 2] for at in range(len(word))] if _OF_RUNS.match(word) else [word])
    ]


def _plain(text: str) -> str:
    """Text in one spelling: NFKC makes half-width Katakana and full-width Latin what they are elsewhere."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = [letter for letter in folded if not unicodedata.combining(letter) or letter in _MEANT_MARKS]
    plain = unicodedata.normalize("NFC", "".join(kept)).translate(_APOSTROPHES)
    return _LARGE_KE.sub(_SMALL_KE, plain)


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


def terms(text: str) -> tuple[Term | Run, ...]:
    """What a question asks for. Words that carry no meaning are left out, unless there are no others."""
    asked = words(text) if text.isascii() else _asked(text)
    meant = [word for word in asked if word not in _STOP_WORDS] or asked
    last = meant[-1] if meant and meant[-1] == asked[-1] else None
    prefix = last if last is not None and len(last) >= MIN_PREFIX and not text[-1].isspace() else None
    distinct = dict.fromkeys(singular(word) for word in meant[:MAX_TERMS])
    last_token = singular(last) if last is not None else None
    return tuple(
        Run(token) if _OF_RUNS.match(token) else Term(token, prefix if token == last_token else None)
        for token in distinct
    )


def _asked(text: str) -> list[str]:
    """Words and runs of a question; a particle behind a noun parts it from what follows.

    A long vowel at the end of a loanword, and the kind of place behind Tokyo, are written or left out, so they are not
    asked for.
    """
    plain = _TOKYO_ALONE.sub("\u6771\u4eac ", _PARTICLE.sub(" ", _plain(text)))
    return [
        word[:-1] if word[-1] == _LONG_VOWEL and len(word) >= _SHORTENED_FROM else word
        for word in _WORD_OR_RUN.findall(_TOKYO.sub("\u6771\u4eac \u90fd", plain))
    ]
