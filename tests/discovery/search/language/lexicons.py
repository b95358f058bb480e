"""Lexicons of given words, as a segment has them."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from highstreet.discovery.search.language.lexicon import Lexicon
from highstreet.discovery.search.language.tables import packed, tables


def lexicon(words: Iterable[str], languages: tuple[str, ...] = ("en", "es")) -> Lexicon:
    """Each occurs in every language, and in as many deals as it is given times."""
    return of_languages({word: (2 ** len(languages) - 1, count) for word, count in Counter(words).items()}, languages)


def of_languages(words: Mapping[str, tuple[int, int]], languages: tuple[str, ...]) -> Lexicon:
    """By word, the bits of its languages and how many deals have it."""
    names = sorted(words, key=str.encode)
    written, starts = packed(names)
    bits = np.array([words[name][0] for name in names], np.uint32)
    arrays = {
        "lex_bytes": written,
        "lex_starts": starts.astype(np.uint64),
        "lex_languages": bits,
        "posting_starts": np.cumsum([0, *(words[name][1] for name in names)]).astype(np.uint64),
    }
    arrays |= tables(arrays["lex_bytes"], arrays["lex_starts"], bits, languages)
    return Lexicon.of(arrays, languages)
