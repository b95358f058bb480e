"""Names of merchants and places, found by the beginning of any of their words, with the deals that bear them.

For `merchant` and for `place`:

| array | of | holds |
|---|---|---|
| `merchant_letters` | names | the name in UTF-8; behind one that is not ASCII, NUL and its folded words |
| `merchant_blocks`, `merchant_starts` | names | where these begin (`starts`) |
| `merchant_entries` | beginnings | a name, and where in its letters a word begins (`ENTRY`), sorted by what one types |
| `merchant_rows`, `merchant_row_starts` | names | the rows of the deals that bear it |

Letters of ASCII are folded when they are compared. In a script without spaces every letter may be where one begins to
type.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.numbering import BETWEEN, LEFT_OUT, ROLES
from highstreet.discovery.search.index.sections import NONE, Sections
from highstreet.discovery.search.index.starts import from_blocks, in_blocks, start_of
from highstreet.discovery.search.language import text
from highstreet.discovery.search.language.lexicon import Whole, shared
from highstreet.discovery.search.language.tables import packed
from highstreet.kit.compiling import compiled

Array = NDArray[Any]

ENTRY: Final = np.dtype([("name", "u4"), ("at", "u2")])
"""The highest bit of `at` says that the word is the first of its name."""
_FIRST: Final = 2**15
_LONGEST: Final = 200
_SPACE: Final = ord(" ")
_MOST_ENTRIES: Final = 32
"""Of one name."""
_NEAR_COSINE: Final = math.cos(50 / 6371.0088)
"""Of the angle of 50 km."""
_MOST_LOOKED_AT: Final = 2_048
"""Names that begin alike beyond this many are chosen by the number of their deals before anything else."""
_ROWS_LOOKED_AT: Final = 4
"""Deals of a name that are asked where they are; the others are not asked."""
_COUNTED: Final = 256


class Named(NamedTuple):
    """A name that was found: its number in the segment, how many deals bear it, and how well it fits."""

    number: int
    deals: int
    near: bool
    at_once: bool
    """Whether the name itself begins so, and not only one of its words."""


def tables(kind: str, names: Sequence[str], column: NDArray[np.uint32]) -> dict[str, Array]:
    """The arrays of the names of one kind; `column` has the number of each row's name, or one beyond all."""
    spelled = [name if name.isascii() else f"{name}\0{' '.join(text.words(name))[:_LONGEST]}" for name in names]
    letters, letter_starts = packed(spelled)
    order = np.argsort(column, kind="stable")
    order = order[column[order] < len(names)]
    blocks, starts = in_blocks(letter_starts.astype(np.uint64))
    return {
        f"{kind}_letters": letters,
        f"{kind}_blocks": blocks,
        f"{kind}_starts": starts,
        f"{kind}_entries": _entries(spelled, letters, letter_starts),
        f"{kind}_rows": order.astype(np.uint32),
        f"{kind}_row_starts": np.searchsorted(column[order], np.arange(len(names) + 1)).astype(np.uint32),
    }


def _entries(spelled: Sequence[str], letters: Array, letter_starts: Array) -> Array:
    """Where somebody may begin to type, sorted by what is typed then."""
    plain = np.fromiter(map(str.isascii, spelled), np.bool_, len(spelled))
    words, folded = _words_of_ascii(letters, letter_starts, plain)
    whole = folded.tobytes()
    behind = [whole[begin:end] for begin, end in zip(words[:, 2].tolist(), words[:, 3].tolist(), strict=True)]
    others: list[tuple[int, int]] = []
    for number in np.flatnonzero(~plain).tolist():
        name, _, words_of_name = spelled[number].partition("\0")
        written = len(name.encode()) + 1
        for place, at in enumerate(_beginnings(words_of_name)):
            if written + at < _FIRST:
                others.append((number, written + at if place else written | _FIRST))
                behind.append(words_of_name.encode()[at:])
    found = np.concatenate((words[:, :2], np.array(others, np.int64).reshape(-1, 2)))
    found = found[sorted(range(len(behind)), key=behind.__getitem__)]
    entries = np.empty(len(found), ENTRY)
    entries["name"], entries["at"] = found[:, 0], found[:, 1]
    return entries


@compiled
def _words_of_ascii(letters: Array, letter_starts: Array, plain: Array) -> tuple[Array, Array]:
    """By word of the names that are `plain`: name, `at` of its entry, and where what is typed then begins and ends.

    That is in the letters beside it, the words of all these names, folded and parted by spaces.
    """
    words, folded = np.empty((len(letters) // 2 + len(plain), 4), np.int64), np.empty(len(letters), np.uint8)
    number, used = 0, 0
    for name in range(len(plain)):
        start, end = letter_starts[name], letter_starts[name + 1]
        first, begun, parted = number, used, True
        for at in range(start, end if plain[name] else start):
            letter = ROLES[letters[at]]
            if letter == BETWEEN:
                parted = True
            elif letter != LEFT_OUT:
                if parted:
                    if used > begun:
                        folded[used] = _SPACE
                        used += 1
                    if number - first < _MOST_ENTRIES and at - start < _FIRST:
                        words[number, 0], words[number, 2] = name, used
                        words[number, 1] = at - start if number > first else at - start | _FIRST
                        number += 1
                    parted = False
                folded[used] = letter
                used += 1
        words[first:number, 3] = used
    return words[:number], folded


def _beginnings(spelled: str) -> list[int]:
    """Where in the bytes of a folded name somebody may begin to type."""
    found: list[int] = []
    at = 0
    for word in spelled.split(" "):
        if text.is_run(word):
            found += [at + len(word[:letter].encode()) for letter in range(len(word))]
        elif word:
            found.append(at)
        at += len(word.encode()) + 1
    return found[:_MOST_ENTRIES]


def by_row(kind: str, sections: Sections) -> NDArray[np.uint32]:
    """By row, the number of its name, `NONE` where it has none."""
    found = np.full(sections.meta.rows, NONE, np.uint32)
    bearing_starts = sections[f"{kind}_row_starts"]
    found[sections[f"{kind}_rows"]] = np.repeat(np.arange(len(bearing_starts) - 1), np.diff(bearing_starts))
    return found


def beginning(
    kind: str,
    typed: str,
    segment: tuple[Sections, NDArray[np.uint8]],
    at_us: int,
    centre: tuple[float, float, float] | None,
    most: int,
) -> list[Named]:
    """The names in which some word, and what follows it, begins with `typed`; the best first.

    Only those that a living deal bears which is live at `at_us`. With a centre, a vector of the unit sphere, those with
    a deal around it come first; then those that begin so themselves; then those with the most deals.
    """
    spelled = " ".join(text.words(typed)).encode()
    if not spelled:
        return []
    sections, alive = segment
    here = centre or (0.0, 0.0, 0.0)
    found = _beginning(
        (
            shared(sections[f"{kind}_letters"]),
            shared(sections[f"{kind}_blocks"]),
            shared(sections[f"{kind}_starts"]),
            shared(sections[f"{kind}_entries"]),
            shared(sections[f"{kind}_rows"]),
            shared(sections[f"{kind}_row_starts"]),
        ),
        (shared(sections["records"]), shared(alive)),
        np.frombuffer(spelled, np.uint8),
        at_us,
        np.array(here),
        most,
    )
    return [Named(number, deals, bool(near), bool(whole)) for number, deals, near, whole in found.tolist()]


def merchant(sections: Sections, number: int) -> str:
    """A merchant's name, as it is written."""
    blocks, starts = sections["merchant_blocks"], sections["merchant_starts"]
    start, end = (start_of(blocks, starts, name) for name in (number, number + 1))
    return sections["merchant_letters"][start:end].tobytes().partition(b"\0")[0].decode()


def merchants(sections: Sections) -> list[str]:
    """The names of all merchants, as they are written, by their numbers."""
    letters = sections["merchant_letters"].tobytes()
    begins: list[int] = from_blocks(sections["merchant_blocks"], sections["merchant_starts"]).tolist()
    return [letters[start:end].partition(b"\0")[0].decode() for start, end in pairwise(begins)]


@compiled
def _beginning(
    names: tuple[Array, Array, Array, Array, Array, Array],
    rows: tuple[Array, Array],
    typed: Array,
    at_us: int,
    centre: Array,
    most: int,
) -> Array:
    letters, blocks, letter_starts, entries, bearing, bearing_starts = names
    records, alive = rows
    spelled = letters, blocks, letter_starts, entries
    first = _place(spelled, typed, True)  # noqa: FBT003 -- compiled code takes no names
    last = _place(spelled, typed, False)  # noqa: FBT003 -- as above
    fewest, room = _fewest(entries, bearing_starts, first, last)
    keys = np.zeros(most, np.int64)
    found = np.zeros((most, 4), np.int64)
    for entry in range(first, last):
        number = np.int64(entries[entry]["name"])
        start, end = np.int64(bearing_starts[number]), np.int64(bearing_starts[number + 1])
        if end - start <= fewest:
            if end - start < fewest or not room:
                continue
            room -= 1
        near, live = False, False
        for place in range(start, end):
            if live and (near or place - start >= _ROWS_LOOKED_AT):
                break
            row = np.int64(bearing[place])
            record = records[row]
            if alive[row >> 3] >> (row & 7) & 1 and record["starts_us"] <= at_us < record["ends_us"]:
                live = True
                near |= record["x"] * centre[0] + record["y"] * centre[1] + record["z"] * centre[2] > _NEAR_COSINE
        if live:
            whole = entries[entry]["at"] >= _FIRST
            key = (np.int64(near) << 33 | np.int64(whole) << 32 | (end - start)) << 1 | 1
            _keep(keys, found, key, number, end - start, int(near), int(whole))
    return found[: np.count_nonzero(keys)]


@compiled
def _keep(
    keys: Array,
    found: Array,
    key: Whole,
    number: Whole,
    deals: Whole,
    near: int,
    whole: int,
) -> None:
    """Put a name where it belongs among the best, each of which stands there once."""
    for place in range(len(keys)):
        if keys[place] and found[place, 0] == number:
            if keys[place] >= key:
                return
            for behind in range(place, len(keys) - 1):
                keys[behind], found[behind] = keys[behind + 1], found[behind + 1]
            keys[-1] = 0
            break
    place = len(keys)
    while place > 0 and keys[place - 1] < key:
        place -= 1
    if place == len(keys):
        return
    for behind in range(len(keys) - 1, place, -1):
        keys[behind], found[behind] = keys[behind - 1], found[behind - 1]
    keys[place] = key
    found[place, 0], found[place, 1], found[place, 2], found[place, 3] = number, deals, near, whole


@compiled
def _fewest(entries: Array, bearing_starts: Array, first: int, last: int) -> tuple[int, int]:
    """How many deals a name needs to be looked at, and how many with just so many may be."""
    if last - first <= _MOST_LOOKED_AT:
        return 0, 0
    counts = np.zeros(_COUNTED, np.int64)
    for entry in range(first, last):
        number = np.int64(entries[entry]["name"])
        counts[min(np.int64(bearing_starts[number + 1]) - np.int64(bearing_starts[number]), _COUNTED - 1)] += 1
    fewest, room = _COUNTED - 1, _MOST_LOOKED_AT
    while counts[fewest] < room:
        room -= counts[fewest]
        fewest -= 1
    return fewest, room


@compiled
def _place(spelled: tuple[Array, Array, Array, Array], typed: Array, whole: bool) -> int:  # noqa: FBT001 -- as above
    """The first entry that sorts behind what is typed; where not `whole`, behind all that begin with it."""
    letters, blocks, letter_starts, entries = spelled
    low, high = 0, len(entries)
    while low < high:
        middle = (low + high) >> 1
        number = np.int64(entries[middle]["name"])
        at = start_of(blocks, letter_starts, number) + (np.int64(entries[middle]["at"]) & _FIRST - 1)
        if _is_below(letters, at, start_of(blocks, letter_starts, number + 1), typed, whole):
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _is_below(letters: Array, at: Whole, end: Whole, typed: Array, whole: bool) -> bool:  # noqa: FBT001 -- as above
    """Whether these letters, folded, sort before what is typed; where not `whole`, also if they begin with it."""
    matched, parted = 0, False
    while at < end and matched < len(typed):
        letter = ROLES[letters[at]]
        at += 1
        if letter == BETWEEN:
            parted = True
        elif letter != LEFT_OUT:
            if parted and typed[matched] != _SPACE:
                return typed[matched] > _SPACE
            matched += parted
            parted = False
            if matched < len(typed):
                if typed[matched] != letter:
                    return letter < typed[matched]
                matched += 1
    return matched < len(typed) or not whole
