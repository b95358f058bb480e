"""As many deals as wanted, of the shape that real ones have, and always the same."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from benchmarks.searching.assembling import assemble
from benchmarks.searching.drawing import draw
from benchmarks.searching.geography import world
from highstreet.market.catalog.domain.categories import CATEGORIES, CategoryTree
from highstreet.market.catalog.domain.deals import PublishedDeal

AT = datetime(2026, 6, 3, 16, 0, tzinfo=UTC)
"""The instant that questions are asked at, a Wednesday: about 2 % of the deals begin later or are over."""
SEED = 20260603
CHUNK = 10_000
TREE = CategoryTree(CATEGORIES)


def deals(number: int, seed: int = SEED) -> Iterator[PublishedDeal]:
    """`number` deals. Those of a smaller catalogue are others, at the same density."""
    for index in range(chunks(number)):
        yield from chunk(number, index, seed)


def chunks(number: int) -> int:
    """How many parts `number` deals come in."""
    return -(-number // CHUNK)


def chunk(number: int, index: int, seed: int = SEED) -> list[PublishedDeal]:
    """One part of them, which can be made alone: by another process, for instance."""
    size = min(CHUNK, number - index * CHUNK)
    places = world(number)
    rng = np.random.Generator(np.random.PCG64([seed, number, index]))
    return assemble(draw(rng, places, number, size, AT), places, AT)
