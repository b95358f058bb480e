"""What two titles and two merchants' names say, word by word and number by number."""

import re
from collections import Counter
from enum import IntEnum
from typing import Final, NamedTuple, Self

from highstreet.market.catalog.domain.names import fold
from highstreet.market.catalog.domain.numbers import NUMBER_WORDS, numbers
from highstreet.science import linkage

_SIMILAR_NAMES: Final = 0.9
_SIMILAR_WORDS: Final = 0.88
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LEGAL_FORMS = frozenset({"inc", "llc", "ltd", "co", "corp", "company", "gmbh", "sl", "sa", "the", "and"})


class MerchantLevel(IntEnum):
    """How two deals agree on their merchant."""

    SAME = 0
    SIMILAR = 1
    MENTIONED = 2
    """Stated by one, and in the title of the other one."""
    UNSTATED = 3
    """Stated by one, and not in the title of the other one."""
    NEITHER = 4
    """Stated by none: the title is all that tells two deals of one kind apart."""
    DIFFERENT = 5


class ContrastLevel(IntEnum):
    """How many words each of two titles has that the other one lacks, misspelt or not; the fewer of both count."""

    NONE = 0
    ONE = 1
    MORE = 2


class NumbersLevel(IntEnum):
    """How the numbers of two titles agree: July 4 is not July 5, and one session is not three."""

    NEITHER = 0
    """Neither states any."""
    SAME = 1
    MORE = 2
    """One states all those of the other one, and more."""
    DIFFERENT = 3
    """Each states one that the other one does not."""


def words(text: str) -> list[str]:
    """The words that are compared: as `_whole_words`; of scripts without spaces, pairs of letters."""
    found: list[str] = []
    for word in _whole_words(text):
        if _NO_SPACES.search(word):
            found += [word[at : at + 2] for at in range(max(len(word) - 1, 1))]
        else:
            found.append(word)
    return found


def _whole_words(text: str) -> list[str]:
    """Folded words, without a plural's s, and numbers in digits."""
    return [
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else NUMBER_WORDS.get(word, word)
        for word in fold(text).split()
    ]


def name_words(name: str) -> list[str]:
    """The words of a merchant's name, without its legal form unless that is all."""
    every = words(name)
    return [word for word in every if word not in _LEGAL_FORMS] or every


class Title(NamedTuple):
    """A title taken apart, and the words of its deal's merchant."""

    words: frozenset[str]
    whole: frozenset[str]
    named: frozenset[str]
    numbers: Counter[str]

    @classmethod
    def of(cls, title: str, merchant: str | None) -> Self:
        named = frozenset((*name_words(merchant or ""), *_whole_words(merchant or "")))
        return cls(frozenset(words(title)), frozenset(_whole_words(title)), named, numbers(title))


def numbers_level(one: Counter[str], other: Counter[str]) -> NumbersLevel:
    if one == other:
        return NumbersLevel.SAME if one else NumbersLevel.NEITHER
    return NumbersLevel.MORE if one <= other or other <= one else NumbersLevel.DIFFERENT


def contrast_level(one: Title, other: Title) -> ContrastLevel:
    """What both titles have of their own; words of a merchant's name do not count, and numbers are compared apart."""
    names = one.named | other.named
    first = [word for word in one.whole - other.whole - names if _tells(word)]
    second = [word for word in other.whole - one.whole - names if _tells(word)]
    for word in sorted(first):
        alike = next((each for each in sorted(second) if linkage.jaro_winkler(word, each) >= _SIMILAR_WORDS), None)
        if alike is not None:
            first.remove(word)
            second.remove(alike)
    return ContrastLevel(min(len(first), len(second), ContrastLevel.MORE))


def _tells(word: str) -> bool:
    return word.isalpha() and (len(word) > 2 or bool(_NO_SPACES.search(word)))


def names_level(first: tuple[str, ...], second: tuple[str, ...]) -> MerchantLevel:
    one, other = set(first), set(second)
    if one == other:
        return MerchantLevel.SAME
    if one < other or other < one:
        return MerchantLevel.SIMILAR
    alike = linkage.jaro_winkler(" ".join(sorted(one)), " ".join(sorted(other)))
    return MerchantLevel.SIMILAR if alike >= _SIMILAR_NAMES else MerchantLevel.DIFFERENT
