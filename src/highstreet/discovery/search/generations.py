"""Generations: what search reads is immutable; a change makes the next one.

A generation has two segments. The base holds nearly everything; the overlay holds the deals changed since, and hides
their old rows in the base. So a change costs a small overlay, not the whole; when the overlay has grown, both become a
new base.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from highstreet.discovery.search import segments
from highstreet.discovery.search.segments import Row, Segment, Vocabulary
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import PublishedDeal
from highstreet.market.catalog.domain.places import Division

_LEAST_OVERLAY = 256
"""Rows that an overlay may hold whatever the size of the base; building so few takes a few milliseconds."""
_LEAST_WORDS = 10_000
"""Words that are kept whether a deal has them or not."""
_OVERLAY_SHARE = 16
"""Beyond that, an overlay may grow to this part of the base (one sixteenth)."""


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """One immutable generation of everything that can be found. A request reads one, and only one."""

    generation: int
    base: Segment
    overlay: Segment
    categories: CategoryTree
    divisions: tuple[Division, ...]
    vocabulary: Vocabulary

    @property
    def size(self) -> int:
        """How many deals can be found, whatever the hour."""
        return int(np.count_nonzero(self.base.alive)) + len(self.overlay.deals)

    def deal(self, deal_id: UUID) -> PublishedDeal | None:
        """A live deal by its id."""
        for segment in (self.overlay, self.base):
            row = segment.row_of.get(deal_id)
            if row is not None and segment.alive[row]:
                return segment.deals[row]
        return None

    def deals(self) -> Iterator[PublishedDeal]:
        """Every deal that can be found, whatever the hour; in the same order as long as the generation lasts."""
        yield from self.overlay.deals
        yield from (deal for deal, alive in zip(self.base.deals, self.base.alive.tolist(), strict=True) if alive)


class Builder:
    """Makes the next generation from the last one and what changed. One thread at a time may use it."""

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        self._base: dict[UUID, Row] = {}
        """The living rows of the base segment."""
        self._overlay: dict[UUID, Row] = {}
        nothing = segments.build((), self._vocabulary)
        self.index = SearchIndex(0, nothing, nothing, CategoryTree(()), (), self._vocabulary)

    def apply(
        self,
        published: Sequence[PublishedDeal],
        withdrawn: Iterable[UUID],
        categories: CategoryTree,
        divisions: tuple[Division, ...],
    ) -> SearchIndex:
        """The generation after these changes; the last one again where nothing that search knows has changed."""
        if categories != self.index.categories:
            self._rename(categories)
        changed = {deal.id: deal for deal in published if self.index.deal(deal.id) != deal}
        gone = [deal_id for deal_id in withdrawn if self.index.deal(deal_id) is not None]
        if changed or gone:
            self._change(changed, gone)
        if divisions != self.index.divisions:
            self._advance(divisions=divisions)
        return self.index

    def _change(self, changed: dict[UUID, PublishedDeal], gone: Iterable[UUID]) -> None:
        rows = {deal_id: self._row(deal, self.index.categories) for deal_id, deal in changed.items()}
        for deal_id in gone:
            self._overlay.pop(deal_id, None)
        self._overlay |= rows
        hidden = [deal_id for deal_id in (*gone, *changed) if self._base.pop(deal_id, None) is not None]
        if len(self._overlay) > max(_LEAST_OVERLAY, len(self._base) // _OVERLAY_SHARE):
            self._compact()
            return
        alive = self.index.base.alive.copy()
        alive[[self.index.base.row_of[deal_id] for deal_id in hidden]] = False
        self._advance(
            base=replace(self.index.base, alive=alive),
            overlay=segments.build(tuple(self._overlay.values()), self._vocabulary),
        )

    def _compact(self) -> None:
        self._base |= self._overlay
        self._overlay = {}
        self._forget_words()
        self._advance(
            base=segments.build(tuple(self._base.values()), self._vocabulary),
            overlay=segments.build((), self._vocabulary),
            vocabulary=self._vocabulary,
        )

    def _forget_words(self) -> None:
        """Drop the words that only deals had which are gone, once these are most of all."""
        names = self._vocabulary.tokens.names
        used = np.zeros(len(names), dtype=np.bool_)
        for row in self._base.values():
            used[row.tokens] = True
        if len(names) <= _LEAST_WORDS + 2 * np.count_nonzero(used):
            return
        renumbered = np.cumsum(used, dtype=np.int32) - 1
        self._base = {
            deal_id: msgspec.structs.replace(row, tokens=renumbered[row.tokens]) for deal_id, row in self._base.items()
        }
        self._vocabulary = self._vocabulary.of_words(compress(names, used.tolist()))

    def _rename(self, categories: CategoryTree) -> None:
        """Categories lend their names to the deals below them, so that all rows are made ready again."""
        rows = (self._base | self._overlay).values()
        self._base = {row.deal.id: self._row(row.deal, categories) for row in rows}
        self._overlay = {}
        self._compact()
        self._advance(categories=categories)

    def _row(self, deal: PublishedDeal, categories: CategoryTree) -> Row:
        path = categories.path(deal.category_slug) if deal.category_slug else ()
        names = [name for category in path for name in category.names.values()]
        return segments.prepare(deal, names, self._vocabulary)

    def _advance(self, **changes: Any) -> None:  # noqa: ANN401 -- passed on to dataclasses.replace as they are
        self.index = replace(self.index, generation=self.index.generation + 1, **changes)
