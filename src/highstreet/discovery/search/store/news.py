"""What of the changes that the catalogue hands over is new to an index."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from highstreet.discovery.search.index import stored
from highstreet.discovery.search.index.generation import Live
from highstreet.discovery.search.index.stored import DamagedRow
from highstreet.discovery.search.store.shelf import Shelf
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.changes import DealChanges
from highstreet.market.catalog.domain.deals import PublishedDeal


@dataclass(frozen=True, slots=True)
class News:
    """Deals that are to be found as they are here, and ids of those that are not to be found any more."""

    published: Sequence[PublishedDeal]
    withdrawn: Sequence[UUID]

    @property
    def ids(self) -> set[UUID]:
        return {deal.id for deal in self.published} | set(self.withdrawn)


def news(
    shelf: Shelf,
    changes: DealChanges,
    holds: Callable[[PublishedDeal], bool],
    before: CategoryTree,
    after: CategoryTree,
) -> News:
    """What differs from what is on the shelf: the same change may be handed over twice.

    Deals whose category has moved below another one are new too, because they are found under those above it.
    """
    fresh = {deal.id: deal for deal in changes.published if holds(deal)}
    gone = [*changes.withdrawn, *(deal.id for deal in changes.published if deal.id not in fresh)]
    known = shelf.where([*fresh, *gone])
    same = {deal_id for deal_id, deal in fresh.items() if deal_id in known and _is(deal, *known[deal_id])}
    withdrawn = [deal_id for deal_id in dict.fromkeys(gone) if deal_id in known]
    for deal in _moved(shelf, before, after):
        if deal.id in fresh:
            same.discard(deal.id)
        elif deal.id not in gone:
            fresh[deal.id] = deal
    return News([deal for deal_id, deal in fresh.items() if deal_id not in same], withdrawn)


def _is(deal: PublishedDeal, segment: Live, row: int) -> bool:
    """Whether that row is this deal; a row that cannot be read is not."""
    try:
        return stored.deal(segment.sections, row) == deal
    except DamagedRow:
        return False


def _moved(shelf: Shelf, before: CategoryTree, after: CategoryTree) -> Iterator[PublishedDeal]:
    if before == after:
        return
    known = {each.slug for each in (*before.categories, *after.categories)}
    slugs = {slug for slug in known if _above(before, slug) != _above(after, slug)}
    for segment in shelf.segments if slugs else ():
        names = segment.sections.meta.categories
        numbers = [number for number, slug in enumerate(names) if slug in slugs]
        alive = np.unpackbits(segment.alive, count=segment.sections.meta.rows, bitorder="little").astype(np.bool_)
        for row in np.flatnonzero(alive & np.isin(segment.sections["records"]["category"], numbers)).tolist():
            yield stored.deal(segment.sections, row)


def _above(tree: CategoryTree, slug: str) -> list[str]:
    return [category.slug for category in tree.path(slug)] if tree.by_slug(slug) is not None else []
