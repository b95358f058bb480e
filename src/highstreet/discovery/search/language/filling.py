"""Filling an outline with the numbers that a segment's words have, and weighing its clauses; compiled."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.language.lexicon import Lexicon, beginning_bytes, find_bytes
from highstreet.discovery.search.language.outlines import BEGINNING, EXACTLY, STEM, Outline
from highstreet.kit.compiling import compiled

Array = NDArray[Any]

MEANT = 90
"""From this percent on, a word counts as what was asked for: how rare that is makes the weight of a clause."""

Filled = tuple[Array, Array, Array, Array, Array]
"""`slot_alternatives`, `tokens`, `percents`; by slot, how many postings are of words that count as asked for, and of
all."""


def fill(lexicon: Lexicon, outline: Outline) -> Filled:
    """The words of a segment that an outline looks for. A word stands once in a slot, with its best percent."""
    return _fill(
        (lexicon.words, lexicon.starts, lexicon.stem_keys, lexicon.stem_tokens, lexicon.posting_starts),
        (outline.slot_percents, outline.slot_asks, outline.ask_kinds, outline.ask_percents, outline.ask_keys),
        (outline.letters, outline.ask_starts),
    )


def weigh(outline: Outline, filled: list[Filled], rows: int) -> Array:
    """The weight of each clause, 1 to 255: the rarer, the more. BM25's inverse document frequency, in sixteenths."""
    meant = np.array([each[3] for each in filled]).sum(axis=0)
    every = np.array([each[4] for each in filled]).sum(axis=0)
    return _weigh(outline.clause_ways, outline.way_slots, meant, every, rows)


@compiled
def _fill(
    lexicon: tuple[Array, Array, Array, Array, Array],
    slots: tuple[Array, Array, Array, Array, Array],
    written: tuple[Array, Array],
) -> Filled:
    words, starts, stem_keys, stem_tokens, posting_starts = lexicon
    slot_percents, slot_asks, ask_kinds, ask_percents, ask_keys = slots
    letters, ask_starts = written
    asks = len(ask_kinds)
    low, high = np.zeros(asks, np.int64), np.zeros(asks, np.int64)
    for ask in range(asks):
        asked = letters[ask_starts[ask] : ask_starts[ask + 1]]
        if ask_kinds[ask] == EXACTLY:
            token = find_bytes(words, starts, asked)
            if token >= 0:
                low[ask], high[ask] = token, token + 1
        elif ask_kinds[ask] == BEGINNING:
            low[ask], high[ask] = beginning_bytes(words, starts, asked)
        else:
            low[ask] = _first(stem_keys, ask_keys[ask])
            high[ask] = low[ask]
            while high[ask] < len(stem_keys) and stem_keys[high[ask]] == ask_keys[ask]:
                high[ask] += 1
    found = (high - low).sum()
    tokens, percents = np.empty(found, np.int32), np.empty(found, np.uint8)
    alternatives = np.zeros(len(slot_asks), np.int32)
    meant, every = np.zeros(len(slot_percents), np.int64), np.zeros(len(slot_percents), np.int64)
    count = np.int64(0)
    for slot in range(len(slot_percents)):
        count = _slot(
            slot_asks[slot],
            slot_asks[slot + 1],
            low,
            high,
            ask_kinds,
            ask_percents,
            stem_tokens,
            tokens,
            percents,
            count,
        )
        alternatives[slot + 1] = count
        for at in range(alternatives[slot], count):
            postings = np.int64(posting_starts[tokens[at] + 1]) - np.int64(posting_starts[tokens[at]])
            every[slot] += postings
            if np.int64(percents[at]) * np.int64(slot_percents[slot]) >= 100 * MEANT:
                meant[slot] += postings
    return alternatives, tokens[:count], percents[:count], meant, every


@compiled
def _first(keys: Array, key: np.uint64) -> int:
    """Where a key stands first, or would stand."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _slot(  # noqa: PLR0913, PLR0917 -- compiled code takes arrays, not objects
    first: int,
    last: int,
    low: Array,
    high: Array,
    kinds: Array,
    worth: Array,
    stem_tokens: Array,
    tokens: Array,
    percents: Array,
    count: Any,  # noqa: ANN401 -- a whole number of numpy
) -> int:
    """Write a slot's words behind the `count` that are there, ascending, each once with its best percent."""
    together = np.empty(np.sum(high[first:last] - low[first:last]), np.int64)
    size = 0
    for ask in range(first, last):
        for at in range(low[ask], high[ask]):
            token = at if kinds[ask] != STEM else np.int64(stem_tokens[at])
            key = token << 8 | np.int64(worth[ask])
            place = size
            while place and together[place - 1] > key:  # what each ask finds ascends, and only few find more than one
                together[place] = together[place - 1]
                place -= 1
            together[place] = key
            size += 1
    for at in range(size):
        if at + 1 == size or together[at + 1] >> 8 != together[at] >> 8:
            tokens[count], percents[count] = together[at] >> 8, together[at] & 255
            count += 1
    return count


@compiled
def _weigh(clause_ways: Array, way_slots: Array, meant: Array, every: Array, rows: int) -> Array:
    """A way is as rare as the rarest of its slots; a clause as common as its ways together."""
    weights = np.empty(len(clause_ways) - 1, np.float64)
    for clause in range(len(weights)):
        counts = np.zeros(2, np.int64)
        for way in range(clause_ways[clause], clause_ways[clause + 1]):
            first, last = way_slots[way], way_slots[way + 1]
            if last > first:
                counts[0] += np.min(meant[first:last])
                counts[1] += np.min(every[first:last])
        df = min(counts[0] or counts[1], rows)
        idf = float(np.log(1 + (rows - df + 0.5) / (df + 0.5)))
        weights[clause] = min(max(round(16 * idf), 1), 255)
    return weights
