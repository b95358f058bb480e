"""Segments become one: on arrays alone, without the deals and without the database."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.assembling import assemble
from highstreet.discovery.search.index.drafts import of_segment
from highstreet.discovery.search.index.sections import Sections


def merge(parts: Sequence[tuple[Sections, NDArray[np.uint8]]]) -> Sections:
    """One segment of the living rows of all; `alive` has a bit a row. No deal may live in two of them."""
    return assemble([of_segment(sections, alive) for sections, alive in parts])


def all_alive(rows: int) -> NDArray[np.uint8]:
    """A bit for each row, all set."""
    return np.packbits(np.ones(rows, dtype=np.bool_), bitorder="little")
