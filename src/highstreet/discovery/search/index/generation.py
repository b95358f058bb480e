"""One immutable state of everything that can be found. A request reads one, and only one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.sections import Sections
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.places import Division


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A segment, and which of its rows can be found."""

    uid: str
    """Names the segment for good: the same uid and row are the same deal, in every process and generation."""
    sections: Sections
    alive: NDArray[np.uint8]
    """A bit a row, the lowest of a byte first. A row that is dead was withdrawn, or stands anew in another segment."""


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """Segments that no deal is alive in twice, the largest first, and the tables that pages and questions need."""

    number: int
    segments: tuple[Live, ...]
    categories: CategoryTree
    divisions: tuple[Division, ...]
