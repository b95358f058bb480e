"""Names of merchants and places, found by the beginning of any of their words, with the deals that bear them.

For `merchant` and for `place`, of N names as `merchant_starts` or `Meta.place_names` number them:

| array | of | holds |
|---|---|---|
| `merchant_spelled`, `merchant_spelled_starts` | names | the folded words of a name, parted by spaces, in UTF-8 |
| `merchant_entries` | beginnings | a name and where in it a word begins (`ENTRY`), sorted by what stands there |
| `merchant_rows`, `merchant_row_starts` | names | the rows of the deals that bear it |

In a script without spaces every letter may be where one begins to type.
"""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.language import text
from highstreet.discovery.search.language.lexicon import Whole, shared
from highstreet.discovery.search.language.tables import packed
from highstreet.kit.compiling import compiled

Array = NDArray[Any]

ENTRY: Final = np.dtype([("name", "u4"), ("at", "u2")])
_LONGEST: Final = 200
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
    spelled = [" ".join(text.words(name))[:_LONGEST] for name in names]
    numbers = [(number, at) for number, whole in enumerate(spelled) for at in _beginnings(whole)]
    behind = [spelled[number].encode()[at:] for number, at in numbers]
    in_order = sorted(range(len(numbers)), key=behind.__getitem__)
    order = np.argsort(column, kind="stable")
    order = order[column[order] < len(names)]
    letters, letter_starts = packed(spelled)
    return {
        f"{kind}_spelled": letters,
        f"{kind}_spelled_starts": letter_starts.astype(np.uint32),
        f"{kind}_entries": np.array([numbers[place] for place in in_order], ENTRY),
        f"{kind}_rows": order.astype(np.uint32),
        f"{kind}_row_starts": np.searchsorted(column[order], np.arange(len(names) + 1)).astype(np.uint32),
    }


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
            shared(sections[f"{kind}_spelled"]),
            shared(sections[f"{kind}_spelled_starts"]),
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
    starts = sections["merchant_starts"]
    return sections["merchant_bytes"][int(starts[number]) : int(starts[number + 1])].tobytes().decode()


@compiled
def _beginning(
    names: tuple[Array, Array, Array, Array, Array],
    rows: tuple[Array, Array],
    typed: Array,
    at_us: int,
    centre: Array,
    most: int,
) -> Array:
    spelled, spelled_starts, entries, bearing, bearing_starts = names
    records, alive = rows
    first = _place(spelled, spelled_starts, entries, typed, True)  # noqa: FBT003 -- compiled code takes no names
    last = _place(spelled, spelled_starts, entries, typed, False)  # noqa: FBT003 -- as above
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
            whole = entries[entry]["at"] == 0
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
def _place(spelled: Array, starts: Array, entries: Array, typed: Array, whole: bool) -> int:  # noqa: FBT001 -- as above
    """The first entry that sorts behind what is typed; where not `whole`, behind all that begin with it."""
    low, high = 0, len(entries)
    while low < high:
        middle = (low + high) >> 1
        number = np.int64(entries[middle]["name"])
        start = np.int64(starts[number]) + np.int64(entries[middle]["at"])
        length = np.int64(starts[number + 1]) - start
        at = 0
        while at < min(length, len(typed)) and spelled[start + at] == typed[at]:
            at += 1
        below = not whole if at == len(typed) else at == length or spelled[start + at] < typed[at]
        if below:
            low = middle + 1
        else:
            high = middle
    return low
