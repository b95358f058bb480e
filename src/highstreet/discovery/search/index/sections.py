"""What a segment is made of: named arrays, each element or run of which belongs to a row, a word or a cell.

A segment is immutable. Its rows are deals, sorted by the grid cell of their first point, so that a circle is a few runs
of neighbouring rows; a word's postings name rows in their order, so that a run of rows is a run of postings.

| array | of | holds |
|---|---|---|
| `records` | rows | what filters and score read of a deal: one line of the processor's cache (`RECORD`) |
| `calendar` | rows | from when until when it can be used (`CALENDAR`) |
| `id_high`, `id_low` | rows | the id in two halves |
| `by_id` | rows | the rows in the order of their ids |
| `cell_keys`, `cell_starts` | cells | the cells that hold rows, ascending, and where their rows begin; one start more |
| `band_starts` | bands | where the cells of each band of latitude begin among `cell_keys`; one more |
| `point_cells`, `points` | points of chains | their cells, ascending, and themselves on the unit sphere (`POINT`) |
| `point_rows`, `point_ordinals` | points of chains | the row of each, and its place among the points of the deal |
| `lex_bytes`, `lex_starts` | words | the words in UTF-8, sorted by their bytes; the number of a word is its place |
| `lex_languages` | words | bit i: stands in a deal written in language i of `Meta.languages` |
| `lex_letters`, `lex_lengths`, `stem_keys`, `stem_tokens` | words | what `language.tables` works out about them |
| `posting_starts`, `postings` | words | rows that hold the word, ascending: row << 8 or impact |
| `sequence_blocks`, `sequence_starts`, `sequences` | rows | the words of a deal as they are read: see `sequences` |
| `sequence_ranks` | words | the ranks by which they stand there |
| `merchant_...` | merchants | their names, sorted by their bytes, and the rows that bear them: see `names` |
| `place_...` | towns | the same, in the order of `Meta.places` |
| `stored_starts`, `stored_crc`, `stored` | rows | the deal itself, packed, with its checksum |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from highstreet.market.catalog.domain.deals import PublishedDeal

VERSION: Final = 5
"""Of the arrays and their meaning; a segment of another version is built anew."""

NONE: Final = 2**32 - 1
"""No town, no merchant."""
NO_CATEGORY: Final = 2**16 - 1
NO_DISCOUNT: Final = -1
NEVER_US: Final = 2**62
"""The end of a deal that states none."""
NO_DAY: Final = 2**16 - 1
"""The last day on which a deal can be used, where none is stated."""

AT_LOCATIONS, IN_DIVISION, ONLINE, REACH_UNSTATED = 0, 1, 2, 3
"""The two lowest bits of `flags`: where a deal can be used."""
REACH_BITS: Final = 3

TITLE, MERCHANT, CATEGORY, PLACE, DESCRIPTION, LINK = range(6)
FIELDS: Final = 6

RECORD: Final = np.dtype(
    [
        ("x", "f8"),
        ("y", "f8"),
        ("z", "f8"),
        ("starts_us", "i8"),
        ("ends_us", "i8"),
        ("price_minor", "i8"),
        ("sold", "u4"),
        ("category", "u2"),
        ("merchant_since", "u2"),
        ("currency", "u1"),
        ("discount", "i1"),
        ("price_band", "u1"),
        ("weekdays", "u1"),
        ("availability", "u1"),
        ("flags", "u1"),
        ("zone", "u2"),
    ]
)
"""64 bytes a deal. `x, y, z` is the first point on the unit sphere; instants are microseconds since 1970; `category`,
`currency` and `zone` number the tables of `Meta`; `merchant_since` is the day since 1970 on which the merchant came, 0
unknown; `discount` is whole percent; `weekdays` has a bit a day on which it can be used, Monday the lowest;
`availability` is what is left of all that is offered, 255 for all or no limit."""

CALENDAR: Final = np.dtype([("from_day", "u2"), ("until_day", "u2")])
"""Days since 1970 between which the deal can be used, both included; 0 and `NO_DAY` where none is stated."""

POINT: Final = np.dtype([("x", "f8"), ("y", "f8"), ("z", "f8")])
"""A point of a deal with several, on the unit sphere."""


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """The tables that the arrays number, and what they are of. `places` are slugs, beside them the names."""

    version: int = VERSION
    rows: int = 0
    categories: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    place_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """A segment: its tables and its arrays by name. The arrays are not to be written to."""

    meta: Meta
    arrays: Mapping[str, NDArray[Any]]
    unpacked: dict[int, PublishedDeal] = field(default_factory=dict[int, PublishedDeal], repr=False)
    """By row, the deals that were looked at last; kept by `stored.deal`."""
    damaged: Callable[[], None] = field(default=lambda: None, repr=False)
    """Called by who finds that a row is not what was written."""

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]
