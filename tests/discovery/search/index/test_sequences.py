"""What is written of a deal's words is read again, however many there are and however they are ranked."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from highstreet.discovery.search import service as search
from highstreet.discovery.search.index import sequences
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.merge import all_alive, merge
from highstreet.discovery.search.index.numbering import FIELD_MARK
from highstreet.discovery.search.index.sections import FIELDS, Sections
from highstreet.discovery.search.index.starts import from_blocks, in_blocks, start_of
from highstreet.discovery.search.language.lexicon import Lexicon
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search import layers, worlds
from tests.discovery.search.test_find import EQUAL

_EDGES = (0, 127, 128, 31_871, 31_872, 228_479, 228_480, 2**24 - 1, 2**24, FIELD_MARK - 1)
"""Where a rank begins to take more bytes, and the ends."""
_WORDS = st.sampled_from([edge - FIELDS for edge in _EDGES if edge >= FIELDS]) | st.integers(0, FIELD_MARK - 1)
_MARKS = st.integers(FIELD_MARK, FIELD_MARK + FIELDS - 1)
_FEW = 300_000
"""More words than two and three bytes can name."""
_OF_FEW = st.sampled_from([edge - FIELDS for edge in _EDGES if FIELDS <= edge < _FEW]) | st.integers(0, _FEW - 1)


def _coded(rows: list[list[int]]) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    tokens = np.array([token for row in rows for token in row], np.uint32)
    return sequences.coded(tokens, np.cumsum([len(row) for row in rows], dtype=np.int64))


def _read(starts: NDArray[np.uint64], data: NDArray[np.uint8]) -> list[list[int]]:
    rows: list[list[int]] = []
    for start, end in zip(starts.tolist()[:-1], starts.tolist()[1:], strict=True):
        row, at = list[int](), start
        while at < end:
            rank, at = sequences.rank_at(data, at)
            row.append(rank + FIELD_MARK if rank < FIELDS else rank - FIELDS)
        assert at == end
        rows.append(row)
    return rows


@given(st.lists(st.lists(_WORDS | _MARKS, max_size=9), max_size=5))
def test_what_is_written_is_read(rows: list[list[int]]) -> None:
    starts, data = _coded(rows)
    assert _read(starts, data) == rows
    assert starts[-1] == len(data)


@given(st.lists(st.lists(_OF_FEW | _MARKS, max_size=9), min_size=1, max_size=5), st.integers(0, 9))
def test_rows_keep_their_words_when_these_are_ranked_anew(rows: list[list[int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    starts, data = _coded(rows)
    new_ranks = rng.permutation(_FEW).astype(np.uint32) + np.uint32(FIELDS)
    moved = sequences.moved(sequences.as_met(_FEW), np.arange(_FEW), new_ranks)
    taken, to = rng.permutation(len(rows))[: len(rows) // 2 + 1], rng.permutation(len(rows) // 2 + 1)
    sizes = sequences.sizes(starts, data, taken, moved)
    by_new_row = np.empty_like(sizes)
    by_new_row[to] = sizes
    new_starts = np.concatenate((np.zeros(1, np.uint64), np.cumsum(by_new_row, dtype=np.uint64)))
    target = np.zeros(int(new_starts[-1]), np.uint8)
    sequences.copy(starts, data, taken, moved, target, new_starts, to)
    expected = [list[int]() for _ in taken]
    for place, new_row in enumerate(to):
        row = rows[int(taken[place])]
        expected[new_row] = [word if word >= FIELD_MARK else int(new_ranks[word]) - FIELDS for word in row]
    assert _read(new_starts, target) == expected


@given(st.lists(st.lists(st.integers(0, 6) | _MARKS, max_size=9), max_size=5))
def test_words_are_counted_and_the_commonest_come_first(rows: list[list[int]]) -> None:
    starts, data = _coded(rows)
    often, holding = sequences.counted(starts, data, np.arange(len(rows)), sequences.as_met(7))
    assert often.tolist() == [sum(row.count(word) for row in rows) for word in range(7)]
    assert holding.tolist() == [sum(word in row for row in rows) for word in range(7)]
    in_order = np.argsort(sequences.ranked(often)).tolist()
    assert in_order == sorted(range(7), key=lambda word: (-int(often[word]), word))


@given(st.lists(st.integers(0, 2**22 - 1), min_size=1, max_size=60), st.integers(0, 5_000))
def test_where_rows_begin_is_told_by_block(sizes: list[int], rows: int) -> None:
    starts = np.concatenate((np.zeros(1, np.uint64), np.cumsum(np.resize(sizes, rows), dtype=np.uint64)))
    blocks, told = in_blocks(starts)
    assert told.dtype == np.uint32
    assert np.array_equal(from_blocks(blocks, told), starts)
    for row in {0, len(starts) // 2, len(starts) - 1}:
        assert start_of(blocks, told, row) == starts[row]


MANY = " ".join(f"w{number}" for number in range(100_000))


def _vast() -> list[PublishedDeal]:
    """A deal of 100,000 words, one of a single word that comes again and again, one of none, and usual ones."""
    rng = Random(1)
    texts = (MANY, "massage " * 3_000, "")
    bare = EQUAL | {"title": "-", "merchant_name": None, "category_slug": None, "points": (), "source": None}
    return [*(worlds.deal(rng, **(bare | {"description": each})) for each in texts), *worlds.deals(40, seed=9)]


def _spelled(sections: Sections) -> dict[int, list[str]]:
    """By the id of the deal, what is read there."""
    lexicon = Lexicon.of(sections.arrays, sections.meta.languages)
    words: dict[int, str] = dict(
        zip(sections["sequence_ranks"].tolist(), map(lexicon.surface, range(len(lexicon))), strict=True)
    )
    starts = from_blocks(sections["sequence_blocks"], sections["sequence_starts"])
    ids = zip(sections["id_high"].tolist(), sections["id_low"].tolist(), strict=True)
    rows = _read(starts, sections["sequences"])
    return {
        high << 64 | low: [words.get(word + FIELDS, f"<{word - FIELD_MARK}>") for word in row]
        for (high, low), row in zip(ids, rows, strict=True)
    }


def test_a_vocabulary_of_any_size_outlives_every_merge() -> None:
    deals = _vast()
    at_once = build(deals, worlds.TREE)
    read = _spelled(at_once)
    assert " ".join(read[deals[0].id.int]).count(MANY) == 1
    assert read[deals[1].id.int].count("massage") == 3_000
    parts = [build(deals[start::3], worlds.TREE) for start in range(3)]
    merged = merge([(part, all_alive(part.meta.rows)) for part in parts])
    assert _spelled(merged) == read
    nobody = merge([(merged, np.zeros_like(all_alive(merged.meta.rows)))])
    assert [nobody[name].size for name in ("sequences", "sequence_ranks", "postings")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [('"w0 w1 w2"', True), ('"w99998 w99999"', True), ('"w99999 w99998"', False), ('"w120 w121 w122 w124"', False)],
)
def test_a_phrase_is_found_among_words_that_take_one_two_and_three_bytes(asked: str, *, is_found: bool) -> None:
    index = layers.layered(layers.live(build(_vast()[:1], worlds.TREE)))
    assert search.find(index, search.SearchQuery(at=worlds.NOW, text=asked)).total == is_found


def test_what_looks_like_a_phrase_between_the_bytes_of_other_words_is_none() -> None:
    rng = Random(3)
    words = [f"w{number}" for number in range(400)]
    read = [*words, *rng.choices(words, k=20_000)]
    index = layers.layered(
        layers.live(build([worlds.deal(rng, **(EQUAL | {"description": " ".join(read)}))], worlds.TREE))
    )
    sections = index.segments[0].sections
    lexicon = Lexicon.of(sections.arrays, sections.meta.languages)
    spelled: dict[int, str] = {
        int(rank): lexicon.surface(number) for number, rank in enumerate(sections["sequence_ranks"])
    }
    seeming: set[str] = set()
    at, size = 0, len(sections["sequences"])
    while at < size:
        _, behind = sequences.rank_at(sections["sequences"], at)
        if behind == at + 2 and behind < size:
            inner, follows = sections["sequences"][at + 1], sequences.rank_at(sections["sequences"], behind)[0]
            if FIELDS <= inner < 128 and FIELDS <= follows < 128:
                seeming.add(f"{spelled[int(inner)]} {spelled[follows]}")
        at = behind
    together = {f"{one} {other}" for one, other in pairwise(read)}
    apart = sorted(phrase for phrase in seeming - together if set(phrase.split()) <= set(words))
    assert len(apart) > 100
    for phrase in apart[:100]:
        assert search.find(index, search.SearchQuery(at=worlds.NOW, text=f'"{phrase}"')).total == 0
    for phrase in sorted(together)[:100]:
        assert search.find(index, search.SearchQuery(at=worlds.NOW, text=f'"{phrase}"')).total == 1
