"""The kernel: one question against the three segments of a generation, compiled.

First every segment says which rows answer the question's words, place and dates; then it is settled how many of the
words are needed and in which currency prices are; then filters and facets are worked out, and the first are ranked.

A number that is handed over is made an `np.int64` where it would be a literal: numba compiles a function again for each
literal that it is called with.
"""

from typing import NamedTuple

import numpy as np

from highstreet.discovery.search import relevance
from highstreet.discovery.search.index import gathering, nearby, ranking, sifting
from highstreet.discovery.search.index.asked import (
    ANY_CURRENCY,
    FOUND,
    UNPLACED,
    Aim,
    Answer,
    Columns,
    Here,
)
from highstreet.discovery.search.index.runs import Ints, Rows, Whole, spread_out
from highstreet.discovery.search.index.sections import AT_LOCATIONS, REACH_BITS
from highstreet.discovery.search.index.sifting import AHEAD, CANDIDATE
from highstreet.discovery.search.language.clauses import Clauses
from highstreet.kit.compiling import compiled
from highstreet.kit.native import Held, borrowed, prefetch

_BLOCK = 4096
"""Rows that go through all steps together, while their records are in the cache."""
_A_HIT = 2
"""Points of chains that are looked at in the time that a hit of a word in a chain takes."""


class _Near(NamedTuple):
    """Rows that may be candidates.

    Where words were asked for, what the rows have of them stands beside them; and which are candidates, since these are
    counted by their words before anything else is looked at.
    """

    rows: Ints
    summed: Ints
    met: Ints
    chains: nearby.Chains
    candidates: Rows


@compiled
def answer(
    columns: Held[tuple[Columns, ...]], clauses: Held[tuple[Clauses, ...]], heres: Held[tuple[Here, ...]], aim: Aim
) -> Answer:
    """What the generation answers. Raises nothing: what is asked has been checked.

    What is held is of three segments.
    """
    segments, words, here = borrowed(columns.what), borrowed(clauses.what), borrowed(heres.what)
    aim = borrowed(aim)
    weights = words[0].weights
    asked = len(weights)
    levels = np.zeros((asked + 1, max(aim.currencies, 1)), np.int64)
    fewest = asked if aim.level == 0 else aim.level
    chains = [nearby.no_chains(segments[number]) for number in range(3)]
    while True:
        chains = [_chains_around(segments[number], words[number], aim, fewest, chains[number]) for number in range(3)]
        nears = [
            _near(segments[number], words[number], here[number], aim, fewest, chains[number], levels)
            for number in range(3)
        ]
        if aim.level > 0 or fewest == relevance.fewest_words(asked) or levels.sum() >= relevance.ENOUGH_MATCHES:
            break
        fewest = relevance.fewest_words(asked)
        levels[:] = 0
    level = _level(levels, aim.level, fewest)
    currency = aim.currency
    if currency == ANY_CURRENCY:
        currency = _commonest(levels, level) if asked else _supposed(segments, nears)
    categories = len(aim.wanted_categories)
    found = np.empty(aim.limit, FOUND)
    divisor = relevance.TEXT_SCALE * max(weights.sum(), 1)
    room = np.empty(0 if asked else _BLOCK, CANDIDATE)
    while True:
        counted, size = np.zeros(sifting.room(categories), np.int64), np.int64(0)
        counts = sifting.counts_of(counted, categories)
        for number in range(3):
            near = nears[number]
            blocks = ((len(near.candidates) if asked else len(near.rows)) + _BLOCK - 1) // _BLOCK
            for turn in range(blocks):
                # From the middle on, where the centre is: the sooner the best are found, the less is looked at twice.
                start = (blocks // 2 + turn) % blocks * _BLOCK
                block = near.candidates[start : start + _BLOCK]
                if not asked:
                    block = _live_and_near(segments[number], aim, near, start, room, levels)
                passing = sifting.sift(segments[number], here[number], aim, block, level, currency, counts)
                size = ranking.rank(segments[number], aim, block[:passing], number, currency, divisor, found, size)
        if asked or aim.currency != ANY_CURRENCY or currency == _commonest(levels, level):
            break
        currency = _commonest(levels, level)
        levels[:] = 0
    sifting.spread(counts.weekdays, counts.days)
    return Answer(counts.alone[0], level, currency, found[:size], levels.sum(axis=1), counted)


@compiled
def _chains_around(columns: Columns, clauses: Clauses, aim: Aim, fewest: Whole, known: nearby.Chains) -> nearby.Chains:
    """The chains in the circle, as far as they are `known` or worked out now.

    Not where few chains are likely to have the words: then the points of those alone are looked at, afterwards.
    """
    if len(columns.records) == 0 or not aim.centred or len(known.seen):
        return known
    asked = len(clauses.weights)
    if asked:
        order, counts = gathering.rarest_first(columns, clauses)
        leading = counts[order[: asked - fewest + 1]].sum()
        hits = leading * nearby.how_many_chains(columns) // len(columns.records)
        if _A_HIT * hits < nearby.points_around(columns, aim):
            return known
    return nearby.chains_around(columns, aim, np.empty(0, np.uint8))


@compiled
def _near(
    columns: Columns, clauses: Clauses, here: Here, aim: Aim, fewest: Whole, chains: nearby.Chains, levels: Ints
) -> _Near:
    """Rows that meet at least so many clauses, and may answer place and dates.

    Where words are asked for, `levels` counts those that do answer them, by clauses met and currency.
    """
    nothing, nobody = np.empty(0, np.int64), np.empty(0, CANDIDATE)
    if len(columns.records) == 0:
        return _Near(nothing, nothing, nothing, chains, nobody)
    if len(clauses.weights) == 0:
        rows = spread_out(nearby.runs_of_rows(columns, aim, here.whole_cells, with_chains=False), chains.rows)
        return _Near(rows, nothing, nothing, chains, nobody)
    runs = nearby.runs_of_rows(columns, aim, here.whole_cells, with_chains=True)
    order, counts = gathering.rarest_first(columns, clauses)
    lists, starts = gathering.lists(columns, clauses, order, counts, fewest, runs, chains)
    rows, summed, met = gathering.meeting(lists, starts, clauses.weights[order], fewest)
    if len(chains.seen) == 0:
        chains = nearby.chains_among(columns, aim, rows)
    worded = _Near(rows, summed, met, chains, nobody)
    candidates = _live_and_near(columns, aim, worded, np.int64(0), np.empty(len(rows), CANDIDATE), levels)
    return _Near(rows, summed, met, chains, candidates)


@compiled
def _live_and_near(columns: Columns, aim: Aim, near: _Near, start: Whole, room: Rows, levels: Ints) -> Rows:
    """The candidates among as many of the rows, from `start` on, as there is `room` for; put there."""
    records, alive, currency_of = columns.records, columns.alive, columns.currency_of
    rows, summed, met = near.rows, near.summed, near.met
    seen, slots, chords, ordinals = near.chains.seen, near.chains.slots, near.chains.chords, near.chains.ordinals
    first_chain, end_chains = near.chains.first, near.chains.end
    at_us, ends_after_us, ends_before_us = aim.at_us, aim.ends_after_us, aim.ends_before_us
    x, y, z, widest = aim.x, aim.y, aim.z, aim.widest_chord
    end, worded, centred = min(start + len(room), len(rows)), len(met) > 0, aim.centred
    number, slot = 0, np.int64(0)
    for place in range(start, end):
        row = np.uint32(rows[place])
        prefetch(records, rows[min(place + AHEAD, len(rows) - 1)])
        is_chain = centred and first_chain <= row < end_chains
        if is_chain:
            chain = np.uint32(row - first_chain)
            if not seen[chain >> 3] >> (chain & 7) & 1:
                continue
            slot = np.int64(slots[chain])
        record = records[row]
        ends_us = record.ends_us
        ordinal, chord = UNPLACED, 0.0
        if is_chain:
            ordinal, chord = ordinals[slot], chords[slot]
        elif centred and record.flags & REACH_BITS == AT_LOCATIONS:
            ordinal, chord = 0, nearby.chord_squared(record.x - x, record.y - y, record.z - z)
        # No branch, since none could be foretold: what is no candidate is written over by the next one.
        is_candidate = (
            np.int64(alive[row >> 3] >> (row & 7) & 1)
            & (record.starts_us <= at_us)
            & (at_us < ends_us)
            & (ends_after_us <= ends_us)
            & (ends_us <= ends_before_us)
            & (chord <= widest)
        )
        candidate = room[number]
        candidate.row, candidate.ordinal, candidate.chord = row, ordinal, chord
        clauses_met = np.uint8(met[place] if worded else 0)
        candidate.summed, candidate.met = summed[place] if worded else 0, clauses_met
        levels[clauses_met, currency_of[record.currency]] += is_candidate
        number += is_candidate
    return room[:number]


@compiled
def _level(levels: Ints, pinned: Whole, fewest: Whole) -> Whole:
    """How many clauses a deal must meet: the most that enough deals meet, or the fewest that were looked for."""
    if pinned > 0:
        return pinned
    meeting = 0
    for level in range(len(levels) - 1, fewest, -1):
        meeting += levels[level].sum()
        if meeting >= relevance.ENOUGH_MATCHES:
            return level
    return fewest


@compiled
def _commonest(levels: Ints, level: Whole) -> Whole:
    """The currency of the most deals; of several the first."""
    best, most = ANY_CURRENCY, 0
    for currency in range(levels.shape[1]):
        number = levels[level:, currency].sum()
        if number > most:
            best, most = currency, number
    return best


@compiled
def _supposed(segments: tuple[Columns, ...], nears: list[_Near]) -> Whole:
    """The currency of some deal near the centre: nearly always that of the most, and then one pass is enough."""
    for number in range(3):
        rows, columns = nears[number].rows, segments[number]
        if len(rows):
            return np.int64(columns.currency_of[columns.records[rows[len(rows) // 2]].currency])
    return ANY_CURRENCY
