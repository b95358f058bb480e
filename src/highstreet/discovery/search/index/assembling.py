"""Drafts become a segment: rows in the order of their cells, words in the order of their bytes, postings of both."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import drafts, grid, names, postings, sequences
from highstreet.discovery.search.index import sections as of
from highstreet.discovery.search.index.drafts import Draft
from highstreet.discovery.search.index.numbering import Lexicon, joined
from highstreet.discovery.search.index.sections import POINT, Meta, Sections
from highstreet.discovery.search.index.starts import in_blocks
from highstreet.discovery.search.language.tables import tables as lookups
from highstreet.kit.compiling import compiled

Ints = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]

_AS_THEY_ARE: Final = ("calendar", "id_high", "id_low", "stored_crc")
_LANGUAGE_BITS: Final = 32
_TABLES: Final = ("categories", "currencies", "divisions", "zones", "languages", "places")


def assemble(parts: Sequence[Draft]) -> Sections:
    """One segment of all rows that the drafts take. Their ids must be distinct.

    Raises OverflowError for more rows than a posting can name.
    """
    tables = {name: _Joined.of([getattr(part.meta, name) for part in parts]) for name in _TABLES}
    cells = np.concatenate([_cells(part, numbers) for part, numbers in _beside(parts, tables["divisions"])])
    order = _Order.by(cells, parts)
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(_read, parts, order, tables["languages"])
        arrays = _columns(parts, order, cells, tables) | _stored(parts, order)
        arrays |= reading.result()
    meta = _meta(parts, tables, len(order.rows))
    places = order.taken([_of_table(part.place[part.rows], m) for part, m in _beside(parts, tables["places"])])
    return Sections(meta, arrays | names.tables("place", meta.place_names, places))


def _columns(
    parts: Sequence[Draft], order: "_Order", cells: NDArray[np.uint32], tables: dict[str, "_Joined"]
) -> Arrays:
    """Everything but the words of the deals, and these themselves."""
    merchants = _Joined.of([part.merchants for part in parts])
    arrays: Arrays = {
        "records": order.taken([_records(part, tables, number) for number, part in enumerate(parts)]),
        **{name: order.taken([getattr(part, name)[part.rows] for part in parts]) for name in _AS_THEY_ARE},
        **_cell_tables(cells[order.rows]),
        **_points(parts, order),
    }
    arrays["by_id"] = np.lexsort((arrays["id_low"], arrays["id_high"])).astype(np.uint32)
    bearers = order.taken([_of_table(part.merchant[part.rows], m) for part, m in _beside(parts, merchants)])
    return arrays | names.tables("merchant", merchants.names, bearers)


def _read(parts: Sequence[Draft], order: "_Order", languages: "_Joined") -> Arrays:
    """The words of the deals: by compiled code above all, which lets the interpreter do the rest meanwhile."""
    words = _Words.of(parts)
    lexicon = _lexicon(parts, words.lexicon, languages)
    found = lookups(lexicon["lex_bytes"], lexicon["lex_starts"], lexicon["lex_languages"], languages.names)
    return lexicon | found | _sequences(parts, order, words)


@dataclass(frozen=True, slots=True)
class _Joined:
    """Lists of names made one, sorted as their bytes are; by list, the place of each of its names among all."""

    names: list[str]
    numbers: list[Ints]

    @classmethod
    def of(cls, lists: Sequence[Sequence[str]]) -> "_Joined":
        names = sorted({name for each in lists for name in each})
        place = {name: number for number, name in enumerate(names)}
        return cls(names, [np.fromiter(map(place.__getitem__, each), np.int64, len(each)) for each in lists])


@dataclass(frozen=True, slots=True)
class _Words:
    """The words that stand in a row that is taken; what only others held is forgotten."""

    lexicon: Lexicon
    ranks: sequences.Ranks
    """By word."""
    holding: Ints
    """By word, how many rows hold it."""
    moved: list[Ints]
    """By part, by rank there, the rank here."""

    @classmethod
    def of(cls, parts: Sequence[Draft]) -> "_Words":
        counts = [
            sequences.counted(part.sequence_starts, part.sequences, part.rows, part.sequence_ranks) for part in parts
        ]
        lexicon = joined([(part.word_bytes, part.word_starts) for part in parts], [often > 0 for often, _ in counts])
        often, holding = np.zeros((2, len(lexicon.starts) - 1), dtype=np.int64)
        for numbers, (often_there, holding_there) in zip(lexicon.numbers, counts, strict=True):
            known = numbers >= 0
            often[numbers[known]] += often_there[known]
            holding[numbers[known]] += holding_there[known]
        ranks = sequences.ranked(often)
        moved = [
            sequences.moved(part.sequence_ranks, numbers, ranks)
            for part, numbers in zip(parts, lexicon.numbers, strict=True)
        ]
        return cls(lexicon, ranks, holding, moved)


@dataclass(frozen=True, slots=True)
class _Order:
    """Where the taken rows of all parts, one part behind the other, come to stand."""

    rows: Ints
    """By new row, its place among all taken rows."""
    new_rows: list[Ints]
    """By part, the new row of each taken row."""

    @classmethod
    def by(cls, cells: NDArray[np.uint32], parts: Sequence[Draft]) -> "_Order":
        rows = np.argsort(cells, kind="stable")
        new = np.empty(len(rows), dtype=np.int64)
        new[rows] = np.arange(len(rows))
        return cls(rows, np.split(new, np.cumsum([len(part.rows) for part in parts])[:-1]))

    def taken(self, columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(columns)[self.rows]

    def starts(self, sizes: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
        """Where runs of these sizes begin when they stand in the new order; one start more."""
        starts = np.zeros(len(self.rows) + 1, dtype=np.uint64)
        np.cumsum(self.taken(sizes), out=starts[1:])
        return starts


def _beside(parts: Sequence[Draft], joined: _Joined) -> Iterable[tuple[Draft, Ints]]:
    return zip(parts, joined.numbers, strict=True)


def _meta(parts: Sequence[Draft], tables: dict[str, _Joined], rows: int) -> Meta:
    names = {slug: name for part in parts for slug, name in zip(part.meta.places, part.meta.place_names, strict=True)}
    slugs: dict[str, Any] = {name: tuple(table.names) for name, table in tables.items()}
    return Meta(rows=rows, place_names=tuple(names[slug] for slug in slugs["places"]), **slugs)


def _cells(part: Draft, divisions: Ints) -> NDArray[np.uint32]:
    cells = part.cells[part.rows]
    whole = drafts.division_of(cells)
    cells[whole] = grid.DIVISION_CELL + divisions[cells[whole] - np.uint32(grid.DIVISION_CELL)]
    return cells


def _records(part: Draft, tables: dict[str, _Joined], number: int) -> NDArray[Any]:
    records = part.records[part.rows]
    categories = np.append(tables["categories"].numbers[number], of.NO_CATEGORY)
    records["category"] = categories[np.minimum(records["category"], len(categories) - 1)]
    records["currency"] = tables["currencies"].numbers[number][records["currency"]]
    records["zone"] = tables["zones"].numbers[number][records["zone"]]
    return records


def _of_table(column: NDArray[np.uint32], numbers: Ints) -> NDArray[np.uint32]:
    """The column with its numbers as they are among all; what has none keeps none."""
    return np.append(numbers, of.NONE).astype(np.uint32)[np.minimum(column, len(numbers))]


def _cell_tables(cells: NDArray[np.uint32]) -> Arrays:
    keys, starts = np.unique(cells, return_index=True)
    bands = np.arange(grid.BANDS + 1, dtype=np.uint32) * np.uint32(grid.COLUMNS)
    return {
        "cell_keys": keys,
        "cell_starts": np.append(starts, len(cells)).astype(np.uint32),
        "band_starts": np.searchsorted(keys, bands).astype(np.uint32),
    }


def _points(parts: Sequence[Draft], order: _Order) -> Arrays:
    """The points of chains in the order of their cells."""
    taken: list[tuple[NDArray[Any], ...]] = [
        (np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.uint16), np.empty(0, POINT))
    ]
    for part, new_rows in zip(parts, order.new_rows, strict=True):
        moved = np.full(part.meta.rows, -1, dtype=np.int64)
        moved[part.rows] = new_rows
        rows = moved[part.point_rows]
        kept = rows >= 0
        columns = (part.point_cells, rows.astype(np.uint32), part.point_ordinals, part.points)
        taken.append(tuple(column[kept] for column in columns))
    cells, rows, ordinals, points = (np.concatenate(columns) for columns in zip(*taken, strict=True))
    by_cell = np.lexsort((ordinals, rows, cells))
    return {
        "point_cells": cells[by_cell],
        "point_rows": rows[by_cell],
        "point_ordinals": ordinals[by_cell],
        "points": points[by_cell],
    }


def _stored(parts: Sequence[Draft], order: _Order) -> Arrays:
    starts = order.starts([np.diff(part.stored_starts)[part.rows] for part in parts])
    data = np.empty(int(starts[-1]), dtype=np.uint8)
    for part, new_rows in zip(parts, order.new_rows, strict=True):
        _copy_runs(part.stored, part.stored_starts, part.rows, data, starts, new_rows)
    return {"stored_starts": starts, "stored": data}


def _sequences(parts: Sequence[Draft], order: _Order, words: _Words) -> Arrays:
    """And the postings, which are made of them alone."""
    of_parts = [
        (part.sequence_starts, part.sequences, part.rows, moved) for part, moved in zip(parts, words.moved, strict=True)
    ]
    begins = order.starts([sequences.sizes(*each) for each in of_parts])
    data = np.empty(int(begins[-1]), dtype=np.uint8)
    for each, new_rows in zip(of_parts, order.new_rows, strict=True):
        sequences.copy(*each, data, begins, new_rows)
    blocks, starts = in_blocks(begins)
    posting_starts, found = postings.of_sequences(begins, data, words.ranks, words.holding)
    return {
        "sequence_blocks": blocks,
        "sequence_starts": starts,
        "sequences": data,
        "sequence_ranks": words.ranks,
        "posting_starts": posting_starts,
        "postings": found,
    }


def _lexicon(parts: Sequence[Draft], words: Lexicon, languages: _Joined) -> Arrays:
    found = np.zeros(len(words.starts) - 1, dtype=np.uint32)
    for part, numbers, of_part in zip(parts, words.numbers, languages.numbers, strict=True):
        for old, new in enumerate(of_part.tolist()):
            if max(old, new) < _LANGUAGE_BITS:
                known = numbers >= 0
                has = (part.word_languages[known] >> np.uint32(old)) & np.uint32(1)
                found[numbers[known]] |= has << np.uint32(new)
    return {"lex_bytes": words.data, "lex_starts": words.starts, "lex_languages": found}


@compiled
def _copy_runs(
    source: NDArray[np.uint8],
    source_starts: NDArray[np.uint64],
    rows: Ints,
    target: NDArray[np.uint8],
    target_starts: NDArray[np.uint64],
    target_rows: Ints,
) -> None:
    """The bytes of each of `rows` to where the row that it becomes has its own."""
    for place in range(len(rows)):
        start, end = np.int64(source_starts[rows[place]]), np.int64(source_starts[rows[place] + 1])
        to = np.int64(target_starts[target_rows[place]])
        target[to : to + end - start] = source[start:end]
