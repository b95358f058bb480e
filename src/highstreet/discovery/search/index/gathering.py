"""From the clauses of a question to the rows that meet them: runs of postings, cut to runs of rows and merged.

A hit is packed into one whole number that sorts by row, so that lists are joined by merging sorted runs of numbers.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.asked import Columns
from highstreet.discovery.search.index.nearby import first_at_least
from highstreet.discovery.search.index.runs import Whole, merged
from highstreet.discovery.search.index.sequences import lead_of, rank_at, start_of, width
from highstreet.discovery.search.language.clauses import RUN, WORD, Clauses
from highstreet.kit.compiling import compiled

SLOT_SHIFT, SLOT_ROW_SHIFT = 16, 24
"""A hit of a slot: row, slot (8 bits), impact times percent (16 bits)."""
CLAUSE_SHIFT, CLAUSE_ROW_SHIFT = 22, 27
"""A hit of a clause: row, clause (5 bits), value (22 bits)."""
SLOT_VALUE = 2**SLOT_SHIFT - 1
CLAUSE_VALUE = 2**CLAUSE_SHIFT - 1
_FAR = 8
"""Where a list is so many times longer than another, its elements are looked for in growing steps."""
_FEW = 4
"""With so many postings a run of rows or fewer, they are looked through one by one."""

Ints = NDArray[np.int64]


@compiled
def lists(columns: Columns, clauses: Clauses, runs: Ints) -> tuple[Ints, Ints]:
    """The rows within runs of rows that meet each clause, one list behind the other: row << CLAUSE_SHIFT | value.

    Beside them where each list begins, one start more.
    """
    starts = np.zeros(len(clauses.weights) + 1, np.int64)
    found = np.empty(256, np.int64)
    size = 0
    for clause in range(len(clauses.weights)):
        of_clause = _of_clause(columns, clauses, clause, runs)
        found = _with_room(found, size, len(of_clause))
        found[size : size + len(of_clause)] = of_clause
        size += len(of_clause)
        starts[clause + 1] = size
    return found, starts


@compiled
def meeting_all(found: Ints, starts: Ints, weights: Ints) -> tuple[Ints, Ints]:
    """The rows that stand in every list, and their weighted sums. The shortest list leads."""
    order = _shortest_first(starts)
    first = order[0]
    rows = found[starts[first] : starts[first + 1]] >> CLAUSE_SHIFT
    summed = (found[starts[first] : starts[first + 1]] & CLAUSE_VALUE) * weights[first]
    number = len(rows)
    for clause in order[1:]:
        at, end, weight = starts[clause], starts[clause + 1], weights[clause]
        far = end - at > _FAR * number
        kept = 0
        for place in range(number):
            wanted = rows[place] << CLAUSE_SHIFT
            if far:
                at = _gallop(found, wanted, at, end)
            else:
                while at < end and found[at] < wanted:
                    at += 1
            if at < end and found[at] >> CLAUSE_SHIFT == rows[place]:
                rows[kept] = rows[place]
                summed[kept] = summed[place] + weight * (found[at] & CLAUSE_VALUE)
                kept += 1
        number = kept
    return rows[:number], summed[:number]


@compiled
def _shortest_first(starts: Ints) -> Ints:
    """The numbers of a dozen lists at most, by their lengths."""
    order = np.arange(len(starts) - 1)
    for clause in range(1, len(order)):
        place = clause
        length = starts[clause + 1] - starts[clause]
        while place > 0 and starts[order[place - 1] + 1] - starts[order[place - 1]] > length:
            order[place] = order[place - 1]
            place -= 1
        order[place] = clause
    return order


@compiled
def meeting_some(found: Ints, starts: Ints, weights: Ints, fewest: int) -> tuple[Ints, Ints, Ints]:
    """The rows that stand in at least so many lists, their weighted sums, and in how many they stand."""
    packed = np.empty(starts[len(weights)], np.int64)
    for clause in range(len(weights)):
        for place in range(starts[clause], starts[clause + 1]):
            row, value = found[place] >> CLAUSE_SHIFT, found[place] & CLAUSE_VALUE
            packed[place] = row << CLAUSE_ROW_SHIFT | np.int64(clause) << CLAUSE_SHIFT | value
    packed = merged(packed, starts)
    most = len(packed) // fewest
    rows, summed, met = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    number, at = 0, 0
    while at < len(packed):
        row, sum_of_row, lists_of_row = packed[at] >> CLAUSE_ROW_SHIFT, np.int64(0), 0
        while at < len(packed) and packed[at] >> CLAUSE_ROW_SHIFT == row:
            sum_of_row += weights[packed[at] >> CLAUSE_SHIFT & 31] * (packed[at] & CLAUSE_VALUE)
            lists_of_row += 1
            at += 1
        if lists_of_row >= fewest:
            rows[number], summed[number], met[number] = row, sum_of_row, lists_of_row
            number += 1
    return rows[:number], summed[:number], met[:number]


@compiled
def _of_clause(columns: Columns, clauses: Clauses, clause: Whole, runs: Ints) -> Ints:
    """Rows that meet one clause: row << CLAUSE_SHIFT | the best value of its ways."""
    first, last = clauses.clause_ways[clause], clauses.clause_ways[clause + 1]
    if last - first == 1:
        return _of_way(columns, clauses, first, runs)
    found = np.empty(64, np.int64)
    size = 0
    starts = np.zeros(last - first + 1, np.int64)
    for way in range(first, last):
        of_way = _of_way(columns, clauses, way, runs)
        found = _with_room(found, size, len(of_way))
        found[size : size + len(of_way)] = of_way
        size += len(of_way)
        starts[way - first + 1] = size
    found = merged(found, starts)
    kept = 0
    for place in range(size):
        if kept and found[kept - 1] >> CLAUSE_SHIFT == found[place] >> CLAUSE_SHIFT:
            kept -= 1  # values of a row ascend: the last is the best
        found[kept] = found[place]
        kept += 1
    return found[:kept]


@compiled
def _of_way(columns: Columns, clauses: Clauses, way: Whole, runs: Ints) -> Ints:
    """Rows that meet one way: row << CLAUSE_SHIFT | value."""
    kind, percent = clauses.way_kinds[way], np.int64(clauses.way_percents[way])
    slots = _of_slots(columns, clauses, way, runs)
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
            values[slots[at] >> SLOT_SHIFT & 255] = slots[at] & SLOT_VALUE  # the last of a slot is its best
            at += 1
        if kind == WORD or (
            _has_run(values, clauses.slot_loose, first)
            and (kind == RUN or _has_phrase(columns, clauses, way, row, leads))
        ):
            found[number] = row << CLAUSE_SHIFT | (values.sum() // asked) * percent
            number += 1
    return found[:number]


@compiled
def _of_slots(columns: Columns, clauses: Clauses, way: Whole, runs: Ints) -> Ints:
    """Hits of the slots of one way, by row, slot and value."""
    first, last = clauses.way_slots[way], clauses.way_slots[way + 1]
    tokens = clauses.slot_alternatives[last] - clauses.slot_alternatives[first]
    starts = np.zeros(tokens + 1, np.int64)
    found = np.empty(64, np.int64)
    size, number = 0, 0
    for slot in range(first, last):
        for place in range(clauses.slot_alternatives[slot], clauses.slot_alternatives[slot + 1]):
            tail = np.int64(slot - first) << SLOT_SHIFT
            percent = np.int64(clauses.percents[place])
            found, size = _of_token(columns, clauses.tokens[place], runs, tail, percent, found, size)
            number += 1
            starts[number] = size
    return merged(found, starts)


@compiled
def _of_token(
    columns: Columns, token: Whole, runs: Ints, tail: Whole, percent: Whole, found: Ints, size: Whole
) -> tuple[Ints, Whole]:
    """Adds a token's hits within the runs to a list; the list, which may be a larger one, and its size."""
    postings = columns.postings
    at, end = np.int64(columns.posting_starts[token]), np.int64(columns.posting_starts[token + 1])
    one_by_one = end - at <= _FEW * len(runs)
    for run in range(len(runs)):
        if not one_by_one:
            at = _gallop(postings, runs[run, 0] << 8, at, end)
        until = runs[run, 1] << 8
        while at < end and postings[at] < runs[run, 0] << 8:
            at += 1
        begun = at
        if one_by_one:
            while at < end and postings[at] < until:
                at += 1
        else:
            at = _gallop(postings, until, at, end)
        found = _with_room(found, size, at - begun)
        for place in range(begun, at):
            posting = np.int64(postings[place])
            found[size] = (posting >> 8) << SLOT_ROW_SHIFT | tail | (posting & 255) * percent
            size += 1
        if at == end:
            break
    return found, size


@compiled
def _gallop(postings: NDArray[Any], wanted: Whole, start: Whole, end: Whole) -> Whole:
    """As `first_at_least`, in a time that grows with how far it is."""
    step, lowest = 1, start
    while start < end and postings[start] < wanted:
        lowest = start + 1
        start += step
        step *= 2
    return first_at_least(postings, wanted, lowest, min(start, end))


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
