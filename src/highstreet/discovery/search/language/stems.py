"""Stems: what the forms of a word have in common, by language, from the Snowball algorithms.

The algorithms are those of M. F. Porter's Snowball (snowballstem.org). They are given folded words, as
stored: what they make of a lost accent is the same for question and document, and nothing of it is shown to anybody.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Protocol, cast

import Stemmer

_ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
_REMEMBERED = 20_000


class _Stemming(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 -- the library's name

    def stemWords(self, words: Sequence[str]) -> list[str]: ...  # noqa: N802 -- the library's name


def algorithm(language: str) -> str | None:
    """The algorithm for a language tag such as `en` or `pt-BR`; None where there is none: a word is its own stem."""
    return _ALGORITHMS.get(language.partition("-")[0].lower())


def algorithms(languages: Iterable[str]) -> tuple[str, ...]:
    """The algorithms that some languages need, each once, in the order of the alphabet."""
    return tuple(sorted({name for name in map(algorithm, languages) if name is not None}))


@lru_cache(maxsize=_REMEMBERED)
def stem(word: str, algorithm: str) -> str:
    return _stemming(algorithm).stemWord(word)


def stem_all(words: Sequence[str], algorithm: str) -> list[str]:
    """The stems of many words, in their order."""
    return _stemming(algorithm).stemWords(words)


@cache
def _stemming(algorithm: str) -> _Stemming:
    make = cast("Callable[[str], _Stemming]", Stemmer.Stemmer)  # pyright: ignore[reportUnknownMemberType] -- it states no types
    return make(algorithm)
