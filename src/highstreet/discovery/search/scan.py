"""The scan of one segment: which rows answer a question's place, words and dates, how far and how well."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.domain import Point
from highstreet.discovery.search.segments import UNSTATED, Ints, Segment
from highstreet.discovery.search.text import Run, Term
from highstreet.science import geo

_AFTER_ALL = "\U0010ffff"
"""Sorts behind every continuation of a prefix."""
_METRE_BITS = 25
"""Half the Earth's circumference in metres fits."""


@dataclass(frozen=True, slots=True)
class Aim:
    """The part of a question that a scan answers. `divisions` are the numbers of those that the centre lies in."""

    at_us: int
    ends_after_us: int
    ends_before_us: int
    terms: tuple[Term | Run, ...]
    centre: Point | None
    radius_m: float
    divisions: Ints


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of one segment. `metres` is UNSTATED for deals not tied to a point; `words` sums the words' percents."""

    segment: Segment
    rows: Ints
    metres: Ints
    words: Ints


def scan(segment: Segment, aim: Aim) -> Found:
    """Every row that answers `aim`, each once."""
    words = _words(segment, aim.terms) if aim.terms else None
    if aim.centre is not None:
        rows, metres = _near(segment, aim.centre, aim)
    else:
        rows = np.arange(len(segment.deals)) if words is None else np.flatnonzero(words)
        metres = np.full(len(rows), UNSTATED, dtype=np.int64)
    ends_us = segment.ends_us[rows]
    keep = segment.alive[rows] & (segment.starts_us[rows] <= aim.at_us) & (ends_us > aim.at_us)
    keep &= (ends_us >= aim.ends_after_us) & (ends_us <= aim.ends_before_us)
    if words is not None:
        keep &= words[rows] > 0
    rows = rows[keep]
    percents = words[rows] if words is not None else np.zeros(len(rows), dtype=np.int64)
    return Found(segment, rows, metres[keep], percents)


def _near(segment: Segment, centre: Point, aim: Aim) -> tuple[Ints, Ints]:
    """Rows within the radius, at their nearest point; then those that hold in a division around it, or online."""
    first, last = geo.cells_within(centre.latitude, centre.longitude, aim.radius_m)
    points = geo.positions(
        np.searchsorted(segment.point_cells, first, side="left"),
        np.searchsorted(segment.point_cells, last, side="right"),
    )
    metres = geo.distance_m(
        centre.latitude, centre.longitude, segment.point_latitudes[points], segment.point_longitudes[points]
    )
    inside = metres <= aim.radius_m
    rows, metres = _nearest(segment.point_rows[points[inside]], metres[inside])
    in_divisions = geo.positions(
        np.searchsorted(segment.division_numbers, aim.divisions, side="left"),
        np.searchsorted(segment.division_numbers, aim.divisions, side="right"),
    )
    everywhere = np.concatenate((segment.division_rows[in_divisions], segment.online_rows))
    return (
        np.concatenate((rows, everywhere)),
        np.concatenate((metres, np.full(len(everywhere), UNSTATED, dtype=np.int64))),
    )


def _nearest(rows: Ints, metres: Ints) -> tuple[Ints, Ints]:
    """Each row once, with the least of its distances."""
    packed = rows << _METRE_BITS | metres
    packed.sort()
    sorted_rows = packed >> _METRE_BITS
    first = np.ones(len(packed), dtype=np.bool_)
    np.not_equal(sorted_rows[1:], sorted_rows[:-1], out=first[1:])
    return sorted_rows[first], packed[first] & (1 << _METRE_BITS) - 1


def _words(segment: Segment, terms: tuple[Term | Run, ...]) -> Ints:
    """The sum of each row's percents over all terms; 0 for rows that lack one."""
    total = np.zeros(len(segment.deals), dtype=np.int64)
    has_all = np.ones(len(segment.deals), dtype=np.bool_)
    for term in terms:
        percents = _word(segment, term) if isinstance(term, Term) else _run(segment, term)
        total += percents
        has_all &= percents > 0
    return total * has_all


def _word(segment: Segment, term: Term) -> NDArray[np.uint8]:
    """By row, the best percent with which a word matches, whole or by its beginning."""
    percents = _exactly(segment, term.token)
    if term.prefix is not None:
        run = _beginning(segment, term.prefix)
        np.maximum.at(percents, segment.posting_rows[run], segment.posting_percents[run] >> 1)
    return percents


def _run(segment: Segment, run: Run) -> NDArray[np.uint8]:
    """By row, the mean percent of the pairs of a run, those that may be missing included; 0 for rows that lack one."""
    if not run.pairs:
        percents = np.zeros(len(segment.deals), dtype=np.uint8)
        postings = _beginning(segment, run.letters)
        np.maximum.at(percents, segment.posting_rows[postings], segment.posting_percents[postings])
        return percents
    found = np.stack([_exactly(segment, pair) for pair in run.pairs])
    has = found > 0
    has_all = np.ones(len(segment.deals), dtype=np.bool_)
    for place, loose in enumerate(run.loose):
        has_all &= has[place] | (has[place - 1] & has[place + 1]) if loose else has[place]
    return (found.sum(axis=0, dtype=np.uint16) // len(found) * has_all).astype(np.uint8)


def _beginning(segment: Segment, prefix: str) -> slice:
    """The postings of all tokens that begin with `prefix`."""
    start = bisect_left(segment.tokens, prefix)
    end = bisect_left(segment.tokens, prefix + _AFTER_ALL)
    return slice(segment.posting_starts[start], segment.posting_starts[end])


def _exactly(segment: Segment, token: str) -> NDArray[np.uint8]:
    """By row, the percent of one token."""
    percents = np.zeros(len(segment.deals), dtype=np.uint8)
    place = bisect_left(segment.tokens, token)
    if place < len(segment.tokens) and segment.tokens[place] == token:
        run = slice(segment.posting_starts[place], segment.posting_starts[place + 1])
        percents[segment.posting_rows[run]] = segment.posting_percents[run]
    return percents
