"""Invented words that come as often, and are as long, as those of real feeds.

How often words come was fitted by maximum likelihood to three feeds of deals (LivingSocial Chicago and San Francisco,
Groupon New York; 40,000 words of descriptions, 16,000 of titles). The figures are kept here, and none of their words.
Mandelbrot's law: the word of rank r comes in proportion to (r + shift) ** -exponent (Mandelbrot, "An informational
theory of the statistical structure of language", 1953).
"""

from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from Stemmer import Stemmer  # pyright: ignore[reportUnknownVariableType] -- comes without types

from highstreet.market.catalog.domain.categories import CATEGORIES

SIZE = 120_000
FUNCTION_WORDS = {
    "en": ("the", "and", "of", "a", "to", "in", "for", "with", "at", "on", "or", "from", "by", "an", "near"),
    "es": ("de", "la", "el", "y", "en", "los", "a", "del", "para", "con", "un", "por", "una", "las", "al"),
}
"""The commonest words are no inventions: a question leaves them out, so that they may not stand for content."""
FUNCTIONS = len(FUNCTION_WORDS["en"])
COMMONPLACE = 60
"""Words of a lower rank stand in more than a tenth of all deals. In the feeds those are words such as "off", "up" and
"available", which nobody asks for; questions have others."""

_DESCRIPTIONS, _TITLES = (1.10, 5.0), (0.98, 2.0)
"""Exponent and shift of Mandelbrot's law."""
_INFLECTED = (("s", 0.08), ("ing", 0.02), ("ed", 0.01))
"""Endings, and the share of words that stand beside their form with it: in the feeds, one in ten has its plural."""
_SYLLABLES = (0.15, 0.55, 0.25, 0.05)
"""Shares of words of one, two, ... syllables, which give the feeds' lengths (half between 5 and 8 letters)."""
_ONSETS = (*"bcdfghjklmnprstvwz", "br", "ch", "cl", "dr", "fl", "gr", "pl", "pr", "sh", "sl", "st", "th", "tr")
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "ai", "ea", "ee", "oo", "ou")
_CODAS = ("", "", "", "", "", "", "n", "r", "l", "t", "m", "d", "k", "p", "nd", "rk")
_SLOTS = 1 << 22

Words = NDArray[np.object_]
Ranks = NDArray[np.uint32]


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 -- its own name

    def stemWords(self, words: list[str]) -> list[str]: ...  # noqa: N802 -- its own name


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words by rank, for each language, and one slot of `descriptions` and `titles` for each equal chance."""

    words: dict[str, Words]
    descriptions: Ranks
    titles: Ranks


@cache
def vocabulary() -> Vocabulary:
    """Always the same. Takes a second or two."""
    rng = np.random.Generator(np.random.PCG64(SIZE))
    content = _content(rng, SIZE - FUNCTIONS)
    words = {
        language: np.array([*functions, *content], dtype=np.object_) for language, functions in FUNCTION_WORDS.items()
    }
    return Vocabulary(words, _slots(*_DESCRIPTIONS), _slots(*_TITLES))


def _slots(exponent: float, shift: float) -> Ranks:
    """Ranks, each in as many slots as its chance is worth: a draw is one look into a table."""
    chances = (np.arange(1, SIZE + 1) + shift) ** -exponent
    ends = np.rint(np.cumsum(chances) / chances.sum() * _SLOTS).astype(np.int64)
    return np.repeat(np.arange(SIZE, dtype=np.uint32), np.diff(ends, prepend=0))


def _content(rng: np.random.Generator, number: int) -> list[str]:
    """Words of which no two have one stem but those meant to, and none that of a category's name.

    The shorter ones tend to be the commoner ones.
    """
    found: list[str] = []
    stemmers = tuple(cast("_Stemmer", Stemmer(language)) for language in ("english", "spanish"))
    meant = [word for words in FUNCTION_WORDS.values() for word in words]
    meant += [word for category in CATEGORIES for name in category.names.values() for word in name.lower().split()]
    taken = tuple(set(stemmer.stemWords(meant)) for stemmer in stemmers)
    while len(found) < number:
        made = _syllables(rng, number)
        stems = [stemmer.stemWords(made) for stemmer in stemmers]
        for word, *both in zip(made, *stems, strict=True):
            if len(word) >= 3 and all(stem not in known for stem, known in zip(both, taken, strict=True)):
                found += [word, *_inflected(rng, word, both[0], stemmers[0])]
                for stem, known in zip(both, taken, strict=True):
                    known.add(stem)
    found = found[:number]
    lengths = np.array([len(word) for word in found])
    order: list[int] = np.argsort(lengths + rng.normal(0, 4, len(found)), kind="stable").tolist()
    return [found[place] for place in order]


def _syllables(rng: np.random.Generator, number: int) -> list[str]:
    parts = [rng.choice(np.array(each), (number, len(_SYLLABLES))) for each in (_ONSETS, _VOWELS, _CODAS)]
    counts: list[int] = rng.choice(len(_SYLLABLES), number, p=_SYLLABLES).tolist()
    syllables: list[list[str]] = np.char.add(np.char.add(*parts[:2]), parts[2]).tolist()
    return ["".join(each[: count + 1]) for each, count in zip(syllables, counts, strict=True)]


def _inflected(rng: np.random.Generator, word: str, stem: str, stemmer: _Stemmer) -> list[str]:
    """At most one other form of a word, and only where the stemmer sees that it is one."""
    chance = rng.random()
    for ending, share in _INFLECTED:
        if chance < share:
            return [word + ending] if stemmer.stemWord(word + ending) == stem else []
        chance -= share
    return []
