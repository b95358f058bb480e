"""The segments that the indexer works on: a large one, a middle one, and a top one that every change writes anew.

A change kills the old row of its deal wherever that is, and adds a row to the top. When the top has grown, it goes into
the middle; when the middle has, all go into the base. That takes seconds, and changes go on meanwhile: the merge takes
the rows that are alive when it begins, and where it ends, what has changed since is killed in its result, and stays in
the top.

Nothing here knows the database, or which generation readers see. One thread at a time may use a shelf.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.generation import Live
from highstreet.discovery.search.index.merge import all_alive, merge
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.store import files
from highstreet.discovery.search.store.generations import SEGMENT
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import PublishedDeal

BASE, MIDDLE, TOP = 0, 1, 2
LEVELS: Final = 3
_TOP_ROWS: Final = 2_000
_MIDDLE_ROWS: Final = 20_000
_MIDDLE_SHARE: Final = 8
"""The middle may grow to this part of the base (one eighth), if that is more."""
_DEAD_SHARE: Final = 4
"""When this part of the base (a quarter) is dead, it is written anew."""
_HALF: Final = 2**64 - 1

Ints = NDArray[np.int64]
Bits = NDArray[np.uint8]


@dataclass(slots=True, eq=False)
class Merge:
    """Work that is done beside changes: everything from `level` on, as it was when the work began, becomes one."""

    level: int
    uid: str
    sources: tuple[Live, ...]
    since: set[UUID] = field(default_factory=set[UUID])
    """What has changed meanwhile."""


class Shelf:
    """Segments of one indexer. `segments` are replaced, never changed, and are always on the disk as a whole."""

    def __init__(self, directory: Path, rng: Random, segments: Sequence[Live]) -> None:
        self._directory = directory
        self._rng = rng
        self.segments = tuple(segments)
        self.merging: Merge | None = None

    @property
    def size(self) -> int:
        return sum(living(segment) for segment in self.segments)

    @property
    def names(self) -> tuple[str, ...]:
        """The segments' files."""
        return tuple(segment.uid + SEGMENT for segment in self.segments)

    @property
    def needed(self) -> frozenset[str]:
        """The files that must stay: those of the segments, and one that a merge is writing."""
        uids = {segment.uid for segment in self.segments}
        if self.merging is not None:
            uids |= {self.merging.uid, *(segment.uid for segment in self.merging.sources)}
        return frozenset(uid + SEGMENT for uid in uids)

    def where(self, ids: Sequence[UUID]) -> dict[UUID, tuple[Live, int]]:
        """Where those of these deals stand that can be found."""
        found: dict[UUID, tuple[Live, int]] = {}
        for segment in self.segments:
            rows = rows_of(segment.sections, ids)
            for position in np.flatnonzero(rows >= 0).tolist():
                row = int(rows[position])
                if segment.alive[row >> 3] >> (row & 7) & 1:
                    found[ids[position]] = (segment, row)
        return found

    def apply(
        self, published: Iterable[PublishedDeal], withdrawn: Iterable[UUID], categories: CategoryTree
    ) -> tuple[Live, ...]:
        """The segments with these deals as they are now, and without those; for `adopt` once that is published.

        Raises NotWritten, and then nothing has changed.
        """
        fresh = {deal.id: deal for deal in published}
        gone = [*fresh, *(deal_id for deal_id in withdrawn if deal_id not in fresh)]
        segments = [killed(segment, gone) for segment in self.segments]
        if fresh:
            top, added = segments[TOP], build(fresh.values(), categories)
            if living(top):
                added = merge([(top.sections, top.alive), (added, all_alive(added.meta.rows))])
            segments[TOP] = self.put(added)
        return tuple(segments)

    def adopt(self, segments: tuple[Live, ...], changed: Iterable[UUID]) -> None:
        """Go on from these segments, in which those deals have changed."""
        self.segments = segments
        if self.merging is not None:
            self.merging.since.update(changed)

    def put(self, sections: Sections) -> Live:
        """Write a segment. Raises NotWritten."""
        return self._put(self._uid(), sections)

    def plan(self) -> Merge | None:
        """The merge that is due, which counts as begun; None where none is, or one is under way."""
        base, middle, top = map(living, self.segments)
        dead = self.segments[BASE].sections.meta.rows - base
        if self.merging is not None:
            return None
        if top + middle > max(_MIDDLE_ROWS, base // _MIDDLE_SHARE) or dead * _DEAD_SHARE > max(base, _MIDDLE_ROWS):
            return self.begin(BASE)
        return self.begin(MIDDLE) if top > _TOP_ROWS else None

    def begin(self, level: int) -> Merge:
        """Begin to make one segment of all from this level on."""
        self.merging = Merge(level, self._uid(), self.segments[level:])
        return self.merging

    def carry_out(self, work: Merge) -> Live:
        """Do the long part, in any thread. Raises NotWritten."""
        return self._put(work.uid, merge([(source.sections, source.alive) for source in work.sources]))

    def taken_up(self, work: Merge) -> Live:
        """What another process made of it. Raises UnusableFile."""
        sections = files.open(self._directory / (work.uid + SEGMENT))
        return Live(work.uid, sections, all_alive(sections.meta.rows))

    def finish(self, work: Merge, merged: Live) -> tuple[Live, ...]:
        """The segments after a merge, with everything that changed meanwhile; for `adopt` once that is published."""
        assert work is self.merging
        since = list(work.since)
        segments = list(self.segments)
        recent = _among(segments[TOP], since)
        segments[work.level] = killed(merged, since)
        for level in range(work.level + 1, LEVELS):
            segments[level] = self.put(build((), CategoryTree(())))
        if recent.any():
            segments[TOP] = self.put(merge([(self.segments[TOP].sections, recent)]))
        return tuple(segments)

    def _put(self, uid: str, sections: Sections) -> Live:
        path = self._directory / (uid + SEGMENT)
        files.write(path, sections)
        return Live(uid, files.open(path), all_alive(sections.meta.rows))

    def _uid(self) -> str:
        return f"{self._rng.getrandbits(64):016x}"


def living(segment: Live) -> int:
    """How many rows can be found."""
    return int(np.bitwise_count(segment.alive).sum())


def killed(segment: Live, ids: Sequence[UUID]) -> Live:
    """The same segment without the rows of these deals."""
    alive = segment.alive & ~_bits_of(segment, ids)
    return segment if np.array_equal(alive, segment.alive) else Live(segment.uid, segment.sections, alive)


def _among(segment: Live, ids: Sequence[UUID]) -> Bits:
    """The living rows of these deals."""
    return segment.alive & _bits_of(segment, ids)


def _bits_of(segment: Live, ids: Sequence[UUID]) -> Bits:
    rows = rows_of(segment.sections, ids)
    mask = np.zeros(len(segment.alive) * 8, np.bool_)
    mask[rows[rows >= 0]] = True
    return np.packbits(mask, bitorder="little")


def rows_of(sections: Sections, ids: Sequence[UUID]) -> Ints:
    """The row of each id, -1 where there is none: all are looked for at once, by halving."""
    by_id, highs, lows = sections["by_id"], sections["id_high"], sections["id_low"]
    wanted_high = np.array([each.int >> 64 for each in ids], np.uint64)
    wanted_low = np.array([each.int & _HALF for each in ids], np.uint64)
    count = len(by_id)
    low, high = np.zeros(len(ids), np.int64), np.full(len(ids), count, np.int64)
    if not count or not ids:
        return low - 1
    while (low < high).any():
        middle = (low + high) // 2
        row = by_id[np.minimum(middle, count - 1)]
        before = (highs[row] < wanted_high) | ((highs[row] == wanted_high) & (lows[row] < wanted_low))
        open_still = low < high
        low = np.where(open_still & before, middle + 1, low)
        high = np.where(open_still & ~before, middle, high)
    row = by_id[np.minimum(low, count - 1)]
    return np.where((low < count) & (highs[row] == wanted_high) & (lows[row] == wanted_low), row.astype(np.int64), -1)
