"""Widening: what else a word of a question stands for, by the operator's synonyms and the names of the categories.

It is looked up when a question is asked, so that a synonym or another name of a category takes effect at once, without
a new index.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from highstreet.discovery.search import relevance
from highstreet.discovery.search.language import questions, stems, text
from highstreet.discovery.search.language.lexicon import Lexicon
from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.market.catalog.domain.categories import CategoryTree

_JOINED_BY = re.compile(r"[&,/]|\b(?:and|y|e|et|und)\b", re.IGNORECASE)


class Meaning(msgspec.Struct, frozen=True):
    """Stored words that stand side by side and mean what was asked for."""

    words: tuple[str, ...]
    percent: int


class _Entry(msgspec.Struct, frozen=True):
    """Stems in one algorithm, behind one another, and what they mean."""

    stems: tuple[str, ...]
    meaning: Meaning


class Widening:
    """Made once whenever synonyms or categories change (some milliseconds for a thousand); compared by identity."""

    def __init__(self, synonyms: Iterable[Synonym] = (), categories: CategoryTree | None = None) -> None:
        tree = categories or CategoryTree(())
        given = tuple(synonyms)
        languages = {language for category in tree.categories for language in category.names}
        languages |= {synonym.language for synonym in given if synonym.language is not None}
        self._algorithms = stems.algorithms(languages)
        self._entries: dict[tuple[str, str], list[_Entry]] = {}
        self._known: set[str] = set()
        for synonym in given:
            for asked, meant in synonym.pairs():
                self._add(text.asked(asked), _meant(meant), relevance.SYNONYM, synonym.language)
        for category in tree.categories:
            for language, name in category.names.items():
                self._name(name, (text.category_word(category.slug),), language)
        self.lexicon = Lexicon.of_words(self._known)
        """The words that stand here."""

    def meanings(self, words: Sequence[str]) -> Iterator[tuple[int, int, Meaning]]:
        """What runs of these words mean besides themselves: the first, the one behind the last, the meaning."""
        for algorithm in ("", *self._algorithms):
            forms = [_form(word, algorithm) for word in words]
            for first, form in enumerate(forms):
                for entry in self._entries.get((algorithm, form), ()):
                    end = first + len(entry.stems)
                    if tuple(forms[first:end]) == entry.stems:
                        yield first, end, entry.meaning

    def _name(self, name: str, meant: tuple[str, ...], language: str) -> None:
        """`Hair & barbers` has two parts; of a part of several words, each alone is a hint."""
        for part in _JOINED_BY.split(name):
            words = text.asked(part)
            self._add(words, meant, relevance.CATEGORY_NAME, language)
            if len(words) > 1:
                for word in words:
                    self._add([word], meant, relevance.CATEGORY_WORD, language)

    def _add(self, asked: Sequence[str], meant: tuple[str, ...], percent: int, language: str | None) -> None:
        words = [word for word in asked if word not in questions.STOP_WORDS]
        if not words or not meant:
            return
        self._known.update(words, meant)
        known = self._algorithms if language is None else stems.algorithms((language,))
        for algorithm in ("", *known):
            forms = tuple(_form(word, algorithm) for word in words)
            entry = _Entry(forms, Meaning(meant, percent))
            entries = self._entries.setdefault((algorithm, forms[0]), [])
            if entry not in entries:
                entries.append(entry)


def _form(word: str, algorithm: str) -> str:
    return stems.stem(word, algorithm) if algorithm else word


def _meant(phrase: str) -> tuple[str, ...]:
    return questions.side_by_side(phrase)
