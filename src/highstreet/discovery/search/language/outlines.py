"""An outline: what a planned question looks for, before any segment has been asked what its words are numbered.

It is the same for all segments, so that it is made once, and each segment only fills in its numbers (`filling`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.language.clauses import WORD

Array = NDArray[Any]

EXACTLY, STEM, BEGINNING = 0, 1, 2
"""What is asked of a vocabulary: a word, the words of a stem, the words that begin with something."""


class Ask(msgspec.Struct, frozen=True, gc=False):
    """What fills a slot. `percent` is what it is worth; `key` marks the stem."""

    kind: int
    percent: int
    letters: str = ""
    key: int = 0


Slot = tuple[Ask, ...]


class Way(msgspec.Struct, frozen=True, gc=False):
    kind: int
    percent: int
    slots: tuple[Slot, ...]
    loose: tuple[bool, ...] = ()
    """By slot of a RUN: may be missing when those beside it are there."""


class Clause(msgspec.Struct, frozen=True, gc=False):
    """One thing that must be met, for some words of the question."""

    words: str
    ways: tuple[Way, ...]
    may_be_mistyped: bool = False

    def widened(self, asks: Iterable[Ask]) -> "Clause":
        """With further words that meet it."""
        for at, way in enumerate(self.ways):
            if way.kind == WORD:
                wider = Way(WORD, way.percent, ((*way.slots[0], *asks),))
                return self.with_ways((*self.ways[:at], wider, *self.ways[at + 1 :]))
        return self.with_ways((*self.ways, Way(WORD, 100, (tuple(asks),))))

    def with_ways(self, ways: tuple[Way, ...]) -> "Clause":
        return Clause(self.words, ways, self.may_be_mistyped)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Clauses as arrays. `ask_starts` has where each ask's bytes begin among `letters`, and the end of the last."""

    clauses: tuple[Clause, ...]
    clause_ways: Array
    way_kinds: Array
    way_percents: Array
    way_slots: Array
    slot_loose: Array
    slot_percents: Array
    """What the way of each slot is worth."""
    slot_asks: Array
    ask_kinds: Array
    ask_percents: Array
    ask_keys: Array
    letters: Array
    ask_starts: Array


def outline(clauses: Sequence[Clause]) -> Outline:
    """The arrays of some clauses."""
    ways = [way for clause in clauses for way in clause.ways]
    slots = [(way, slot) for way in ways for slot in way.slots]
    asks = [ask for _, slot in slots for ask in slot]
    written = [ask.letters.encode() for ask in asks]
    return Outline(
        clauses=tuple(clauses),
        clause_ways=_starts([len(clause.ways) for clause in clauses]),
        way_kinds=np.array([way.kind for way in ways], np.uint8),
        way_percents=np.array([way.percent for way in ways], np.uint8),
        way_slots=_starts([len(way.slots) for way in ways]),
        slot_loose=np.array([loose for way in ways for loose in way.loose or [False] * len(way.slots)], np.uint8),
        slot_percents=np.array([way.percent for way, _ in slots], np.uint8),
        slot_asks=_starts([len(slot) for _, slot in slots]),
        ask_kinds=np.array([ask.kind for ask in asks], np.uint8),
        ask_percents=np.array([ask.percent for ask in asks], np.uint8),
        ask_keys=np.array([ask.key for ask in asks], np.uint64),
        letters=np.frombuffer(b"".join(written), np.uint8),
        ask_starts=_starts([len(each) for each in written]),
    )


def _starts(lengths: list[int]) -> Array:
    return np.array([0, *accumulate(lengths)], np.int32)
