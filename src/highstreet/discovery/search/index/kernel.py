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
from highstreet.discovery.search.index.runs import Ints, Rows, Whole, runs_of, spread_out
from highstreet.discovery.search.index.sections import AT_LOCATIONS, REACH_BITS
from highstreet.discovery.search.index.sifting import AHEAD, CANDIDATE
from highstreet.discovery.search.language.clauses import Clauses
from highstreet.kit.compiling import compiled, inlined
from highstreet.kit.native import Held, prefetch

_BLOCK = 2048
"""Candidates that are ranked as soon as they are sifted, while their records are in the cache."""


class _Time(NamedTuple):
    """When a deal must be live, and when it may end."""

    at_us: int
    ends_after_us: int
    ends_before_us: int


@compiled
def answer(
    columns: Held[tuple[Columns, ...]], clauses: Held[tuple[Clauses, ...]], heres: Held[tuple[Here, ...]], aim: Aim
) -> Answer:
    """What the generation answers. Raises nothing: what is asked has been checked.

    What is held is of three segments.
    """
    segments, words, here = columns.what, clauses.what, heres.what
    weights = words[0].weights
    asked = len(weights)
    levels = np.zeros((asked + 1, max(aim.currencies, 1)), np.int64)
    fewest = asked if aim.level == 0 else aim.level
    while True:
        candidates = [
            _candidates(segments[number], words[number], here[number], aim, fewest, levels) for number in range(3)
        ]
        if aim.level > 0 or fewest == relevance.fewest_words(asked) or levels.sum() >= relevance.ENOUGH_MATCHES:
            break
        fewest = relevance.fewest_words(asked)
        levels[:] = 0
    level = _level(levels, aim.level, fewest)
    currency = aim.currency
    if currency == ANY_CURRENCY:
        currency = _commonest(levels, level)
    categories = len(aim.wanted_categories)
    counted = np.zeros(sifting.room(categories), np.int64)
    counts = sifting.counts_of(counted, categories)
    found, size = np.empty(aim.limit, FOUND), np.int64(0)
    divisor = relevance.TEXT_SCALE * max(weights.sum(), 1)
    for number in range(3):
        for start in range(0, len(candidates[number]), _BLOCK):
            block = candidates[number][start : start + _BLOCK]
            passing = sifting.sift(segments[number], here[number], aim, block, level, currency, counts)
            size = ranking.rank(segments[number], aim, block[:passing], number, currency, divisor, found, size)
    sifting.spread(counts.weekdays, counts.days)
    return Answer(counts.alone[0], level, currency, found[:size], levels.sum(axis=1), counted)


@compiled
def _candidates(columns: Columns, clauses: Clauses, here: Here, aim: Aim, fewest: Whole, levels: Ints) -> Rows:
    """Rows that meet at least so many clauses, and answer place and dates.

    `levels` counts them by clauses met and currency.
    """
    if len(columns.records) == 0:
        return np.empty(0, CANDIDATE)
    if len(clauses.weights) == 0:
        chains = nearby.chains_around(columns, aim, np.empty(0, np.uint8))
        near = runs_of(chains.rows.copy(), np.int64(0))
        rows = spread_out(nearby.runs_of_rows(columns, aim, here.whole_cells, near))
        return _live_and_near(columns, aim, rows, rows[:0], rows[:0], chains, levels)
    # Words are looked for in all chains, wherever these are, and then the points of those that have them.
    runs = nearby.runs_of_rows(columns, aim, here.whole_cells, nearby.all_chains(columns))
    order, counts = gathering.rarest_first(columns, clauses)
    lists, starts = gathering.lists(columns, clauses, order, counts, fewest, runs)
    rows, summed, met = gathering.meeting(lists, starts, clauses.weights[order], fewest)
    chains = nearby.chains_among(columns, aim, rows)
    return _live_and_near(columns, aim, rows, summed, met, chains, levels)


@compiled
def _live_and_near(
    columns: Columns, aim: Aim, rows: Ints, summed: Ints, met: Ints, chains: nearby.Chains, levels: Ints
) -> Rows:
    """The candidates among rows. What they have of the words stands beside them, where words were asked for."""
    records, alive, currency_of = columns.records, columns.alive, columns.currency_of
    chain_rows, chords, ordinals = chains.rows, chains.chords, chains.ordinals
    first_chain, end_chains = chains.first, chains.end
    time = _Time(aim.at_us, aim.ends_after_us, aim.ends_before_us)
    x, y, z, widest = aim.x, aim.y, aim.z, aim.widest_chord
    found = np.empty(len(rows), CANDIDATE)
    number, at, worded, centred = 0, 0, len(met) > 0, aim.centred
    for place in range(len(rows)):
        row = rows[place]
        prefetch(records, rows[min(place + AHEAD, len(rows) - 1)])
        is_chain = centred and first_chain <= row < end_chains
        if is_chain:
            while at < len(chain_rows) and chain_rows[at] < row:
                at += 1
            if at == len(chain_rows) or chain_rows[at] != row:
                continue
        record = records[row]
        if not (alive[row >> 3] >> (row & 7) & 1 and _is_live(record.starts_us, record.ends_us, time)):
            continue
        ordinal, chord = UNPLACED, 0.0
        if is_chain:
            ordinal, chord = ordinals[at], chords[at]
        elif centred and record.flags & REACH_BITS == AT_LOCATIONS:
            chord = nearby.chord_squared(record.x - x, record.y - y, record.z - z)
            if chord > widest:
                continue
            ordinal = 0
        candidate = found[number]
        candidate.row, candidate.ordinal, candidate.chord = row, ordinal, chord
        clauses_met = met[place] if worded else 0
        candidate.summed, candidate.met = summed[place] if worded else 0, clauses_met
        levels[clauses_met, currency_of[record.currency]] += 1
        number += 1
    return found[:number]


@inlined
def _is_live(starts_us: Whole, ends_us: Whole, time: _Time) -> Whole:
    return starts_us <= time.at_us < ends_us and time.ends_after_us <= ends_us <= time.ends_before_us


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
