"""Completing: which words somebody may be about to type, by how often and how prominently deals have them."""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import stored
from highstreet.discovery.search.index.generation import Live
from highstreet.discovery.search.language import text
from highstreet.discovery.search.language.lexicon import Lexicon, Whole, shared
from highstreet.discovery.search.language.questions import STOP_WORDS
from highstreet.kit.compiling import compiled

Array = NDArray[Any]

_CANDIDATES: Final = 48
"""Words, the commonest of those that begin right, that are looked at more closely in each segment."""
_SAMPLE: Final = 64
"""Deals of a word that are looked at."""
_SHORTEST: Final = 3
_WORD_AS_WRITTEN: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def completions(live: Sequence[Live], before: Sequence[str], prefix: str, most: int) -> list[str]:
    """Words that begin with `prefix` and stand in deals together with all that were typed before, the likeliest first.

    They are spelled as a deal spells them, in small letters, unless all that have them are in English, which has no
    accents to lose. What was typed is folded.
    """
    likely: dict[str, float] = {}
    shown: dict[str, tuple[Live, int]] = {}
    for segment in live:
        sections = segment.sections
        lexicon = Lexicon.of(sections.arrays, sections.meta.languages)
        first, last = lexicon.beginning(prefix)
        others = [_commonest_form(lexicon, word) for word in before]
        if first == last or any(token < 0 for token in others):
            continue
        starts, postings, alive = (
            shared(array) for array in (lexicon.posting_starts, sections["postings"], segment.alive)
        )
        found = _likely(starts, postings, alive, (first, last), np.array(others, np.int64), _CANDIDATES)
        english = _bits(sections.meta.languages, "en")
        for likelihood, token, row in sorted(zip(*(column.tolist() for column in found), strict=True))[-4 * most :]:
            word = lexicon.surface(token)
            if word.isalpha() and len(word) >= _SHORTEST and word not in STOP_WORDS:
                likely[word] = likely.get(word, 0.0) + likelihood
                if int(sections["lex_languages"][token]) & ~english:
                    shown.setdefault(word, (segment, row))
    best = sorted(likely, key=lambda word: (-likely[word], word))[:most]
    return list(dict.fromkeys(_as_written(word, *shown[word]) if word in shown else word for word in best))


def _bits(languages: Sequence[str], wanted: str) -> int:
    """The bits of `lex_languages` that stand for a language."""
    return sum(1 << bit for bit, language in enumerate(languages[:32]) if language.partition("-")[0] == wanted)


def _commonest_form(lexicon: Lexicon, word: str) -> int:
    """The word, or the form of it that most deals have; -1 without any."""
    forms = {lexicon.find(word), *lexicon.same_stem(word)} - {-1}
    return max(forms, key=lexicon.df, default=-1)


def _as_written(word: str, segment: Live, row: int) -> str:
    """The word as a deal that has it writes it: with its accents."""
    deal = stored.deal(segment.sections, row)
    for written in (deal.title, deal.merchant_name or "", deal.description or ""):
        if not written.isascii():
            for found in _WORD_AS_WRITTEN.findall(written):
                if text.words(found) == [word]:
                    return found.lower()
    return word


@compiled
def _likely(
    starts: Array, postings: Array, alive: Array, run: tuple[int, int], others: Array, most: int
) -> tuple[Array, Array, Array]:
    """Of the commonest words of a run: how likely it is meant, the word, and a living deal that has it prominently.

    How likely is how many deals have it, each counted by the square of what it weighs there: a word of titles comes
    before one of descriptions. Estimated from a sample of its deals, all of which must have the other words.
    """
    first, last = run
    order = _commonest(starts, first, last, most)
    tokens, likely, rows = np.empty(len(order), np.int64), np.empty(len(order)), np.empty(len(order), np.int64)
    size = 0
    for place in range(len(order)):
        token = order[place]
        start = np.int64(starts[token])
        count = np.int64(starts[token + 1]) - start
        total, seen, best, best_row = 0.0, 0, -1.0, np.int64(-1)
        step = max(count // _SAMPLE, 1)
        for at in range(start, start + count, step):
            seen += 1
            row = np.int64(postings[at] >> 8)
            if not alive[row >> 3] >> (row & 7) & 1:
                continue
            together = True
            for other in others:
                together = together and _has(postings, np.int64(starts[other]), np.int64(starts[other + 1]), row)
            if together:
                weight = (np.float64(postings[at] & 255) / 255) ** 2
                total += weight
                if weight > best:
                    best, best_row = weight, row
        if best_row >= 0:
            tokens[size], likely[size], rows[size] = token, total * count / seen, best_row
            size += 1
    return likely[:size], tokens[:size], rows[:size]


@compiled
def _has(postings: Array, start: Whole, end: Whole, row: Whole) -> bool:
    """Whether a row is among some postings."""
    low, high = start, end
    while low < high:
        middle = (low + high) >> 1
        if np.int64(postings[middle] >> 8) < row:
            low = middle + 1
        else:
            high = middle
    return bool(low < end and np.int64(postings[low] >> 8) == row)


@compiled
def _commonest(starts: Array, first: int, last: int, most: int) -> Array:
    """Of a run of words those that most deals have."""
    tokens, counts = np.zeros(most, np.int64), np.zeros(most, np.int64)
    size = 0
    for token in range(first, last):
        count = np.int64(starts[token + 1]) - np.int64(starts[token])
        if size == most and count <= counts[-1]:
            continue
        size = min(size + 1, most)
        place = size - 1
        while place and counts[place - 1] < count:
            tokens[place], counts[place] = tokens[place - 1], counts[place - 1]
            place -= 1
        tokens[place], counts[place] = token, count
    return tokens[:size]
