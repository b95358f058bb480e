"""Which of many texts a deal may have all words of: looked up by the deal's words, however many texts there are.

Every clause of a text stands under the words, stems and beginnings that may meet it. A deal's words lead to the clauses
that it may meet, and a text all of whose clauses are among them is a candidate. A phrase, and a run of letters, stand
under their first part alone, so that none is missed and the kernel has the last word.
"""

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.language import planning, tables
from highstreet.discovery.search.language.outlines import BEGINNING, EXACTLY
from highstreet.discovery.search.language.widening import Widening

Numbers = NDArray[np.signedinteger[Any]]

_NONE: Final = np.empty(0, np.int64)


class Words:
    """Texts in the order in which they were added, as deals in languages of these stemming algorithms meet them."""

    def __init__(self, algorithms: tuple[str, ...], widening: Widening) -> None:
        self._algorithms = algorithms
        self._widening = widening
        self._exactly: dict[str, list[int]] = {}
        self._stems: dict[int, list[int]] = {}
        self._beginnings: dict[str, list[int]] = {}
        self._text_of: list[int] = []
        """By clause, its text."""
        self._needed: list[int] = []
        """By text, its clauses."""

    def __len__(self) -> int:
        return len(self._needed)

    def add(self, text: str) -> None:
        drawn = planning.outlined(text, self._algorithms, self._widening)
        for clause in drawn.clauses:
            number = len(self._text_of)
            self._text_of.append(len(self._needed))
            for way in clause.ways:
                for ask in way.slots[0]:
                    if ask.kind == EXACTLY:
                        self._exactly.setdefault(ask.letters, []).append(number)
                    elif ask.kind == BEGINNING:
                        self._beginnings.setdefault(ask.letters, []).append(number)
                    else:
                        self._stems.setdefault(ask.key, []).append(number)
        self._needed.append(len(drawn.clauses))

    def met(self, sections: Sections) -> list[NDArray[np.bool_]]:
        """By row of a segment, which texts its deal may have all words of."""
        text_of, needed = np.array(self._text_of, np.int64), np.array(self._needed, np.int64)
        everyone = np.arange(len(sections["lex_starts"]) - 1)
        words = tables.unpacked(sections["lex_bytes"], sections["lex_starts"], everyone)
        clauses = list(map(self._clauses, words))
        return list(map(partial(self._texts, clauses, text_of, needed), _rows(sections)))

    def _clauses(self, word: str) -> NDArray[np.int64]:
        """The clauses that a word of a deal may meet."""
        found = [
            self._exactly.get(word, ()),
            *(self._stems.get(tables.stem_key_of(word, algorithm), ()) for algorithm in self._algorithms),
            *(self._beginnings.get(word[:end], ()) for end in range(1, len(word) + 1)),
        ]
        return np.fromiter(chain.from_iterable(found), np.int64) if any(found) else _NONE

    @staticmethod
    def _texts(
        clauses: Sequence[NDArray[np.int64]],
        text_of: NDArray[np.int64],
        needed: NDArray[np.int64],
        tokens: Numbers,
    ) -> NDArray[np.bool_]:
        numbers: list[int] = tokens.tolist()
        met = [clauses[token] for token in numbers if len(clauses[token])]
        if not met:
            return needed == 0
        distinct = np.unique(np.concatenate(met))
        return np.bincount(text_of[distinct], minlength=len(needed)) == needed


def _rows(sections: Sections) -> list[Numbers]:
    """By row, the numbers of its words."""
    holders = (sections["postings"] >> np.uint32(8)).astype(np.int64)
    words = np.repeat(
        np.arange(len(sections["posting_starts"]) - 1), np.diff(sections["posting_starts"].astype(np.int64))
    )
    ends = np.cumsum(np.bincount(holders, minlength=sections.meta.rows))
    return np.split(words[np.argsort(holders, kind="stable")], ends)[:-1]
