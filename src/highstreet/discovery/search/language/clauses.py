"""What the words of a question mean in one segment, as arrays that compiled code reads."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WORD, PHRASE, RUN = 0, 1, 2
"""Ways to meet a clause: a word; words that stand one behind the other in a field; letters of a script without spaces,
by overlapping pairs."""


class Clauses(NamedTuple):
    """What one segment is searched for: clauses, each with ways to meet it, a way with slots, a slot with words.

    The ways of clause i are `clause_ways[i]:clause_ways[i + 1]`, and so on down to the words, each with a percent. A
    way in which a slot has no words cannot be met there. In a run, slots that are `loose` may be missing where those
    beside them are there. `weights` are whole numbers from 1 to 255, the same in all segments.
    """

    weights: NDArray[np.int64]
    clause_ways: NDArray[np.int32]
    way_kinds: NDArray[np.uint8]
    way_percents: NDArray[np.uint8]
    way_slots: NDArray[np.int32]
    slot_loose: NDArray[np.uint8]
    slot_alternatives: NDArray[np.int32]
    tokens: NDArray[np.int32]
    percents: NDArray[np.uint8]
