"""What a question's words stand for, taken from a generation: numbers of words become the words again."""

from typing import Any

from highstreet.discovery.search import service as search
from highstreet.discovery.search.language.clauses import PHRASE, RUN, WORD
from highstreet.discovery.search.language.lexicon import Lexicon
from tests.discovery.search.oracle import Plan

_KINDS = {WORD: "word", PHRASE: "phrase", RUN: "run"}


def in_words(index: search.Generation, question: str) -> Plan:
    """The plan with the words of all segments together."""
    together: Plan = []
    for sections, clauses in zip(index.prepared.sections, index.plan(question).clauses, strict=True):
        lexicon = Lexicon.of(sections.arrays, sections.meta.languages)
        slots: list[dict[str, Any]] = []
        for slot in range(len(clauses.slot_alternatives) - 1):
            words = range(clauses.slot_alternatives[slot], clauses.slot_alternatives[slot + 1])
            slots.append({lexicon.surface(clauses.tokens[at]): int(clauses.percents[at]) for at in words})
        ways = [
            {
                "kind": _KINDS[int(clauses.way_kinds[way])],
                "percent": int(clauses.way_percents[way]),
                "slots": slots[clauses.way_slots[way] : clauses.way_slots[way + 1]],
                "loose": clauses.slot_loose[clauses.way_slots[way] : clauses.way_slots[way + 1]].tolist(),
            }
            for way in range(len(clauses.way_kinds))
        ]
        here = [ways[first:last] for first, last in zip(clauses.clause_ways, clauses.clause_ways[1:], strict=False)]
        together = _joined(together, here) if together else here
    return together


def _joined(some: Plan, others: Plan) -> Plan:
    """Two plans of one question: the same but for the words that are in use."""
    for ways, of_others in zip(some, others, strict=True):
        for way, other in zip(ways, of_others, strict=True):
            assert (way["kind"], way["percent"], way["loose"]) == (other["kind"], other["percent"], other["loose"])
            for slot, known in zip(way["slots"], other["slots"], strict=True):
                assert all(slot.get(word, percent) == percent for word, percent in known.items())
                slot.update(known)
    return some
