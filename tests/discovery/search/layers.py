"""Deals in several segments, as changes leave them: superseded and withdrawn rows are dead, layers are merged."""

import itertools
from collections.abc import Collection, Iterable, Sequence
from random import Random
from uuid import UUID

import numpy as np

from highstreet.discovery.search import service as search
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.generation import Live
from highstreet.discovery.search.index.merge import all_alive, merge
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.store.shelf import rows_of
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search import worlds

_uids = itertools.count()


def live(sections: Sections) -> Live:
    """With all of its rows alive."""
    return Live(f"{next(_uids)}", sections, all_alive(sections.meta.rows))


def layered(*segments: Live) -> search.Generation:
    """A generation of these segments in a world of `worlds`."""
    like = worlds.index(())
    return search.Generation(next(_uids), segments, worlds.TREE, like.divisions, like.widening)


def changed(
    index: search.Generation, published: Sequence[PublishedDeal] = (), withdrawn: Collection[UUID] = ()
) -> search.Generation:
    """Another generation, in whose last segment the published deals stand; older versions of them are dead."""
    gone = [*(deal.id for deal in published), *withdrawn]
    base, middle, top = [_without(segment, gone) for segment in _three(index)]
    fresh = live(build(published, worlds.TREE))
    return layered(base, middle, live(merge([(each.sections, each.alive) for each in (top, fresh)])))


def settled(index: search.Generation, rng: Random) -> search.Generation:
    """The same deals, some of the segments merged into the one below."""
    base, middle, top = _three(index)
    nothing = live(build((), worlds.TREE))
    match rng.randrange(4):
        case 0:
            return layered(base, _merged(middle, top), nothing)
        case 1:
            return layered(_merged(base, middle), nothing, top)
        case 2:
            return layered(_merged(base, middle, top), nothing, nothing)
        case _:
            return layered(base, middle, top)


def scattered(catalogue: Iterable[PublishedDeal], rng: Random) -> search.Generation:
    """These deals in three segments, between rows of other deals that are dead."""
    parts: tuple[list[PublishedDeal], ...] = ([], [], [])
    dead: list[UUID] = []
    for deal in catalogue:
        level = rng.choice((0, 0, 0, 1, 1, 2))
        parts[level].append(deal)
        for below in range(level):
            if rng.random() < 0.5:  # what it was before
                parts[below].append(worlds.deal(rng, id=deal.id))
        if rng.random() < 0.3:
            gone = worlds.deal(rng)
            parts[level].append(gone)
            dead.append(gone.id)
    above = [[*(deal.id for later in parts[level + 1 :] for deal in later), *dead] for level in range(3)]
    segments = [live(build(sorted(part, key=lambda deal: deal.id), worlds.TREE)) for part in parts]
    return layered(*(_without(segment, ids) for segment, ids in zip(segments, above, strict=True)))


def _three(index: search.Generation) -> tuple[Live, Live, Live]:
    missing = 3 - len(index.segments)
    base, middle, top = (*index.segments, *(live(build((), worlds.TREE)) for _ in range(missing)))
    return base, middle, top


def _without(segment: Live, ids: Sequence[UUID]) -> Live:
    bits = np.unpackbits(segment.alive, count=segment.sections.meta.rows, bitorder="little")
    rows = rows_of(segment.sections, list(ids))
    bits[rows[rows >= 0]] = 0
    return Live(segment.uid, segment.sections, np.packbits(bits, bitorder="little"))


def _merged(*segments: Live) -> Live:
    return live(merge([(each.sections, each.alive) for each in segments]))
