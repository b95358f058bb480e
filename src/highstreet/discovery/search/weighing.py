"""What makes one result better than another: every weight of the score stands here.

A score depends on the question and the deal alone, never on the other deals (no inverse document frequency): so a
change of one deal moves no other, and a cursor stays true. Parts are built from sums, products and quotients only,
which every machine rounds alike; the score is then rounded to a millionth, and equal scores are ordered by id.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.domain import Why

TITLE, MERCHANT, CATEGORY, PLACE, DESCRIPTION, LINK = 100, 80, 70, 40, 25, 15
"""Percent that a word counts, by the best field it stands in. Half of it when only the word's beginning matched.

LINK is the end of a feed's own address of the deal, often the only place where a feed says what is offered. It is
looked in and never shown.
"""

TEXT_WEIGHT = 1.0
DISTANCE_WEIGHT = 0.5
FRESHNESS_WEIGHT = 0.1
DISCOUNT_WEIGHT = 0.2
POPULARITY_WEIGHT = 0.2

HALF_DISTANCE_M = 5_000
"""At this distance a deal keeps half of what nearness gives."""
UNPLACED_NEARNESS = 0.3
"""Nearness of deals that hold in a whole division or online: like one some twelve kilometres away."""
HALF_AGE_US = 30 * 86_400 * 1_000_000
"""At this age, in microseconds, a deal keeps half of what being new gives."""
HALF_SOLD = 200
"""With this many sold, a deal has half of what popularity can give."""

SCALE = 1_000_000
"""Scores are compared as whole millionths."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Signals:
    """What the score is made of, one element a deal.

    `words` is the sum of field percents over `terms` terms; `metres` is -1 where a deal is not tied to a point, and
    None without a centre; `age_us` is the time since it started; `discount` is whole percent, -1 where none is stated.
    """

    words: Ints
    terms: int
    metres: Ints | None
    age_us: Ints
    discount: Ints
    sold: Ints


@dataclass(frozen=True, slots=True)
class Parts:
    """The weighted parts of the scores, one element a deal."""

    text: Floats
    distance: Floats
    freshness: Floats
    discount: Floats
    popularity: Floats

    def millionths(self) -> Ints:
        total = self.text + self.distance + self.freshness + self.discount + self.popularity
        return np.rint(total * SCALE).astype(np.int64)

    def why(self, position: int) -> Why:
        return Why(
            text=float(self.text[position]),
            distance=float(self.distance[position]),
            freshness=float(self.freshness[position]),
            discount=float(self.discount[position]),
            popularity=float(self.popularity[position]),
        )


def weigh(signals: Signals) -> Parts:
    """The weighted parts of each deal's score."""
    return Parts(
        text=TEXT_WEIGHT * (signals.words / (100 * max(signals.terms, 1))),
        distance=DISTANCE_WEIGHT * _nearness(signals),
        freshness=FRESHNESS_WEIGHT * (HALF_AGE_US / (HALF_AGE_US + np.maximum(signals.age_us, 0))),
        discount=DISCOUNT_WEIGHT * (np.maximum(signals.discount, 0) / 100),
        popularity=POPULARITY_WEIGHT * (signals.sold / (HALF_SOLD + signals.sold)),
    )


def _nearness(signals: Signals) -> Floats:
    if signals.metres is None:
        return np.zeros(len(signals.words))
    near = HALF_DISTANCE_M / (HALF_DISTANCE_M + np.maximum(signals.metres, 0))
    return np.where(signals.metres < 0, UNPLACED_NEARNESS, near)
