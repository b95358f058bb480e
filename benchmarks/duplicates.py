"""Duplicates: how many of those that were put there are found, how many of the found are true, and what it takes.

The weights and the threshold are learned on training seeds, and measured on others. Beside them stands what one would
write first: titles whose words overlap enough (Jaccard), in one currency, near each other and at about one price, with
its threshold learned on the same seeds. Both look at the same pairs: those that blocking leaves, which
`tests/market/catalog/test_likeness.py` compares with all pairs.
"""

import os
import statistics
import sys
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from time import perf_counter
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.duplicates_data import Truth, in_towns, invented, ponpare, real, with_siblings, with_twins
from benchmarks.report import Ratio, Report, Result, Target, report
from highstreet.market.catalog.domain import likeness
from highstreet.market.catalog.domain.likeness import (
    Comparable,
    Levels,
    PlaceLevel,
    PriceLevel,
    Weights,
    WordedLevels,
)
from highstreet.market.catalog.domain.wording import ContrastLevel, MerchantLevel, NumbersLevel
from highstreet.science.linkage import Flags, Floats, Ints

_TRAINING_SEEDS = (101, 102, 103)
_SEEDS = (1, 2, 3, 4, 5)
_OURS, _PEER = "likely_same", "word overlap"
_INVENTED = "invented"
_UNSIGNED = "invented, without merchants,"
_DEALS = 6_000
_RIDGE = 1.0
_PRECISION_WEIGHT = 0.5
"""A proposal that is wrong costs a person's time, one that is missing a shopper's: F with beta 0.5 counts them."""


class Sample(NamedTuple):
    """Deals, what belongs together, and the answers of all pairs that are looked at."""

    deals: list[Comparable]
    truth: Truth
    left: Ints
    right: Ints
    levels: Levels
    worded: WordedLevels

    @property
    def same(self) -> Flags:
        """Which of the pairs belong together."""
        return np.array([pair in self.truth for pair in zip(self.left.tolist(), self.right.tolist(), strict=True)])

    @property
    def choices_bits(self) -> Floats:
        return likeness.choices_bits(likeness.choices(self.deals, self.left, self.right))


def run(*, quick: bool) -> Report:
    number = 1_500 if quick else _DEALS
    weights, overlap = learn(number, _TRAINING_SEEDS[:1] if quick else _TRAINING_SEEDS)
    sys.stderr.write(f"bench: learned {msgspec.json.encode(weights).decode()}, overlap {overlap:g}\n")
    results = [Result("weights", "learned ones differ from the shipped ones by at most", _apart(weights), "bits")]
    worlds = [(seed, invented(number, seed)) for seed in (_SEEDS[:2] if quick else _SEEDS)]
    sets = {
        _INVENTED: [sampled(deals, seed) for seed, deals in worlds],
        _UNSIGNED: [sampled(unsigned(deals), seed) for seed, deals in worlds],
    }
    skipped: list[str] = []
    folder = os.environ.get("HIGHSTREET_BENCH_DATA")
    if folder:
        for name, deals in real(Path(folder)).items():
            sets[name] = [sampled(deals, seed, siblings=False) for seed in _SEEDS]
        skipped += ["groupon_recent_2009_2011: its rows state no title to tell deals apart by"]
    else:
        skipped += ["the real feeds: HIGHSTREET_BENCH_DATA is not set"]
    for name, samples in sets.items():
        results += _quality(name, samples, overlap)
    if folder:
        results += _coupons(Path(folder))
    results += _costs((2_000,) if quick else (20_000, 200_000))
    f_ours, f_peer = (_figure(results, f"{subject} on invented deals", "F0.5") for subject in (_OURS, _PEER))
    ratios = [Ratio(f"{_OURS} on invented deals", f"{_PEER} on invented deals", "F0.5", f_ours / f_peer)]
    missed = 1 - _figure(results, f"{_OURS} on invented deals", "recall")
    wrong = 1 - _figure(results, f"{_OURS} on invented deals", "precision")
    targets = [
        Target("invented duplicates missed", round(missed, 3), 0.2, missed < 0.2),
        Target("wrong proposals among invented deals", round(wrong, 3), 0.05, wrong < 0.05),
    ]
    return report("duplicates", results, ratios, targets, skipped)


def sampled(deals: list[Comparable], seed: int, *, siblings: bool = True) -> Sample:
    """The deals with twins, and perhaps siblings, and every pair that is looked at."""
    rng = Random(seed)
    deals, truth = with_twins(with_siblings(deals, rng) if siblings else deals, rng)
    left, right = likeness.considered(deals)
    levels = likeness.compare(deals, left, right)
    return Sample(deals, truth, left, right, levels, likeness.worded_levels(deals, left, right))


def unsigned(deals: Sequence[Comparable]) -> list[Comparable]:
    """The deals as a feed states them that names no merchants and no addresses."""
    return [msgspec.structs.replace(deal, merchant=None) for deal in in_towns(deals)]


def learn(number: int, seeds: Sequence[int]) -> tuple[Weights, float]:
    """Weights with their threshold, and the threshold of the peer, from deals of these seeds."""
    worlds = [(seed, invented(number, seed)) for seed in seeds]
    samples = [sampled(each, seed) for seed, deals in worlds for each in (deals, unsigned(deals))]
    same = np.concatenate([sample.same for sample in samples])
    each = [sample.levels for sample in samples]
    levels = Levels(
        cosines=np.concatenate([levels.cosines for levels in each]),
        metres=np.concatenate([levels.metres for levels in each]),
        cosine_level=np.concatenate([levels.cosine_level for levels in each]),
        title=np.concatenate([levels.title for levels in each]),
        place=np.concatenate([levels.place for levels in each]),
        price=np.concatenate([levels.price for levels in each]),
    )
    worded = WordedLevels(
        merchant=np.concatenate([sample.worded.merchant for sample in samples]),
        contrast=np.concatenate([sample.worded.contrast for sample in samples]),
        numbers=np.concatenate([sample.worded.numbers for sample in samples]),
    )
    weights = _fitted(levels, worded, same)
    lost = sum(len(sample.truth) for sample in samples) - int(same.sum())
    alike = np.concatenate([sample.choices_bits for sample in samples])
    threshold = _best(likeness.score(levels, worded, weights) + alike, same, lost)
    overlaps = np.concatenate([_overlaps(sample) for sample in samples])
    return msgspec.structs.replace(weights, threshold=round(threshold, 1)), _best(overlaps, same, lost)


def _apart(learned: Weights) -> float:
    """By how many bits the learned weights differ from those that ship, at most."""
    one, other = (
        [bits for part in msgspec.structs.astuple(each)[:-1] for bits in part] for each in (learned, likeness.WEIGHTS)
    )
    return round(max(abs(first - second) for first, second in zip(one, other, strict=True)), 1)


def _fitted(levels: Levels, worded: WordedLevels, same: Flags) -> Weights:
    """The weights of a logistic regression on every answer, with a small ridge, by Newton's method."""
    own = worded.merchant == MerchantLevel.SAME
    columns = [
        (levels.title, ~own, likeness.TITLE_LEVELS),
        (levels.cosine_level, own, len(likeness.COSINE_EDGES) + 1),
        (worded.merchant, np.ones_like(own), len(MerchantLevel)),
        (worded.contrast, np.ones_like(own), len(ContrastLevel)),
        (worded.numbers, np.ones_like(own), len(NumbersLevel)),
        (levels.place, ~own, len(PlaceLevel)),
        (levels.place, own, len(PlaceLevel)),
        (levels.price, np.ones_like(own), len(PriceLevel)),
    ]
    answers = np.hstack([np.eye(number)[answer] * which[:, None] for answer, which, number in columns])
    beta = np.zeros(answers.shape[1])
    for _ in range(25):
        likely = 1 / (1 + np.exp(-answers @ beta))
        gradient = answers.T @ (same - likely) - _RIDGE * beta
        curvature = (answers * (likely * (1 - likely))[:, None]).T @ answers + _RIDGE * np.eye(len(beta))
        beta += np.linalg.solve(curvature, gradient)
    bits = (beta / np.log(2)).round(1).tolist()
    ends = list(accumulate(number for *_, number in columns))
    title, same_title, merchant, contrast, stated, place, same_place, price = (
        tuple(float(each) for each in bits[start:end]) for start, end in pairwise([0, *ends])
    )
    return Weights(
        title=title,
        same_title=same_title,
        merchant=merchant,
        contrast=contrast,
        numbers=stated,
        place=place,
        same_place=same_place,
        price=price,
        threshold=0.0,
    )


def _best(scores: Floats, same: Flags, lost: int) -> float:
    """The threshold with the best F; `lost` pairs are the same and not among the scores."""
    order = np.argsort(-scores, kind="stable")
    true = np.cumsum(same[order].astype(np.int64))
    f = _f(true, np.arange(1, len(order) + 1), int(same.sum()) + lost)
    last = np.append(np.diff(scores[order]) != 0, [True])  # what scores the same is above a threshold together
    return float(scores[order][int(np.argmax(np.where(last, f, 0.0)))])


def _f(true: Ints, found: Ints, all_true: int) -> Floats:
    beta = _PRECISION_WEIGHT**2
    return (1 + beta) * true / np.maximum(beta * all_true + found, 1)


def _overlaps(sample: Sample) -> Floats:
    """The peer's score: the Jaccard overlap of the words of the titles, where place and price are about the same."""
    bags = [frozenset(deal.title.lower().split()) for deal in sample.deals]
    pairs: list[tuple[int, int]] = list(zip(sample.left.tolist(), sample.right.tolist(), strict=True))
    overlap = np.array([len(bags[one] & bags[two]) / max(len(bags[one] | bags[two]), 1) for one, two in pairs])
    near = ~(sample.levels.metres > 5_000)
    return np.where(near & (sample.levels.price <= PriceLevel.WITHIN_20_PERCENT), overlap, 0.0)


def _quality(name: str, samples: Sequence[Sample], overlap: float) -> list[Result]:
    """Precision and recall; of the own rows of a real feed nobody knows which are the same, so they count beside."""
    found: list[Result] = [Result(f"{name} deals", "deals a seed", len(samples[0].deals), "")]
    is_real = name not in {_INVENTED, _UNSIGNED}
    for subject in (_OURS, _PEER):
        figures: list[tuple[float, float, float]] = []
        own: list[int] = []
        for sample in samples:
            own_rows = sample.right < len(sample.deals) - len(sample.truth)
            known = ~own_rows if is_real else own_rows | ~own_rows
            chosen = _chosen(subject, sample, overlap)
            own.append(int((chosen & ~known).sum()))
            true, proposed = int((chosen & sample.same).sum()), int((chosen & known).sum())
            f = float(_f(np.array([true]), np.array([proposed]), len(sample.truth))[0])
            figures.append((true / max(proposed, 1), true / len(sample.truth), f))
        for metric, values in zip(("precision", "recall", "F0.5"), zip(*figures, strict=True), strict=True):
            found.append(Result(f"{subject} on {name} deals", metric, round(statistics.mean(values), 3), ""))
            spread = max(values) - min(values)
            found.append(Result(f"{subject} on {name} deals", f"{metric}, spread over seeds", round(spread, 3), ""))
        if is_real:
            found.append(Result(f"{subject} on {name} deals", "proposed among its own rows", own[0], "pairs"))
    return found


def _coupons(folder: Path) -> list[Result]:
    """What is proposed among coupons that say only their kind, area and price, as hundreds of others do."""
    deals = ponpare(folder)
    began = perf_counter()
    pairs = likeness.likely_same(deals)
    return [
        Result("ponpare coupons", "deals", len(deals), ""),
        Result("ponpare coupons", "proposed among its own rows", len(pairs), "pairs"),
        Result("ponpare coupons", "all of them", round(perf_counter() - began, 1), "s"),
    ]


def _chosen(subject: str, sample: Sample, overlap: float) -> Flags:
    if subject == _PEER:
        return _overlaps(sample) >= overlap
    scores = likeness.score(sample.levels, sample.worded, likeness.WEIGHTS) + sample.choices_bits
    return scores >= likeness.WEIGHTS.threshold


def _costs(sizes: Sequence[int]) -> list[Result]:
    """The time for all deals, and for what a small import changed. More deals are more worlds, side by side."""
    found: list[Result] = []
    world = min(sizes)
    for size in sizes:
        worlds = [invented(world, seed, shifted_degrees=36.0 * seed) for seed in range(size // world)]
        deals = [deal for each in worlds for deal in each]
        began = perf_counter()
        pairs = likeness.likely_same(deals)
        seconds = perf_counter() - began
        changed = np.zeros(len(deals), np.bool_)
        changed[:500] = True
        began = perf_counter()
        likeness.likely_same(deals, changed=changed)
        subject = f"{len(deals):,} deals"
        found += [
            Result(subject, "proposed", len(pairs), "pairs"),
            Result(subject, "all of them", round(seconds, 1), "s"),
            Result(subject, "each", round(seconds / len(deals) * 1e6), "us"),
            Result(subject, "500 of them changed", round(perf_counter() - began, 1), "s"),
        ]
    return found


def _figure(results: Sequence[Result], subject: str, metric: str) -> float:
    return next(each.value for each in results if (each.subject, each.metric) == (subject, metric))
