"""How good an order of documents is (nDCG), and how sure a difference of two engines is.

nDCG@k = DCG@k / ideal DCG@k, where DCG@k sums (2^grade - 1) / log2(rank + 1) over the first k ranks, from rank 1 on.
The ideal is the best order of all documents that were graded for the question. A document without a grade counts as 0.
(Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, with the gain of
Burges et al., "Learning to rank using gradient descent", ICML 2005.)
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import log2
from typing import NamedTuple

import numpy as np

DEPTH = 10
_SAMPLES = 10_000
_SEED = 20260302


class Difference(NamedTuple):
    """A mean difference, and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def ndcg(found: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float | None:
    """Between 0 and 1; None where no graded document is better than 0, so that no order is better than another."""
    ideal = _dcg(sorted(grades.values(), reverse=True), depth)
    return _dcg((grades.get(key, 0) for key in found), depth) / ideal if ideal else None


def unjudged(found: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> int:
    """How many of the first have no grade."""
    return sum(key not in grades for key in found[:depth])


def paired(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    """Ours minus theirs over the same questions; the interval is that of the percentile bootstrap, seeded."""
    differences = np.array(ours) - np.array(theirs)
    chosen = np.random.default_rng(_SEED).integers(len(differences), size=(_SAMPLES, len(differences)))
    low, high = np.percentile(differences[chosen].mean(axis=1), (2.5, 97.5))
    return Difference(float(differences.mean()), float(low), float(high))


def kappa(pairs: Sequence[tuple[int, int]], grades: int = 4) -> float:
    """Cohen's kappa of two gradings of the same pairs, weighted by the square of how far they lie apart."""
    counts = np.zeros((grades, grades))
    for first, second in pairs:
        counts[first, second] += 1
    apart = np.subtract.outer(np.arange(grades), np.arange(grades)) ** 2
    by_chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / len(pairs)
    return 1 - float((apart * counts).sum() / (apart * by_chance).sum())


def _dcg(grades: Iterable[int], depth: int) -> float:
    return sum((2**grade - 1) / log2(rank + 1) for rank, grade in enumerate(islice(grades, depth), 1))
