"""What both segments of a generation hold for a question, before category, price and discount are looked at."""

from dataclasses import dataclass

import numpy as np

from highstreet.discovery.search.domain import Point, SearchQuery
from highstreet.discovery.search.generations import SearchIndex
from highstreet.discovery.search.scan import Aim, Found, scan
from highstreet.discovery.search.segments import NEVER_US, Ints, microseconds
from highstreet.discovery.search.text import terms
from highstreet.market.catalog.domain.deals import PublishedDeal
from highstreet.science import geo


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows of both segments, addressed by position: those of the base first."""

    found: tuple[Found, ...]
    metres: Ints
    words: Ints

    def column(self, name: str) -> Ints:
        """One column of the segments, for every position."""
        return np.concatenate([getattr(part.segment, name)[part.rows] for part in self.found])

    def deal(self, position: int) -> PublishedDeal:
        for part in self.found:
            if position < len(part.rows):
                return part.segment.deals[int(part.rows[position])]
            position -= len(part.rows)
        raise IndexError(position)


def matching(index: SearchIndex, query: SearchQuery) -> Matches:
    """The deals that answer place, words and dates of the question."""
    aim = Aim(
        at_us=microseconds(query.at),
        ends_after_us=0 if query.ends_after is None else microseconds(query.ends_after),
        ends_before_us=NEVER_US if query.ends_before is None else microseconds(query.ends_before),
        terms=terms(query.text),
        centre=query.centre,
        radius_m=query.radius_km * 1000,
        divisions=_divisions_around(index, query.centre),
    )
    segments = (index.base, index.overlay) if index.overlay.deals else (index.base,)
    found = tuple(scan(segment, aim) for segment in segments)
    return Matches(
        found=found,
        metres=np.concatenate([part.metres for part in found]),
        words=np.concatenate([part.words for part in found]),
    )


def _divisions_around(index: SearchIndex, centre: Point | None) -> Ints:
    """The numbers of the divisions that a point lies in."""
    if centre is None or not index.divisions:
        return np.empty(0, dtype=np.int64)
    metres = geo.distance_m(
        centre.latitude,
        centre.longitude,
        np.array([division.latitude for division in index.divisions]),
        np.array([division.longitude for division in index.divisions]),
    )
    reach = np.array([division.radius_km for division in index.divisions]) * 1000
    slugs = [index.divisions[position].slug for position in np.flatnonzero(metres <= reach)]
    known = index.vocabulary.divisions.numbers
    return np.array([known[slug] for slug in slugs if slug in known], dtype=np.int64)
