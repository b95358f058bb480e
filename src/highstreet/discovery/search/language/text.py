"""Words: how text becomes the tokens that are stored.

Documents and questions pass through the same fold, so what matters is that it is stable, not that it is grammatical.
What is stored is the word as it is written, folded; that a word also stands for others is a matter of the question.

Where a script puts no spaces between words, a run of its letters takes the place of a word, and is stored as its
overlapping pairs of letters. That needs no dictionary, knows names that no dictionary has, and finds about as much as
words from one do (Kwok, "Comparing representations in Chinese information retrieval", SIGIR 1997; Lee and Ahn, "Using
n-grams for Korean text retrieval", SIGIR 1996).
"""

import re
import unicodedata
from urllib.parse import unquote

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

_ASCII_WORD = re.compile(r"[a-z0-9]+")
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


def category_word(slug: str) -> str:
    """What is stored with each deal of a category and of those below it; no text has such a word."""
    return f"\x01{slug}"


def words(text: str) -> list[str]:
    """The words and runs of a text, without case, accents, apostrophes or punctuation, in their order."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower().replace("'", ""))
    return _WORD_OR_RUN.findall(_plain(text))


def stored(text: str) -> list[str]:
    """What is stored for a text: its words, and of a run every pair of letters and the last letter.

    Each letter of a run begins one of these, so that a letter asked for alone is found by what begins with it.
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower().replace("'", ""))
    if not _NOT_BY_LETTER.search(text):
        return _WORD.findall(_BY_LETTER.sub(_letter, text.lower()))
    found = _WORD_OR_RUN.findall(_TOKYO.sub("\u6771\u4eac \u90fd", _DOT_IN_LOANWORD.sub("", _plain(text))))
    return [
        part
        for word in found
        for part in ([word[at : at + 2] for at in range(len(word))] if _OF_RUNS.match(word) else [word])
    ]


def link_words(address: str) -> list[str]:
    """The words at the end of a link's path: `massages` of `https://x.example/deals/1606154-massages?a=b`.

    Whatever holds a digit is an id or has lost its signs, and is left out.
    """
    last = _BESIDE_PATH.sub("", address).rstrip("/").rpartition("/")[2]
    return [word for word in words(_FILE_ENDING.sub("", unquote(last))) if word.isalpha()]


def asked(text: str) -> list[str]:
    """Words and runs of a question; a particle behind a noun parts it from what follows.

    A long vowel at the end of a loanword, and the kind of place behind Tokyo, are written or left out, so they are not
    asked for.
    """
    if text.isascii():
        return words(text)
    plain = _TOKYO_ALONE.sub("\u6771\u4eac ", _PARTICLE.sub(" ", _plain(text)))
    return [
        word[:-1] if word[-1] == _LONG_VOWEL and len(word) >= _SHORTENED_FROM else word
        for word in _WORD_OR_RUN.findall(_TOKYO.sub("\u6771\u4eac \u90fd", plain))
    ]


def is_run(word: str) -> bool:
    """Whether a word of `words` or `asked` is a run of letters of a script without spaces."""
    return not word.isascii() and bool(_OF_RUNS.match(word))


def is_han_pair(pair: str) -> bool:
    return bool(_HAN_PAIR.match(pair))


def _plain(text: str) -> str:
    """Text in one spelling: NFKC makes half-width Katakana and full-width Latin what they are elsewhere."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = [letter for letter in folded if not unicodedata.combining(letter) or letter in _MEANT_MARKS]
    plain = unicodedata.normalize("NFC", "".join(kept)).translate(_APOSTROPHES)
    return _LARGE_KE.sub(_SMALL_KE, plain)


_BY_LETTER = re.compile("['\x80-\u02ff\u0370-\u0482\u048a-\u052f\u1e00-\u1eff\u2010-\u2070\u20a0-\u20bf\u2122]")
_NOT_BY_LETTER = re.compile(f"[^\x00-\x7f{_BY_LETTER.pattern[2:]}|\u0130")
"""Latin, Greek and Cyrillic letters and common signs fold one by one, whatever stands beside them, which is quicker
than the whole way. Not so the capital I with its dot, whose small form is two letters."""
_FOLDED = {chr(code): _plain(chr(code)) for code in range(0x2200) if _BY_LETTER.match(chr(code))}


def _letter(match: re.Match[str]) -> str:
    return _FOLDED[match[0]]
