"""What makes one result better than another: every weight of the score stands here.

Words count as in BM25F (Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", CIKM
2004): a word's occurrences are summed over the fields, each weighted and set against the field's length, and then
saturate. The lengths are set against constants, not against the catalogue's own means, and a cursor carries the weights
of a question's words: so a change of one deal moves no other between two pages.

Parts are built from sums, products and quotients only, which every machine rounds alike; the score is then rounded to a
millionth, and equal scores are ordered by id.
"""

from typing import Final

import numpy as np

from highstreet.kit.compiling import compiled, inlined

FIELD_WEIGHTS: Final = (4.0, 3.0, 0.0, 2.0, 1.0, 3.0)
"""Of title, merchant, category, place, description and link. The last is the end of a feed's own address of the deal,
often the only place where a feed says what is offered; it is looked in and never shown."""
FIELD_LENGTHS: Final = (8.0, 2.5, 1.0, 1.5, 45.0, 5.0)
"""Words that a field usually has."""
LENGTH_SHARES: Final = (0.3, 0.2, 0.0, 0.2, 0.6, 0.6)
"""How much of a longer or shorter field is set off: `b` of BM25, by field."""
SATURATION: Final = 2.0
"""`k1` of BM25: an occurrence in a description of the usual length counts one third of the most."""
CATEGORY_IMPACT: Final = 128
"""Of 255: what a word counts that names the deal's category, or one above it."""

SAME_STEM, GLUED, JOINED, SYNONYM, BEGINNING, MISTYPED = 90, 90, 80, 80, 60, 70
CATEGORY_NAME, CATEGORY_WORD = 70, 40
"""Percent that a word of the deal counts which is not the very word of the question, by how it answers it: of the same
stem; written as one word, or as two; a synonym; that begins so; a typing error away; its category named so, or by one
word of several."""

TEXT_WEIGHT: Final = 1.0
DISTANCE_WEIGHT: Final = 0.5
FRESHNESS_WEIGHT: Final = 0.1
ENDING_WEIGHT: Final = 0.05
DISCOUNT_WEIGHT: Final = 0.2
POPULARITY_WEIGHT: Final = 0.2
AVAILABILITY_WEIGHT: Final = 0.05
_MOST_BESIDE: Final = FRESHNESS_WEIGHT + ENDING_WEIGHT + DISCOUNT_WEIGHT + POPULARITY_WEIGHT + AVAILABILITY_WEIGHT
BESIDE_WORDS: Final = 0.0625
"""What newness, ending, discount, popularity and availability keep of their weights where words were asked for: they
order deals that say the same, and put none before one that says what was asked."""

HALF_DISTANCE_M: Final = 5_000.0
"""At this distance a deal keeps half of what nearness gives."""
UNPLACED_NEARNESS: Final = 0.3
"""Nearness of deals that hold in a whole division or online: like one some twelve kilometres away."""
HALF_AGE_US: Final = 30 * 86_400 * 1_000_000.0
"""At this age, in microseconds, a deal keeps half of what being new gives."""
HALF_LEFT_US: Final = 2 * 86_400 * 1_000_000.0
"""With this much time until its end, in microseconds, a deal has half of what ending soon gives."""
HALF_SOLD: Final = 200.0
"""With this many sold, a deal has half of what popularity can give: the prior that people buy it."""

SCALE: Final = 1_000_000
"""Scores are compared as whole millionths."""
TEXT_SCALE: Final = 2_550_000.0
"""The most that a word can be worth in a deal: impact 255, 100 percent by the way it is met and 100 as the word."""

ENOUGH_MATCHES: Final = 10
"""Fewer deals than these with all words of a question: deals with most of them are shown as well."""


@compiled
def fewest_words(asked: int) -> int:
    """How many of the words that were asked for a deal has at least."""
    return (asked + 1) // 2


@compiled
def saturated(summed: float) -> int:
    """The impact of a word, 1 to 255, of the weighted and length-adjusted sum of its occurrences."""
    return max(1, round(255 * summed / (summed + SATURATION)))


@inlined
def _nearness(metres: float, centred: bool) -> float:  # noqa: FBT001 -- compiled code takes no names
    if not centred:
        return 0.0
    return UNPLACED_NEARNESS if metres < 0 else HALF_DISTANCE_M / (HALF_DISTANCE_M + metres)


@inlined
def weigh(  # noqa: PLR0913, PLR0917 -- what a score is made of
    text: float,
    metres: float,
    centred: bool,  # noqa: FBT001 -- compiled code takes no names
    age_us: int,
    left_us: int,
    endless: bool,  # noqa: FBT001 -- as above
    discount: int,
    sold: int,
    availability: int,
) -> tuple[float, float, float, float, float, float, float]:
    """The weighted parts in the order of `Why`.

    `text` is the share of the question's words that is met, 0 to 1; `metres` is -1 where a deal is not tied to a point;
    `discount` is whole percent, -1 where none is stated; `availability` is 0 to 255.
    """
    beside = BESIDE_WORDS if text > 0 else 1.0
    return (
        TEXT_WEIGHT * text,
        DISTANCE_WEIGHT * _nearness(metres, centred),
        beside * FRESHNESS_WEIGHT * (HALF_AGE_US / (HALF_AGE_US + max(age_us, 0))),
        0.0 if endless else beside * ENDING_WEIGHT * (HALF_LEFT_US / (HALF_LEFT_US + max(left_us, 0))),
        beside * DISCOUNT_WEIGHT * (max(discount, 0) / 100),
        beside * POPULARITY_WEIGHT * (sold / (HALF_SOLD + sold)),
        beside * AVAILABILITY_WEIGHT * (availability / 255),
    )


@inlined
def most(text: float, metres: float, centred: bool) -> float:  # noqa: FBT001 -- as above
    """No less than the sum of the parts, whatever else a deal has: one division in place of six."""
    beside = BESIDE_WORDS if text > 0 else 1.0
    return TEXT_WEIGHT * text + DISTANCE_WEIGHT * _nearness(metres, centred) + beside * _MOST_BESIDE


@inlined
def farthest(score: float) -> float:
    """How many metres away a deal with none of the words can be and have the score; infinity: wherever it is."""
    nearness = (score - _MOST_BESIDE) / DISTANCE_WEIGHT
    return np.inf if nearness <= 0 else max(HALF_DISTANCE_M / nearness - HALF_DISTANCE_M, 0.0)
