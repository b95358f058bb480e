"""Planning: from the words of a question to the clauses that a kernel evaluates, one set for each segment.

A clause stands for a word of the question, whatever the segments hold, so that a question has as many in every
generation. Which words meet it, and what each is worth (percent):

| word of a deal | percent |
|---|---|
| the same | 100 |
| the same stem, in a language in which the word occurs | 90 |
| a phrase: glued by a sign (`t-shirt`), written as one word | 90 |
| two words of the question written as one, one written as two | 80 |
| a synonym; its stem | 80; 72 |
| its category is named so; so in part | 70; 40 |
| begins with the last word of the question, of four letters or more | 60 |
| a typing error away, or of the same beginning, where the word is in no vocabulary; the stem of that | 70; 63 |
| what that means besides itself: a synonym; its category | 56; 49 or 28 |
| has the longest part of a run of letters, where the whole is in no vocabulary | 70 |
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search import relevance
from highstreet.discovery.search.language import filling, guessing, questions, text
from highstreet.discovery.search.language.clauses import PHRASE, RUN, WORD, Clauses
from highstreet.discovery.search.language.filling import Filled
from highstreet.discovery.search.language.guessing import Guess
from highstreet.discovery.search.language.lexicon import Lexicon
from highstreet.discovery.search.language.outlines import (
    BEGINNING,
    EXACTLY,
    STEM,
    Ask,
    Clause,
    Outline,
    Slot,
    Way,
    outline,
)
from highstreet.discovery.search.language.questions import Part
from highstreet.discovery.search.language.tables import stem_key_of
from highstreet.discovery.search.language.widening import Meaning, Widening
from highstreet.kit.native import Held

Array = NDArray[Any]

_MOST_MEANINGS = 24
"""A word means no more than this many other things at a time."""
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A question as every segment of a generation is asked it."""

    clauses: tuple[Clauses, ...]
    """One set for each segment."""
    held: Held[tuple[Clauses, ...]]
    """The same, for the kernel."""
    weights: bytes
    """A byte a clause, for a cursor to pin."""
    words: tuple[str, ...]
    """By clause, the words of the question that it stands for."""
    corrected: tuple[tuple[str, str], ...] = ()
    """Words that no segment knows, and the nearest that one does know."""

    def pinned(self, weights: bytes) -> Held[tuple[Clauses, ...]]:
        """For the kernel, with these weights instead of its own."""
        given = np.frombuffer(weights, np.uint8).astype(np.int64)
        return Held(tuple(each._replace(weights=given) for each in self.clauses))


def planner(lexicons: Sequence[Lexicon], widening: Widening, rows: int) -> Callable[[str], Plan]:
    """`plan` for one generation, which remembers the latest plans."""

    @lru_cache(_REMEMBERED)
    def remembering(question: str) -> Plan:
        return plan(question, lexicons, widening, rows)

    return remembering


def plan(question: str, lexicons: Sequence[Lexicon], widening: Widening, rows: int, *, as_said: bool = False) -> Plan:
    """What to look for in each of the segments whose words are given; together they have so many rows.

    `as_said`: words that no segment has were meant all the same, and are not guessed to be others.
    """
    algorithms = _algorithms(lexicons)
    drawn = outlined(question, algorithms, widening)
    filled = [filling.fill(lexicon, drawn) for lexicon in lexicons]
    guesses = {} if as_said else _guesses(drawn, filled, lexicons, widening)
    parts = {} if as_said else _known_parts(drawn, filled)
    if guesses or parts:
        clauses = [
            _guessed(parts.get(at, clause), guesses.get(at), algorithms) for at, clause in enumerate(drawn.clauses)
        ]
        drawn = outline(_widened_as_meant(clauses, question, guesses, widening, algorithms))
        filled = [filling.fill(lexicon, drawn) for lexicon in lexicons]
    weights = filling.weigh(drawn, filled, rows) if filled else np.ones(len(drawn.clauses))
    clauses = tuple(_clauses(drawn, each, weights) for each in filled)
    return Plan(
        clauses=clauses,
        held=Held(clauses),
        weights=weights.astype(np.uint8).tobytes(),
        words=tuple(clause.words for clause in drawn.clauses),
        corrected=tuple((drawn.clauses[at].words, guess.meant) for at, guess in guesses.items()),
    )


def _algorithms(lexicons: Sequence[Lexicon]) -> tuple[str, ...]:
    if len({lexicon.algorithms for lexicon in lexicons}) == 1:
        return lexicons[0].algorithms
    return tuple(sorted({name for lexicon in lexicons for name in lexicon.algorithms}))


def _clauses(drawn: Outline, filled: Filled, weights: Array) -> Clauses:
    return Clauses(
        weights=weights.astype(np.int64),
        clause_ways=drawn.clause_ways,
        way_kinds=drawn.way_kinds,
        way_percents=drawn.way_percents,
        way_slots=drawn.way_slots,
        slot_loose=drawn.slot_loose,
        slot_alternatives=filled[0],
        tokens=filled[1],
        percents=filled[2],
    )


@lru_cache(maxsize=_REMEMBERED)
def outlined(question: str, algorithms: tuple[str, ...], widening: Widening) -> Outline:
    """The clauses of a question before any vocabulary has been looked into."""
    parts = questions.parts(question)
    clauses = [_clause(part, algorithms) for part in parts]
    plain = [part.plain for part in parts]
    for at, (word, behind) in enumerate(pairwise(plain)):
        if word and behind and _may_be_joined(word) and _may_be_joined(behind):
            asks = _asks(word + behind, relevance.JOINED, algorithms)
            clauses[at], clauses[at + 1] = clauses[at].widened(asks), clauses[at + 1].widened(asks)
    for first, end, meaning in _meanings(plain, widening):
        for at in range(first, end):
            clauses[at] = _widened(clauses[at], meaning, algorithms)
    return outline(clauses)


def _widened_as_meant(
    clauses: list[Clause], question: str, guesses: Mapping[int, Guess], widening: Widening, algorithms: tuple[str, ...]
) -> list[Clause]:
    """Clauses with what the guessed words mean besides themselves, alone or beside others."""
    plain = [part.plain for part in questions.parts(question)]
    for at, guess in guesses.items():
        plain[at] = guess.meant
    for first, end, meaning in _meanings(plain, widening):
        if any(at in guesses for at in range(first, end)):
            unsure = Meaning(meaning.words, meaning.percent * relevance.MISTYPED // 100)
            for at in range(first, end):
                clauses[at] = _widened(clauses[at], unsure, algorithms)
    return clauses


def _meanings(plain: Sequence[str | None], widening: Widening) -> list[tuple[int, int, Meaning]]:
    """What the words mean besides themselves; a phrase or a quotation parts them."""
    found = widening.meanings([word or "" for word in plain])
    counts = [0] * len(plain)
    kept: list[tuple[int, int, Meaning]] = []
    for first, end, meaning in found:
        if max(counts[first:end]) < _MOST_MEANINGS:
            kept.append((first, end, meaning))
            for at in range(first, end):
                counts[at] += 1
    return kept


def _clause(part: Part, algorithms: tuple[str, ...]) -> Clause:
    words = " ".join(part.words)
    if part.plain is None:
        whole = Way(
            PHRASE if len(part.words) > 1 else WORD, 100, tuple(_asks(word, 100, algorithms) for word in part.words)
        )
        together = "".join(part.words)
        return Clause(
            words, (whole,) if part.quoted else (whole, Way(WORD, relevance.GLUED, (_asks(together, 100, algorithms),)))
        )
    word = part.plain
    if text.is_run(word):
        return Clause(words, (_run(word),))
    asks = _asks(word, 100, algorithms)
    if part.unfinished:
        asks = (*asks, Ask(BEGINNING, relevance.BEGINNING, word))
    return Clause(words, (Way(WORD, 100, (asks,)),), may_be_mistyped=guessing.may_be_mistyped(word))


def _run(letters: str, percent: int = 100) -> Way:
    """All pairs of a run, as they are stored.

    Of four letters or more, a pair of Han may be missing when those beside it are there: two words of two letters each
    are often typed as one.
    """
    pairs = ["".join(pair) for pair in pairwise(letters)]
    if not pairs:
        return Way(WORD, percent, ((Ask(BEGINNING, 100, letters),),))
    last = len(pairs) - 1
    loose = tuple(0 < at < last and text.is_han_pair(pair) for at, pair in enumerate(pairs))
    return Way(RUN, percent, tuple((Ask(EXACTLY, 100, pair),) for pair in pairs), loose)


def _asks(word: str, percent: int, algorithms: tuple[str, ...]) -> Slot:
    """A word, and those of its stems."""
    exactly = Ask(EXACTLY, percent, word)
    if not word.isalpha() or text.is_run(word):
        return (exactly,)
    keys = dict.fromkeys(stem_key_of(word, algorithm) for algorithm in algorithms)
    return (exactly, *(Ask(STEM, percent * relevance.SAME_STEM // 100, key=key) for key in keys))


def _may_be_joined(word: str) -> bool:
    return len(word) > 1 and word.isalpha() and not text.is_run(word)


def _widened(clause: Clause, meaning: Meaning, algorithms: tuple[str, ...]) -> Clause:
    if len(meaning.words) == 1:
        return clause.widened(_asks(meaning.words[0], meaning.percent, algorithms))
    slots = tuple(_asks(word, 100, algorithms) for word in meaning.words)
    return clause.with_ways((*clause.ways, Way(PHRASE, meaning.percent, slots)))


def _guesses(
    drawn: Outline, filled: Sequence[Filled], lexicons: Sequence[Lexicon], widening: Widening
) -> dict[int, Guess]:
    """By clause, what its word may have been meant to be, where it is nobody's and no segment has what it means."""
    guesses: dict[int, Guess] = {}
    for at, clause in enumerate(drawn.clauses):
        if clause.may_be_mistyped and widening.lexicon.find(clause.words) < 0:
            first = drawn.way_slots[drawn.clause_ways[at]]
            found = any(each[4][first] for each in filled)
            guess = None if found else guessing.guess(clause.words, (*lexicons, widening.lexicon))
            if guess is not None:
                guesses[at] = guess
    return guesses


def _known_parts(drawn: Outline, filled: Sequence[Filled]) -> dict[int, Clause]:
    """By their places, clauses for runs of letters of which the segments know a part only."""
    found: dict[int, Clause] = {}
    for at, clause in enumerate(drawn.clauses):
        way = clause.ways[0]
        if way.kind == RUN:
            first = int(drawn.way_slots[drawn.clause_ways[at]])
            pairs = range(first, first + len(way.slots))
            common = [sum(int(each[4][pair]) for each in filled) for pair in pairs]
            part = guessing.known_part(clause.words, way.loose, common)
            if part is not None:
                found[at] = clause.with_ways((*clause.ways, _run(part, relevance.MISTYPED)))
    return found


def _guessed(clause: Clause, guess: Guess | None, algorithms: tuple[str, ...]) -> Clause:
    if guess is None:
        return clause
    asks = [ask for word in guess.near for ask in _asks(word, relevance.MISTYPED, algorithms)]
    clause = clause.widened(asks)
    if guess.parts:
        parts = tuple(_asks(word, 100, algorithms) for word in guess.parts)
        clause = clause.with_ways((*clause.ways, Way(PHRASE, relevance.JOINED, parts)))
    return clause
