"""What a question's words stand for, taken from a generation: numbers of words become the words again."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from highstreet.discovery.search import service as search
from highstreet.discovery.search.language.clauses import PHRASE, RUN, WORD, Clauses
from highstreet.discovery.search.language.lexicon import Lexicon
from tests.discovery.search.oracle import Plan

_KINDS = {WORD: "word", PHRASE: "phrase", RUN: "run"}


def in_words(index: search.Generation, question: str) -> list[Plan]:
    """The plan with the words that each segment has."""
    return [
        _in_words(Lexicon.of(sections.arrays, sections.meta.languages), clauses)
        for sections, clauses in zip(index.prepared.sections, index.plan(question).clauses, strict=True)
    ]


def _in_words(lexicon: Lexicon, clauses: Clauses) -> Plan:
    slots: list[dict[str, int]] = []
    for slot in range(len(clauses.slot_alternatives) - 1):
        words = range(clauses.slot_alternatives[slot], clauses.slot_alternatives[slot + 1])
        slots.append({lexicon.surface(clauses.tokens[at]): int(clauses.percents[at]) for at in words})
    ways: list[dict[str, Any]] = [
        {
            "kind": _KINDS[int(clauses.way_kinds[way])],
            "percent": int(clauses.way_percents[way]),
            "slots": slots[clauses.way_slots[way] : clauses.way_slots[way + 1]],
            "loose": clauses.slot_loose[clauses.way_slots[way] : clauses.way_slots[way + 1]].tolist(),
        }
        for way in range(len(clauses.way_kinds))
    ]
    return [ways[first:last] for first, last in pairwise(clauses.clause_ways.tolist())]


def levels(index: search.Generation) -> dict[str, int]:
    """By the id of a deal that is alive, its segment."""
    return {
        str(UUID(int=int(live.sections["id_high"][row]) << 64 | int(live.sections["id_low"][row]))): level
        for level, live in enumerate(index.segments)
        for row in live.rows().tolist()
    }
