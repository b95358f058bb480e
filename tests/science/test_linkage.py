"""Filtered or not, the same pairs are alike."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.science.linkage import Blocks, jaro_winkler, shared, similar_pairs, weigh

TEXTS = st.lists(st.lists(st.sampled_from("abcdefghij"), max_size=6), min_size=1, max_size=14)


def alike(texts: list[list[str]]) -> dict[tuple[int, int], tuple[float, float]]:
    """Cosine and shared bits of every pair, by their definitions."""
    bags = [set(text) for text in texts]
    size = max(len(bags), 1_000) + 1
    bits = {token: math.log2(size / sum(token in bag for bag in bags)) for bag in bags for token in bag}
    norms = [math.sqrt(sum(bits[token] ** 2 for token in bag)) for bag in bags]
    return {
        (one, other): (
            sum(bits[token] ** 2 for token in bags[one] & bags[other]) / max(norms[one] * norms[other], 1e-9),
            sum(bits[token] for token in bags[one] & bags[other]),
        )
        for one, other in combinations(range(len(bags)), 2)
    }


@given(TEXTS)
def test_cosines_and_shared_bits_are_those_of_their_definitions(texts: list[list[str]]) -> None:
    expected = alike(texts)
    left, right = (np.array([pair[side] for pair in expected], np.int64) for side in (0, 1))
    cosines, bits = shared(weigh(texts), left, right)
    for (cosine, told), cosine_found, told_found in zip(expected.values(), cosines, bits, strict=True):
        assert cosine_found == pytest.approx(cosine, abs=1e-9)
        assert told_found == pytest.approx(told, abs=1e-9)


@given(TEXTS, st.data(), st.sampled_from([0.1, 0.35, 0.7, 1.0]), st.sampled_from([0.0, 8.0, 20.0]))
def test_no_pair_is_lost_that_comparing_all_with_all_finds(
    texts: list[list[str]], data: st.DataObject, least: float, least_bits: float
) -> None:
    blocks = [data.draw(st.sets(st.integers(0, 3), max_size=2)) for _ in texts]
    looks = [data.draw(st.sets(st.integers(0, 3), max_size=3)) for _ in texts]
    home, reach = (
        Blocks(
            np.array([owner for owner, each in enumerate(sets) for _ in each], np.int64),
            np.array([block for each in sets for block in sorted(each)], np.int64),
        )
        for sets in (blocks, looks)
    )
    low, high = similar_pairs(weigh(texts), home, reach, least, least_bits)
    found = list(zip(low.tolist(), high.tolist(), strict=True))
    assert found == sorted(set(found))
    assert all(one < other for one, other in found)
    needed = {
        (one, other)
        for (one, other), (cosine, bits) in alike(texts).items()
        if cosine >= least and bits >= max(least_bits, 1e-9)
        if blocks[one] & looks[other] or blocks[other] & looks[one]
    }
    assert needed <= set(found)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # The examples of Winkler's own tables.
        ("martha", "marhta", 0.961),
        ("dwayne", "duane", 0.840),
        ("dixon", "dicksonx", 0.813),
        ("abroms", "abrams", 0.922),
        ("", "", 1.0),
        ("", "a", 0.0),
        ("abc", "xyz", 0.0),
    ],
)
def test_names_are_compared_as_winkler_did(left: str, right: str, expected: float) -> None:
    assert jaro_winkler(left, right) == pytest.approx(expected, abs=0.001)
    assert jaro_winkler(right, left) == pytest.approx(expected, abs=0.001)


@given(st.text("abcd", max_size=8), st.text("abcd", max_size=8))
def test_two_names_are_as_alike_whichever_comes_first(left: str, right: str) -> None:
    assert jaro_winkler(left, right) == pytest.approx(jaro_winkler(right, left))
    assert 0 <= jaro_winkler(left, right) <= 1
