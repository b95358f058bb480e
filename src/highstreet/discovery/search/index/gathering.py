"""From the clauses of a question to the rows that meet them: runs of postings, cut to runs of rows and merged.

A hit is packed into one whole number that begins with its row, so that lists are joined by sorting whole numbers.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.asked import Columns
from highstreet.discovery.search.index.nearby import Chains, first_at_least
from highstreet.discovery.search.index.runs import Whole, by_rows, runs_of
from highstreet.discovery.search.index.sequences import lead_of, rank_at, width
from highstreet.discovery.search.index.starts import start_of
from highstreet.discovery.search.language.clauses import RUN, WORD, Clauses
from highstreet.kit.compiling import compiled, inlined

SLOT_SHIFT, SLOT_ROW_SHIFT = 16, np.int64(24)
"""A hit of a slot: row, slot (8 bits), impact times percent (16 bits)."""
CLAUSE_SHIFT, WEIGHED_ROW_SHIFT = np.int64(22), np.int64(30)
"""A hit of a clause: row, value (22 bits); and with its value weighed (30 bits)."""
SLOT_VALUE = 2**SLOT_SHIFT - 1
CLAUSE_VALUE = 2**CLAUSE_SHIFT - 1
WEIGHED = 2**WEIGHED_ROW_SHIFT - 1
_A_LOOK = 16
"""Postings that are read in the time that it takes to look for one."""
_MANY_LOOKS = 512
"""Looks after which it has been worth while to mark rows."""

Ints = NDArray[np.int64]


class Within(NamedTuple):
    """Rows that are looked in: runs of them, and a bit for each, where so many looks are due that it pays.

    Of the chains among these rows only the near ones count, where it is known which these are (`Chains.seen`).
    """

    runs: Ints
    bits: NDArray[np.uint8]
    first_chain: int
    end_chains: int
    seen: NDArray[np.uint8]


@compiled
def _gallop(values: NDArray[Any], wanted: Whole, start: Whole, end: Whole) -> Whole:
    """As `first_at_least`, in a time that grows with how far it is."""
    step, lowest = 1, start
    while start < end and values[start] < wanted:
        lowest = start + 1
        start += step
        step *= 2
    return first_at_least(values, wanted, lowest, min(start, end))


@compiled
def _within(runs: Ints, rows: Whole, words: Whole, chains: Chains) -> Within:
    first_chain, end_chains, seen = chains.first, chains.end, chains.seen
    if len(runs) * words < _MANY_LOOKS:
        return Within(runs, np.empty(0, np.uint8), first_chain, end_chains, seen)
    bits = np.zeros((rows >> 3) + 1, np.uint8)
    for run in range(len(runs)):
        first, end = runs[run, 0], runs[run, 1]
        while first < end and first & 7:
            bits[first >> 3] |= 1 << (first & 7)
            first += 1
        while first + 8 <= end:
            bits[first >> 3] = 255
            first += 8
        while first < end:
            bits[first >> 3] |= 1 << (first & 7)
            first += 1
    return Within(runs, bits, first_chain, end_chains, seen)


@compiled
def rarest_first(columns: Columns, clauses: Clauses) -> tuple[Ints, Ints]:
    """The numbers of a dozen clauses at most, by how many postings their words have; and these counts, by clause."""
    counts = np.zeros(len(clauses.weights), np.int64)
    order = np.arange(len(counts))
    for clause in range(len(counts)):
        first, last = clauses.clause_ways[clause], clauses.clause_ways[clause + 1]
        alternatives = clauses.slot_alternatives
        for place in range(alternatives[clauses.way_slots[first]], alternatives[clauses.way_slots[last]]):
            token = clauses.tokens[place]
            counts[clause] += np.int64(columns.posting_starts[token + 1]) - np.int64(columns.posting_starts[token])
        place = clause
        while place > 0 and counts[order[place - 1]] > counts[clause]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = clause
    return order, counts


@compiled
def lists(
    columns: Columns, clauses: Clauses, order: Ints, counts: Ints, fewest: Whole, runs: Ints, chains: Chains
) -> tuple[Ints, Ints]:
    """The rows within runs of rows that meet each clause, one list behind the other: row << CLAUSE_SHIFT | value.

    Where near `chains` are known, no others are among them. Beside them where each list begins, one start more. The
    lists come in `order`. A row that meets `fewest` clauses meets one of those that come first: the others need only be
    looked for in the rows of these.
    """
    asked = len(order)
    starts = np.zeros(asked + 1, np.int64)
    rows, words = len(columns.records), len(clauses.tokens)
    within = narrowed = _within(runs, rows, words, chains)
    found = np.empty(256, np.int64)
    size, leading, counted = np.int64(0), asked - fewest + 1, 0
    for number in range(asked):
        clause = order[number]
        if number < leading:
            counted += counts[clause]
        elif number == leading:
            narrowed = _within(runs_of(found[:size].copy(), CLAUSE_SHIFT), rows, words, chains)
        # As many of this clause's postings are likely to be in the runs as were of those before it.
        likely = counts[clause] * starts[min(number, leading)] // max(counted, 1)
        if len(narrowed.runs) < len(runs) + likely // _A_LOOK:
            of_clause = _of_clause(columns, clauses, clause, narrowed)
        else:
            of_clause = _of_clause(columns, clauses, clause, within)
        found = _with_room(found, size, len(of_clause))
        found[size : size + len(of_clause)] = of_clause
        size += len(of_clause)
        starts[number + 1] = size
    return found, starts


@compiled
def meeting(found: Ints, starts: Ints, weights: Ints, fewest: Whole) -> tuple[Ints, Ints, Ints]:
    """The rows that stand in at least so many lists, their weighted sums, and in how many they stand."""
    if fewest == len(weights):
        return _meeting_all(found, starts, weights)
    return _meeting_some(found, starts, weights, fewest)


@compiled
def _meeting_all(found: Ints, starts: Ints, weights: Ints) -> tuple[Ints, Ints, Ints]:
    """The first list leads: the others hold no row besides its own."""
    rows = found[: starts[1]] >> CLAUSE_SHIFT
    summed = (found[: starts[1]] & CLAUSE_VALUE) * weights[0]
    number = len(rows)
    for each in range(1, len(weights)):
        at, end, kept = starts[each], starts[each + 1], 0
        for place in range(number):
            while at < end and found[at] >> CLAUSE_SHIFT < rows[place]:
                at += 1
            if at < end and found[at] >> CLAUSE_SHIFT == rows[place]:
                rows[kept] = rows[place]
                summed[kept] = summed[place] + weights[each] * (found[at] & CLAUSE_VALUE)
                kept += 1
        number = kept
    return rows[:number], summed[:number], np.full(number, len(weights), np.int64)


@compiled
def _meeting_some(found: Ints, starts: Ints, weights: Ints, fewest: Whole) -> tuple[Ints, Ints, Ints]:
    packed = np.empty(starts[len(weights)], np.int64)
    for each in range(len(weights)):
        for place in range(starts[each], starts[each + 1]):
            row, value = found[place] >> CLAUSE_SHIFT, found[place] & CLAUSE_VALUE
            packed[place] = row << WEIGHED_ROW_SHIFT | weights[each] * value
    packed = by_rows(packed, WEIGHED_ROW_SHIFT)
    most = len(packed) // fewest
    rows, summed, met = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    number, at = 0, 0
    while at < len(packed):
        row, sum_of_row, lists_of_row = packed[at] >> WEIGHED_ROW_SHIFT, np.int64(0), 0
        while at < len(packed) and packed[at] >> WEIGHED_ROW_SHIFT == row:
            sum_of_row += packed[at] & WEIGHED
            lists_of_row += 1
            at += 1
        if lists_of_row >= fewest:
            rows[number], summed[number], met[number] = row, sum_of_row, lists_of_row
            number += 1
    return rows[:number], summed[:number], met[:number]


@compiled
def _of_clause(columns: Columns, clauses: Clauses, clause: Whole, within: Within) -> Ints:
    """Rows that meet one clause: row << CLAUSE_SHIFT | the best value of its ways."""
    first, last = np.int64(clauses.clause_ways[clause]), np.int64(clauses.clause_ways[clause + 1])
    found = _of_way(columns, clauses, first, within)
    if last - first == 1:
        return found
    size = np.int64(len(found))
    for way in range(first + 1, last):
        of_way = _of_way(columns, clauses, way, within)
        found = _with_room(found, size, len(of_way))
        found[size : size + len(of_way)] = of_way
        size += len(of_way)
    found = by_rows(found[:size], CLAUSE_SHIFT)
    kept = 0
    for hit in found:
        if kept and found[kept - 1] >> CLAUSE_SHIFT == hit >> CLAUSE_SHIFT:
            found[kept - 1] = max(found[kept - 1], hit)
        else:
            found[kept] = hit
            kept += 1
    return found[:kept]


@compiled
def _of_way(columns: Columns, clauses: Clauses, way: Whole, within: Within) -> Ints:
    """Rows that meet one way: row << CLAUSE_SHIFT | value."""
    kind, percent = clauses.way_kinds[way], np.int64(clauses.way_percents[way])
    slots = _of_slots(columns, clauses, way, within)
    if (
        kind == WORD
        and clauses.slot_alternatives[clauses.way_slots[way + 1]] - clauses.slot_alternatives[clauses.way_slots[way]]
        == 1
    ):
        for place in range(len(slots)):  # the usual case: one word, which stands once in a row's postings
            slots[place] = (slots[place] >> SLOT_ROW_SHIFT) << CLAUSE_SHIFT | (slots[place] & SLOT_VALUE) * percent
        return slots
    first, asked = clauses.way_slots[way], clauses.way_slots[way + 1] - clauses.way_slots[way]
    found = np.empty(len(slots), np.int64)
    number, at = 0, 0
    values = np.zeros(asked, np.int64)
    leads = _leads(columns, clauses, first)
    while at < len(slots):
        row = slots[at] >> SLOT_ROW_SHIFT
        values[:] = 0
        while at < len(slots) and slots[at] >> SLOT_ROW_SHIFT == row:
            slot = slots[at] >> SLOT_SHIFT & 255
            values[slot] = max(values[slot], slots[at] & SLOT_VALUE)
            at += 1
        if kind == WORD or (
            _has_run(values, clauses.slot_loose, first)
            and (kind == RUN or _has_phrase(columns, clauses, way, row, leads))
        ):
            found[number] = row << CLAUSE_SHIFT | (values.sum() // asked) * percent
            number += 1
    return found[:number]


@compiled
def _of_slots(columns: Columns, clauses: Clauses, way: Whole, within: Within) -> Ints:
    """Hits of the slots of one way, by row."""
    first, last = clauses.way_slots[way], clauses.way_slots[way + 1]
    found = np.empty(64, np.int64)
    size = np.int64(0)
    for slot in range(first, last):
        for place in range(clauses.slot_alternatives[slot], clauses.slot_alternatives[slot + 1]):
            tail = np.int64(slot - first) << SLOT_SHIFT
            percent = np.int64(clauses.percents[place])
            found, size = _of_token(columns, clauses.tokens[place], within, tail, percent, found, size)
    if clauses.slot_alternatives[last] - clauses.slot_alternatives[first] == 1:
        return found[:size]
    return by_rows(found[:size], SLOT_ROW_SHIFT)


@compiled
def _of_token(
    columns: Columns, token: Whole, within: Within, tail: Whole, percent: Whole, found: Ints, size: Whole
) -> tuple[Ints, Whole]:
    """Adds a token's hits within the runs to a list; the list, which may be a larger one, and its size."""
    postings, runs, bits = columns.postings, within.runs, within.bits
    at, end = np.int64(columns.posting_starts[token]), np.int64(columns.posting_starts[token + 1])
    if len(bits) and end - at < _A_LOOK * len(runs):
        found = _with_room(found, size, end - at)
        for place in range(at, end):
            row = np.int64(postings[place]) >> 8
            if bits[row >> 3] >> (row & 7) & 1 and _may_be_near(within, row):
                found[size] = row << SLOT_ROW_SHIFT | tail | (np.int64(postings[place]) & 255) * percent
                size += 1
        return found, size
    for run in range(len(runs)):
        begun = _gallop(postings, runs[run, 0] << 8, at, end)
        at = _gallop(postings, runs[run, 1] << 8, begun, end)
        found = _with_room(found, size, at - begun)
        holds_chains = runs[run, 1] > within.first_chain and runs[run, 0] < within.end_chains
        if len(within.seen) and holds_chains:
            size = _of_chains(postings, begun, at, within, tail, percent, found, size)
        else:
            for place in range(begun, at):
                posting = np.int64(postings[place])
                found[size] = (posting >> 8) << SLOT_ROW_SHIFT | tail | (posting & 255) * percent
                size += 1
        if at == end:
            break
    return found, size


@compiled
def _of_chains(
    postings: NDArray[np.uint32],
    begun: Whole,
    end: Whole,
    within: Within,
    tail: Whole,
    percent: Whole,
    found: Ints,
    size: Whole,
) -> Whole:
    """Adds those of a run of postings that are not of chains too far away; how long the list is then."""
    for place in range(begun, end):
        posting = np.int64(postings[place])
        # No branch, since none could be foretold: what is too far away is written over by the next one.
        found[size] = (posting >> 8) << SLOT_ROW_SHIFT | tail | (posting & 255) * percent
        size += _may_be_near(within, posting >> 8)
    return size


@inlined
def _may_be_near(within: Within, row: Whole) -> bool:
    """Whether a row is no chain, or one that is near, as far as is known."""
    chain = row - within.first_chain
    if len(within.seen) == 0 or chain < 0 or row >= within.end_chains:
        return True
    return within.seen[chain >> 3] >> (chain & 7) & 1 != 0


@compiled
def _has_run(values: Ints, loose: NDArray[np.uint8], first: Whole) -> bool:
    """Whether every slot has a value, or is loose and has values beside it."""
    for slot in range(len(values)):
        if values[slot] == 0 and not (loose[first + slot] and values[slot - 1] > 0 and values[slot + 1] > 0):
            return False
    return True


@compiled
def _leads(columns: Columns, clauses: Clauses, slot: Whole) -> NDArray[np.bool_]:
    """By the byte that leads a word in a sequence, whether one of a slot's alternatives has it."""
    found = np.zeros(256, np.bool_)
    for place in range(clauses.slot_alternatives[slot], clauses.slot_alternatives[slot + 1]):
        found[lead_of(columns.sequence_ranks[clauses.tokens[place]])] = True
    return found


@compiled
def _has_phrase(columns: Columns, clauses: Clauses, way: Whole, row: Whole, leads: NDArray[np.bool_]) -> bool:
    """Whether the slots of a way stand one behind the other somewhere in a row's fields. `leads` are of the first.

    To look at every byte, and then whether a word begins there at all, is quicker than to go from word to word.
    """
    sequences = columns.sequences
    start = start_of(columns.sequence_blocks, columns.sequence_starts, row)
    end = start_of(columns.sequence_blocks, columns.sequence_starts, row + 1)
    for begun in range(start, end):
        if leads[sequences[begun]] and _is_phrase(columns, clauses, way, begun, end):
            at = start
            while at < begun:
                at += width(sequences[at])
            if at == begun:
                return True
    return False


@compiled
def _is_phrase(columns: Columns, clauses: Clauses, way: Whole, at: Whole, end: Whole) -> bool:
    """Whether the slots of a way stand one behind the other from here on."""
    for slot in range(clauses.way_slots[way], clauses.way_slots[way + 1]):
        if at >= end or at + width(columns.sequences[at]) > end:
            return False
        rank, at = rank_at(columns.sequences, at)
        stands = False
        for place in range(clauses.slot_alternatives[slot], clauses.slot_alternatives[slot + 1]):
            stands |= columns.sequence_ranks[clauses.tokens[place]] == rank
        if not stands:
            return False
    return True


@compiled
def _with_room(found: Ints, size: Whole, more: Whole) -> Ints:
    """The list itself, or a larger one with the same beginning."""
    if size + more <= len(found):
        return found
    larger = np.empty(max(2 * len(found), size + more), np.int64)
    larger[:size] = found[:size]
    return larger
