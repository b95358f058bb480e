"""What the words of a question stand for, worked out slowly and without the search: the oracle's half about language.

It knows questions of plain words in a script with spaces: no quotation marks, no signs, no synonyms.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, cast

from Stemmer import Stemmer  # pyright: ignore[reportUnknownVariableType] -- comes without types

from benchmarks.searching.reading import Read, words_of
from highstreet.market.catalog.domain.categories import CategoryTree

_STOP_WORDS: Final = frozenset(
    {
        *("a", "an", "and", "at", "by", "for", "from", "in", "near", "of", "on", "or", "the", "to", "with"),
        *("al", "cerca", "con", "de", "del", "el", "en", "la", "las", "los", "o", "para", "por", "un", "una", "y"),
    }
)
_MOST_WORDS: Final = 12
_LEAST_PREFIX: Final = 4
_SAME, _STEM, _JOINED, _BEGINNING, _GUESS, _CATEGORY, _PART_OF_CATEGORY = 100, 90, 80, 60, 70, 70, 40
_MOST_GUESSES: Final = 8
_LEAST_MISTYPED, _LONGEST_MISTYPED, _TWICE_MISTYPED = 3, 40, 8
_LEAST_PART: Final = 3
_ALGORITHMS: Final = {"en": "english", "es": "spanish"}

Alternatives = dict[int, int]
"""By number of a word, the percent that it counts."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One word of a question: what meets it, and its weight, 1 to 255."""

    alternatives: Alternatives
    weight: int


class Language:
    """The words of what was read, and what they stand for."""

    def __init__(self, read: Read, tree: CategoryTree) -> None:
        self._read, self._tree = read, tree
        self._stemmers: dict[str, Any] = {
            language: cast("Any", Stemmer)(_ALGORITHMS[language]) for language in sorted(read.tables["languages"])
        }

    def clauses(self, text: str) -> list[Clause]:
        """One a word that is asked for, in their order."""
        asked = words_of(text)
        words = list(dict.fromkeys([word for word in asked if word not in _STOP_WORDS] or asked))[:_MOST_WORDS]
        found = [self._meaning(word, _SAME) for word in words]
        if asked and not text[-1].isspace() and words[-1] == asked[-1] and len(asked[-1]) >= _LEAST_PREFIX:
            _widen(found[-1], dict.fromkeys(self._beginning(asked[-1]), _BEGINNING))
        for at, (word, behind) in enumerate(pairwise(words)):
            if all(len(each) > 1 and each.isalpha() for each in (word, behind)):
                for alternatives in found[at : at + 2]:
                    _widen(alternatives, self._meaning(word + behind, _JOINED))
        for first, end, slug, percent in self._categories_meant(words):
            for alternatives in found[first:end]:
                _widen(alternatives, self._exactly(f"\x01{slug}", percent))
        self._guess(words, found)
        return [Clause(alternatives, self._weight(alternatives)) for alternatives in found]

    def _guess(self, words: Sequence[str], found: Sequence[Alternatives]) -> None:
        """Widens what is found by what words were meant to be that nothing meets, and by what that means."""
        guessed = {
            at: near
            for at, (word, alternatives) in enumerate(zip(words, found, strict=True))
            if not alternatives and word not in self._known and word.isalpha()
            if _LEAST_MISTYPED <= len(word) <= _LONGEST_MISTYPED
            for near in [self._guesses(word)]
            if near
        }
        for at, near in guessed.items():
            for word in near:
                _widen(found[at], self._meaning(word, _GUESS))
        meant = [guessed[at][0] if at in guessed else word for at, word in enumerate(words)]
        for first, end, slug, percent in self._categories_meant(meant):
            if guessed.keys() & set(range(first, end)):
                for alternatives in found[first:end]:
                    _widen(alternatives, self._exactly(f"\x01{slug}", percent * _GUESS // 100))

    def _exactly(self, word: str, percent: int) -> Alternatives:
        number = self._read.words.get(word)
        return {} if number is None else {number: percent}

    def _meaning(self, word: str, percent: int) -> Alternatives:
        """The word and those of its stem, in each language in which they occur."""
        found: Alternatives = {}
        if word.isalpha():
            for language, stemmer in self._stemmers.items():
                same = self._by_stem[language].get(stemmer.stemWord(word), [])
                _widen(found, dict.fromkeys(same, percent * _STEM // 100))
        _widen(found, self._exactly(word, percent))
        return found

    @cached_property
    def _by_stem(self) -> dict[str, dict[str, list[int]]]:
        found: dict[str, dict[str, list[int]]] = {}
        for language, stemmer in self._stemmers.items():
            bit = 1 << self._read.tables["languages"].index(language)
            names = [word for word, number in self._read.words.items() if self._read.word_languages[number] & bit]
            of_language: dict[str, list[int]] = {}
            for word, stem in zip(names, stemmer.stemWords(names), strict=True):
                of_language.setdefault(stem, []).append(self._read.words[word])
            found[language] = of_language
        return found

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._read.words)

    def _beginning(self, prefix: str) -> list[int]:
        start, end = bisect_left(self._sorted, prefix), bisect_left(self._sorted, prefix + "\U0010ffff")
        return [self._read.words[word] for word in self._sorted[start:end]]

    @cached_property
    def _known(self) -> set[str]:
        """What deals or names of categories say."""
        named = {word for _, _, name, _ in self._names for word in name}
        return named | {word for word in self._read.words if not word.startswith("\x01")}

    def _guesses(self, word: str) -> list[str]:
        """Words with the fewest typing errors; that begin with it, or with its stem; with another first letter."""
        assert not self._is_of_two(word), f"{word} may be two words, which this oracle does not look for"
        first = [other for other in self._known if other[0] == word[0]]
        begun = [other for other in first if other.startswith(word)]
        stems = {stemmer.stemWord(word) for stemmer in self._stemmers.values()}
        long = tuple(stem for stem in stems if len(stem) >= _LEAST_MISTYPED)
        family = [other for other in self._known if other.startswith(long)]
        most = 1 if len(word) < _TWICE_MISTYPED else 2
        return (
            self._commonest(_nearest(word, first, most))
            or self._commonest(begun)
            or self._commonest(family)
            or self._commonest(_nearest(word, self._known, 1))
        )

    def _commonest(self, words: Iterable[str]) -> list[str]:
        meant = [word for word in words if word not in _STOP_WORDS]
        return sorted(meant, key=lambda word: (-self._holding(self._read.words.get(word)), word))[:_MOST_GUESSES]

    def _is_of_two(self, word: str) -> bool:
        known = self._read.words
        return any(word[:at] in known and word[at:] in known for at in range(_LEAST_PART, len(word) - _LEAST_PART + 1))

    def _categories_meant(self, words: Sequence[str]) -> Iterator[tuple[int, int, str, int]]:
        """Runs of words that name a category, or one word of a name: first, end, slug, percent."""
        languages = ("", *sorted({language for each in self._tree.categories for language in each.names}))
        for language in languages:
            asked = [self._form(word, language) for word in words]
            for names_language, slug, name, percent in self._names:
                if language not in {"", names_language}:
                    continue
                forms = [self._form(word, language) for word in name]
                for first in range(len(asked) - len(forms) + 1):
                    if asked[first : first + len(forms)] == forms:
                        yield first, first + len(forms), slug, percent

    @cached_property
    def _names(self) -> list[tuple[str, str, list[str], int]]:
        found: list[tuple[str, str, list[str], int]] = []
        for category in self._tree.categories:
            for language, name in category.names.items():
                for part in re.split(r"[&,/]|\b(?:and|y|e|et|und)\b", name, flags=re.IGNORECASE):
                    words = [word for word in words_of(part) if word not in _STOP_WORDS]
                    if words:
                        found.append((language, category.slug, words, _CATEGORY))
                    if len(words_of(part)) > 1:
                        found += [(language, category.slug, [word], _PART_OF_CATEGORY) for word in words]
        return found

    def _form(self, word: str, language: str) -> str:
        return self._stemmers[language].stemWord(word) if language else word

    def _holding(self, word: int | None) -> int:
        if word is None:
            return 0
        run = self._read.holding(word)
        return run.stop - run.start

    def _weight(self, alternatives: Alternatives) -> int:
        """Sixteenths of BM25's inverse document frequency, of the words that are meant or, with none, of all."""
        rows = len(self._read)
        meant = sum(self._holding(word) for word, percent in alternatives.items() if percent >= _STEM)
        holding = min(meant or sum(map(self._holding, alternatives)), rows)
        return min(max(round(16 * math.log(1 + (rows - holding + 0.5) / (holding + 0.5))), 1), 255)


def _widen(alternatives: Alternatives, others: Alternatives) -> None:
    for word, percent in others.items():
        alternatives[word] = max(percent, alternatives.get(word, 0))


def _nearest(word: str, others: Iterable[str], most: int) -> list[str]:
    near = [other for other in others if abs(len(other) - len(word)) <= most]
    errors = {other: number for other in near for number in [_errors(word, other)] if number <= most}
    return [other for other, number in errors.items() if number == min(errors.values())]


def _errors(one: str, other: str) -> int:
    """Letters too much, too few, or another, and neighbours in the wrong order (optimal string alignment)."""
    rows = [
        [max(row, column) if 0 in {row, column} else 0 for column in range(len(other) + 1)]
        for row in range(len(one) + 1)
    ]
    for row in range(1, len(one) + 1):
        for column in range(1, len(other) + 1):
            same = one[row - 1] == other[column - 1]
            rows[row][column] = min(
                rows[row - 1][column] + 1, rows[row][column - 1] + 1, rows[row - 1][column - 1] + (not same)
            )
            if row > 1 and column > 1 and one[row - 1] == other[column - 2] and one[row - 2] == other[column - 1]:
                rows[row][column] = min(rows[row][column], rows[row - 2][column - 2] + 1)
    return rows[-1][-1]
