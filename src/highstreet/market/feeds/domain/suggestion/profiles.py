"""Columns as their cells show them. The instance half of schema matching: what LSD's content learners look at.

Doan, Domingos and Halevy, "Reconciling Schemas of Disparate Data Sources: A Machine-Learning Approach" (SIGMOD 2001),
found that values tell as much as names; here the features are counted rather than learned.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import pairwise

import msgspec

from highstreet.market.feeds.domain.suggestion import shapes
from highstreet.market.feeds.domain.suggestion.names import concepts_of, words_of

MOSTLY = 0.95
"""What has to hold of the filled cells of a column for the column to be of a shape."""

_TRIED = 400
"""How many filled cells are held against the slow patterns; the rest are like them, or the rules for rows say so."""


_FIRST = 20


class Profile(msgspec.Struct, frozen=True, dict=True):
    """One column of the sample; `cells` are in the order of its rows, None where a row says nothing."""

    name: str
    position: int
    cells: tuple[str | None, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        return words_of(self.name)

    @cached_property
    def concepts(self) -> frozenset[str]:
        return concepts_of(self.name)

    @cached_property
    def filled(self) -> tuple[str, ...]:
        return tuple(cell for cell in self.cells if cell is not None)

    @cached_property
    def filled_share(self) -> float:
        return len(self.filled) / len(self.cells) if self.cells else 0.0

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each text occurs."""
        return Counter(cell.strip() for cell in self.filled)

    @property
    def distinct(self) -> int:
        return len(self.counts)

    @cached_property
    def unique_share(self) -> float:
        return self.distinct / len(self.filled) if self.filled else 0.0

    @cached_property
    def mean_length(self) -> float:
        return sum(map(len, self._tried)) / len(self._tried) if self._tried else 0.0

    @cached_property
    def mean_words(self) -> float:
        return sum(map(shapes.words, self._tried)) / len(self._tried) if self._tried else 0.0

    @cached_property
    def _tried(self) -> tuple[str, ...]:
        step = max(1, len(self.filled) // _TRIED)
        return self.filled[::step][:_TRIED]

    def share(self, holds: Callable[[str], object]) -> float:
        """For how many of the filled cells `holds` does, out of one."""
        return sum(bool(holds(cell)) for cell in self._tried) / len(self._tried) if self._tried else 0.0

    @cached_property
    def link_share(self) -> float:
        return self.share(shapes.is_link)

    @cached_property
    def picture_share(self) -> float:
        return self.share(shapes.is_picture) if self.link_share >= MOSTLY else 0.0

    @cached_property
    def flag_share(self) -> float:
        return self.share(shapes.is_flag)

    @cached_property
    def count_share(self) -> float:
        return self.share(lambda cell: shapes.count(cell) is not None)

    @cached_property
    def span_share(self) -> float:
        return self.share(shapes.is_span)

    @cached_property
    def percent_share(self) -> float:
        return self.share(lambda cell: shapes.percent(cell) is not None)

    @cached_property
    def priced_share(self) -> float:
        """For how many texts hold at least one priced choice."""
        return self.share(shapes.priced_options) if self.mean_words > 3 else 0.0

    @cached_property
    def letters_share(self) -> float:
        return self.share(lambda cell: any(character.isalpha() for character in cell))

    @cached_property
    def _date_votes(self) -> Counter[str]:
        """How many cells can be read in each way of writing dates; a column that begins without dates has none."""
        if not any(shapes.date_formats(cell) for cell in self._tried[:_FIRST]):
            return Counter()
        return Counter(pattern for cell in self._tried for pattern in shapes.date_formats(cell))

    @cached_property
    def date_format(self) -> str | None:
        """The one way to read (nearly) all of the cells as dates; of several the preferred."""
        votes = self._date_votes
        fitting = [pattern for pattern in shapes.FORMATS if votes[pattern] >= MOSTLY * max(1, len(self._tried))]
        return max(fitting, key=lambda pattern: votes[pattern], default=None)

    @cached_property
    def date_doubt(self) -> str | None:
        """Another way to read all of the dates, such as the month first."""
        votes = self._date_votes
        best = self.date_format
        rivals = [other for other in shapes.FORMATS if best and other != best and votes[other] == votes[best]]
        return next((other for other in rivals if other.replace("%y", "%Y") != best), None)

    @cached_property
    def timed(self) -> bool:
        """Whether its dates state a time of day."""
        pattern = self.date_format
        return pattern is not None and self.share(lambda cell: shapes.tells_time(cell, pattern)) >= 0.5

    @cached_property
    def instants(self) -> tuple[datetime | None, ...]:
        pattern = self.date_format
        return tuple(None if cell is None or pattern is None else shapes.instant(cell, pattern) for cell in self.cells)

    @cached_property
    def decimal(self) -> str:
        """The decimal mark under which most of its amounts can be read, the full stop where both do."""
        written = [found.number for cell in self._tried for found in [shapes.amount(cell)] if found]
        readable = {mark: sum(shapes.number(each, mark) is not None for each in written) for mark in ".,"}
        dotted = [each for each in written if "." in each]
        # Three digits behind every full stop are thousands: no currency of a feed has thousandths.
        if dotted and all(len(each.rpartition(".")[2]) == 3 and "," not in each for each in dotted):
            return ","
        return "," if readable[","] > readable["."] else "."

    @cached_property
    def numbers(self) -> tuple[float | None, ...]:
        """Each cell as a number, with or without a mark of money."""
        return tuple(None if cell is None else self._number(cell) for cell in self.cells)

    def _number(self, cell: str) -> float | None:
        found = shapes.amount(cell)
        return shapes.number(found.number, self.decimal) if found else shapes.percent(cell)

    @cached_property
    def number_share(self) -> float:
        return self.share(lambda cell: self._number(cell) is not None)

    @cached_property
    def whole(self) -> bool:
        """Whether all of its numbers are whole."""
        return all(each is None or each == int(each) for each in self.numbers)

    @cached_property
    def median(self) -> float:
        ordered = sorted(each for each in self.numbers if each is not None)
        return ordered[len(ordered) // 2] if ordered else 0.0

    @cached_property
    def marks(self) -> Counter[str]:
        """The marks of money beside its amounts."""
        found = (shapes.amount(cell) for cell in self.filled)
        return Counter(each.mark for each in found if each is not None and each.mark is not None)

    @cached_property
    def counter(self) -> bool:
        """Whether it only numbers the rows, which is no identity: another export numbers them anew."""
        numbers = self.numbers
        if len(numbers) < 3 or any(each is None for each in numbers):
            return False
        steps = {later - earlier for earlier, later in pairwise(numbers) if earlier is not None and later is not None}
        return steps == {1.0} and numbers[0] in {0.0, 1.0}

    @property
    def is_date(self) -> bool:
        return self.date_format is not None

    @property
    def is_number(self) -> bool:
        return self.number_share >= MOSTLY and not (self.is_date and self.date_format != "%Y%m%d" and not self.marks)

    @property
    def is_text(self) -> bool:
        """Neither number, date, link nor flag, and with letters in it."""
        return not (self.is_number or self.is_date or self.link_share >= 0.5) and self.letters_share >= 0.5


class Sample(msgspec.Struct, frozen=True):
    """The columns of the rows that were looked at; `rows` is how many those are."""

    columns: tuple[Profile, ...]
    rows: int
    nothings: tuple[str, ...] = ()
    """The texts that cells hold which say nothing, such as `NA`."""

    def column(self, name: str) -> Profile:
        return next(each for each in self.columns if each.name == name)


def sample_of(names: Sequence[str], rows: Sequence[Mapping[str, str | None]]) -> Sample:
    """Profiles of the named columns. What exports write for nothing counts as nothing."""
    columns = tuple(
        Profile(name, position, tuple(_cell(row.get(name)) for row in rows)) for position, name in enumerate(names)
    )
    nothings = {text.strip() for row in rows for text in row.values() if text and shapes.is_nothing(text)} - {""}
    return Sample(columns, len(rows), tuple(sorted(nothings)))


def _cell(text: str | None) -> str | None:
    return None if text is None or shapes.is_nothing(text) else text[: shapes.LOOKED_AT]
