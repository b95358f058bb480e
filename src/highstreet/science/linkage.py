"""Finding records that may be the same without comparing all with all, and telling how alike they are.

A text is a bag of tokens, each weighted by how rare it is (TF-IDF: Salton and Buckley, 1988), and two texts are as
alike as the cosine between them. `similar_pairs` finds every pair above a least cosine by prefix filtering (Chaudhuri,
Ganti and Kaushik, 2006; Bayardo, Ma and Srikant, 2007): with the tokens of every text in one order, the rarest first,
a pair that is alike enough shares a token within the first few of both. Blocks keep apart what cannot be the same.
Nothing is lost by either: the result is that of comparing all with all. Names are compared as Winkler (1990) did.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from highstreet.science.geo import positions

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_EXPANDED = 4_000_000
"""How many postings or tokens are looked at in one step: some hundred megabytes."""

_LEAST_COLLECTION = 1_000

_PREFIX_BONUS = 0.1
_PREFIX_LENGTH = 4
_ROUNDING = 1e-6
"""What the sums of weights may be wrong by; a filter that is more cautious by as much loses nothing."""


class Texts(NamedTuple):
    """Texts as weighted tokens: those of text `i` stand at `starts[i]` to `starts[i + 1]`, by rank, the rarest first.

    `weights` have length 1 within each text. `bits` has, by rank, how much a token tells: the binary logarithm of how
    rare it is, in a collection of at least a thousand texts: of two texts alone, nothing would be rare.
    """

    starts: Ints
    ranks: Ints
    weights: Floats
    bits: Floats


def weigh(texts: Sequence[Sequence[str]]) -> Texts:
    """The texts as weighted tokens; a token that a text holds twice counts once."""
    bags = [set(tokens) for tokens in texts]
    numbers = Counter(token for bag in bags for token in bag)
    order = sorted(numbers, key=lambda token: (numbers[token], token))
    rank_of = {token: rank for rank, token in enumerate(order)}
    size = max(len(bags), _LEAST_COLLECTION) + 1
    bits = np.array([math.log2(size / numbers[token]) for token in order], np.float64)
    lengths = np.array([len(bag) for bag in bags], np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    ranks = np.array([rank for bag in bags for rank in sorted(rank_of[token] for token in bag)], np.int64)
    weights = bits[ranks] if len(ranks) else np.zeros(0)
    owners = np.repeat(np.arange(len(bags)), lengths)
    norms = np.sqrt(np.bincount(owners, weights * weights, len(bags)))
    return Texts(starts, ranks, weights / np.maximum(norms, _ROUNDING)[owners], bits)


class Blocks(NamedTuple):
    """Which records may be alike: record `owners[k]` is found in block `blocks[k]`, or looks for others there."""

    owners: Ints
    blocks: Ints


def similar_pairs(texts: Texts, home: Blocks, reach: Blocks, least: float, least_bits: float) -> tuple[Ints, Ints]:
    """Every pair of records that is alike enough, and few that are not, each once, the smaller number first.

    Alike enough are two whose cosine is at least `least`, above 0, and that share tokens of at least `least_bits` bits.
    Considered are pairs of which one has its home in a block that the other one looks into.
    """
    count = len(texts.starts) - 1
    lengths = _prefixes(texts, least, least_bits)
    block_number, tokens = int(max(home.blocks.max(initial=0), reach.blocks.max(initial=0))) + 1, len(texts.bits)
    assert block_number * max(tokens, 1) < 2**62, "a block and a token fit into one number"
    keys, owners = _postings(texts, home, lengths)
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    asked, askers = _postings(texts, reach, lengths)
    first, last = np.searchsorted(keys, asked), np.searchsorted(keys, asked, "right")
    found = [np.zeros(0, np.int64)]
    for start, end in _steps(last - first):
        others = owners[positions(first[start:end], last[start:end])]
        own = np.repeat(askers[start:end], last[start:end] - first[start:end])
        low, high = np.minimum(own, others), np.maximum(own, others)
        found.append(distinct((low * count + high)[low != high]))
    pairs = distinct(np.concatenate(found))
    return pairs // max(count, 1), pairs % max(count, 1)


def distinct(numbers: Ints) -> Ints:
    """Each number once, in order. Sorting is several times faster here than the hashing of `np.unique`."""
    ordered = np.sort(numbers)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]


def _prefixes(texts: Texts, least: float, least_bits: float) -> Ints:
    """How many of each text's rarest tokens a text that is alike enough must share one of."""
    lengths = np.diff(texts.starts)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    # What this token and those after it can add, to the square of a cosine and in bits.
    left = _rest(texts, owners, texts.weights * texts.weights)
    told = _rest(texts, owners, texts.bits[texts.ranks])
    needed = (left >= least * least - _ROUNDING) & (told >= least_bits - _ROUNDING)
    return np.bincount(owners[needed], minlength=len(lengths)).astype(np.int64)


def _rest(texts: Texts, owners: Ints, amounts: Floats) -> Floats:
    """For each token the sum of the amounts from it to the end of its text."""
    ends = texts.starts[1:][owners] - 1
    backwards = np.concatenate([np.cumsum(amounts[::-1])[::-1], np.zeros(1)])
    return backwards[:-1] - backwards[ends + 1]


def _postings(texts: Texts, where: Blocks, lengths: Ints) -> tuple[Ints, Ints]:
    """One number for each block and prefix token of a record, and the record."""
    starts = texts.starts[:-1][where.owners]
    each = lengths[where.owners]
    ranks = texts.ranks[positions(starts, starts + each)]
    return np.repeat(where.blocks, each) * max(len(texts.bits), 1) + ranks, np.repeat(where.owners, each)


def _steps(sizes: Ints) -> Iterator[tuple[int, int]]:
    """Consecutive runs that hold about as much as one step may look at."""
    sums = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        done = sums[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(sums, done + _EXPANDED, "right")))
        yield start, end
        start = end


def shared(texts: Texts, left: Ints, right: Ints) -> tuple[Floats, Floats]:
    """For each pair of texts: its cosine, and how many bits the tokens that both hold tell together."""
    tokens = max(len(texts.bits), 1)
    lengths = np.diff(texts.starts)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    keys = owners * tokens + texts.ranks
    cosines, told = np.zeros(len(left)), np.zeros(len(left))
    for start, end in _steps(lengths[left]):
        rows, others = left[start:end], right[start:end]
        at = positions(texts.starts[rows], texts.starts[rows + 1])
        pair = np.repeat(np.arange(end - start), lengths[rows])
        wanted = others[pair] * tokens + texts.ranks[at]
        place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        both = keys[place] == wanted if len(keys) else np.zeros(0, np.bool_)
        products = texts.weights[at[both]] * texts.weights[place[both]]
        cosines[start:end] = np.bincount(pair[both], products, end - start)
        told[start:end] = np.bincount(pair[both], texts.bits[texts.ranks[at[both]]], end - start)
    return cosines, told


def jaro_winkler(left: str, right: str) -> float:
    """How alike two names are, from 0 to 1: letters in common, in order, and a bonus for the same beginning."""
    alike = _jaro(left, right)
    same = 0
    while same < min(len(left), len(right), _PREFIX_LENGTH) and left[same] == right[same]:
        same += 1
    return alike + same * _PREFIX_BONUS * (1 - alike)


def _jaro(left: str, right: str) -> float:
    if left == right:
        return 1.0
    window = max(max(len(left), len(right)) // 2 - 1, 0)
    taken = [False] * len(right)
    common: list[str] = []
    for at, letter in enumerate(left):
        for other in range(max(0, at - window), min(len(right), at + window + 1)):
            if not taken[other] and right[other] == letter:
                taken[other] = True
                common.append(letter)
                break
    if not common:
        return 0.0
    matched = [letter for letter, is_taken in zip(right, taken, strict=True) if is_taken]
    moved = sum(one != other for one, other in zip(common, matched, strict=True)) / 2
    number = len(common)
    return (number / len(left) + number / len(right) + (number - moved) / number) / 3
