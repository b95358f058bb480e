"""What every engine must answer to a question as peers are asked it, by brute force: all words, ordered by price."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.searching.documents import SIZES, TOP, Answer, Corpus, Prepared, cells_of, vectors
from benchmarks.searching.reading import IN_DIVISION, ONLINE

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Plain:
    """Answers about circles, or about the cells that cover them."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus, self._read = corpus, corpus.read
        self._vectors = vectors(self._read.point_latitudes, self._read.point_longitudes)

    def answer(self, question: Prepared, *, by_cells: bool) -> Answer:
        """`by_cells`: a deal with a point in one of the cells is near enough."""
        columns = self._read.columns
        near = self._in_cells(question) if by_cells else self._in_circle(question)
        found = np.zeros(len(self._read), dtype=np.bool_)
        found[self._read.point_deals[near]] = True
        found |= self._everywhere(question)
        found &= (columns["starts_us"] <= question.at_us) & (columns["ends_us"] > question.at_us)
        found &= (columns["currency"] == question.currency) & (columns["discount"] >= question.least_discount)
        found &= (columns["price"] >= question.least_price) & (columns["price"] <= question.most_price)
        for word in question.words:
            found &= self._holding(word)
        deals = np.flatnonzero(found)
        leaves, counts = np.unique(columns["category"][deals], return_counts=True)
        ranks = self._corpus.ranks[deals]
        first = np.lexsort((ranks, columns["price"][deals]))[:TOP]
        return Answer(
            total=len(deals),
            categories=self._corpus.counted(dict(zip(leaves.tolist(), counts.tolist(), strict=True))),
            deals=ranks[first].tolist(),
        )

    def _in_circle(self, question: Prepared) -> Mask:
        return self._vectors @ np.array(question.centre) >= question.least_cosine

    def _in_cells(self, question: Prepared) -> Mask:
        """Only points that can be in one of the cells, all of which are less than 40 km wide, are looked at."""
        near = np.abs(self._read.point_latitudes - question.latitude) <= (question.radius_m + 80_000) / 111_000
        found = np.zeros(len(near), dtype=np.bool_)
        found[near] = np.isin(self._cells[near], question.cells).any(axis=1)
        return found

    @cached_property
    def _cells(self) -> Ints:
        """Shape (points, sizes)."""
        return np.array(
            [
                cells_of(up, along)
                for up, along in zip(
                    self._read.point_latitudes.tolist(), self._read.point_longitudes.tolist(), strict=True
                )
            ],
            dtype=np.int64,
        ).reshape(-1, len(SIZES))

    def _everywhere(self, question: Prepared) -> Mask:
        """Deals that are not tied to points, and hold where the question is."""
        names = self._read.tables["divisions"]
        around = [number for number, slug in enumerate(names) if slug in question.areas]
        columns = self._read.columns
        in_division = (columns["reach"] == IN_DIVISION) & np.isin(columns["division"], around)
        return in_division | (columns["reach"] == ONLINE)

    def _holding(self, stem: int) -> Mask:
        found = np.zeros(len(self._read), dtype=np.bool_)
        for word in self._corpus.words_of(stem):
            found[self._read.posting_deals[self._read.holding(word)]] = True
        return found
