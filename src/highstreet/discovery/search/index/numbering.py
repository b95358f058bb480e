"""The words of many texts, taken apart and numbered at once, by compiled code; and lists of words made one.

It knows how text of ASCII is taken apart, which most text is. Of other text, `text.stored` makes the words first, and
blanks between them are all that is left to see here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.sections import CATEGORY
from highstreet.discovery.search.language import text
from highstreet.kit.compiling import compiled

FIELD_MARK: Final = 0xFFFFFFF0
"""Among the numbers of words: this plus the number of a field says that the field begins."""

BETWEEN, LEFT_OUT = 0, 1
_LEAST_SLOTS: Final = 2**12
_HASH_START: Final = np.uint64(0xCBF29CE484222325)
_HASH_FACTOR: Final = np.uint64(0x100000001B3)
"""FNV-1a (Fowler, Noll and Vo; RFC 9923), of 64 bits."""

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Starts = NDArray[np.uint64]


def _roles() -> Bytes:
    """By byte, what it stands for in a word: a lower letter, a digit, or a part of a letter beyond ASCII."""
    roles = np.arange(256, dtype=np.uint8)
    for code in range(128):
        sign = chr(code)
        roles[code] = ord(sign.lower()) if sign.isalnum() else LEFT_OUT if sign == "'" else BETWEEN
    return roles


ROLES: Final = _roles()
"""Of text of ASCII; what is folded already folds to itself."""


@dataclass(slots=True)
class Texts:
    """Texts of rows, field by field: all of a row before the next row begins."""

    pieces: list[bytes] = field(default_factory=list[bytes])
    fields: list[int] = field(default_factory=list[int])
    row_ends: list[int] = field(default_factory=list[int])

    def add(self, of_field: int, value: str) -> None:
        """A text of the row. Texts of a field stand together; a category's word is taken as it is."""
        if of_field == CATEGORY or value.isascii():
            self.pieces.append(value.encode())
        else:
            self.pieces.append(" ".join(text.stored(value)).encode())
        self.fields.append(of_field)

    def end_row(self) -> None:
        self.row_ends.append(len(self.pieces))


@dataclass(frozen=True, slots=True)
class Numbered:
    """By row, the numbers of its words as they are read, with a mark before each field that has any; the words.

    These stand one behind the other in UTF-8, and there is one start more.
    """

    tokens: NDArray[np.uint32]
    row_ends: Ints
    word_bytes: Bytes
    word_starts: Starts


def numbered(texts: Texts) -> Numbered:
    """The words of all rows, each numbered when it is first read."""
    ends = np.cumsum([len(piece) for piece in texts.pieces], dtype=np.int64)
    return Numbered(
        *_numbered(
            np.frombuffer(b"".join(texts.pieces), dtype=np.uint8),
            ends,
            np.array(texts.fields, dtype=np.uint8),
            np.array(texts.row_ends, dtype=np.int64),
        )
    )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words in UTF-8, sorted by their bytes, and one start more. By list that was joined, its words' numbers here."""

    data: Bytes
    starts: Starts
    numbers: list[Ints]
    """-1 for a word that was not chosen."""


def joined(lists: Sequence[tuple[Bytes, Starts]], chosen: Sequence[NDArray[np.bool_]]) -> Lexicon:
    """The chosen words of all lists, each once."""
    data = np.concatenate([np.empty(0, np.uint8), *(of_list for of_list, _ in lists)])
    sizes = np.concatenate([np.empty(0, np.int64), *(np.diff(starts).astype(np.int64) for _, starts in lists)])
    begins = np.cumsum(sizes) - sizes
    found = np.flatnonzero(np.concatenate([np.empty(0, np.bool_), *chosen]))
    same, firsts = _distinct(data, begins[found], sizes[found])
    whole, places = data.tobytes(), found[firsts]
    ends = (begins + sizes)[places]
    words = [whole[begin:end] for begin, end in zip(begins[places].tolist(), ends.tolist(), strict=True)]
    order = sorted(range(len(words)), key=words.__getitem__)
    ranks = np.empty(len(words), dtype=np.int64)
    ranks[order] = np.arange(len(words))
    numbers = np.full(len(sizes), -1, dtype=np.int64)
    numbers[found] = ranks[same]
    starts = np.zeros(len(words) + 1, dtype=np.uint64)
    np.cumsum(sizes[places][order], out=starts[1:])
    sorted_words = np.frombuffer(b"".join([words[place] for place in order]), dtype=np.uint8)
    return Lexicon(sorted_words, starts, np.split(numbers, np.cumsum([len(flags) for flags in chosen])[:-1]))


@compiled
def _numbered(
    data: Bytes, piece_ends: Ints, piece_fields: Bytes, row_pieces: Ints
) -> tuple[NDArray[np.uint32], Ints, Bytes, Starts]:
    # A word takes a byte and, but for the last of a text, what parts it from the next.
    most = len(data) // 2 + 2 * len(piece_ends) + 1
    tokens = np.empty(most, np.uint32)
    row_ends = np.empty(len(row_pieces), np.int64)
    word_bytes = np.empty(len(data), np.uint8)
    begins, sizes, hashes = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.uint64)
    slots = np.full(_LEAST_SLOTS, -1, np.int32)
    words, used, count, at, piece = 0, 0, 0, 0, 0
    for row in range(len(row_pieces)):
        marked = -1
        while piece < row_pieces[row]:
            of_field, end = np.int64(piece_fields[piece]), piece_ends[piece]
            while at < end:
                begin = used
                at, used, key = _next_word(data, at, end, of_field == CATEGORY, word_bytes, used)
                if used == begin:
                    continue
                if marked != of_field:
                    marked = of_field
                    tokens[count] = FIELD_MARK + of_field
                    count += 1
                slot = _slot(slots, hashes, begins, sizes, word_bytes, key, begin, used - begin)
                if slots[slot] < 0:
                    slots[slot], hashes[words], begins[words], sizes[words] = words, key, begin, used - begin
                    words += 1
                else:
                    used = begin
                tokens[count] = slots[slot]
                count += 1
                if 2 * words > len(slots):
                    slots = _widened(slots, hashes, words)
            piece += 1
        row_ends[row] = count
    starts = np.empty(words + 1, np.uint64)
    starts[:words], starts[words] = begins[:words], used
    return tokens[:count].copy(), row_ends, word_bytes[:used].copy(), starts


@compiled
def _next_word(
    data: Bytes,
    at: int,
    end: int,
    whole: bool,  # noqa: FBT001 -- compiled code is called by position
    word_bytes: Bytes,
    used: int,
) -> tuple[int, int, np.uint64]:
    """Append the next word, which may be empty, to `word_bytes`: where it ends in the data and there, and its hash."""
    key = _HASH_START
    while at < end:
        role = data[at] if whole else ROLES[data[at]]
        at += 1
        if role == BETWEEN and not whole:
            break
        if role != LEFT_OUT or whole:
            word_bytes[used] = role
            used += 1
            key = (key ^ np.uint64(role)) * _HASH_FACTOR
    return at, used, key


@compiled
def _distinct(data: Bytes, begins: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """By word a number, the same for the same word; by number, the place of the first word that has it."""
    numbers = np.empty(len(begins), np.int64)
    firsts, first_begins, first_sizes = np.empty_like(numbers), np.empty_like(numbers), np.empty_like(numbers)
    hashes = np.empty(len(begins), np.uint64)
    slots = np.full(_LEAST_SLOTS, -1, np.int32)
    words = 0
    for place in range(len(begins)):
        begin, size = begins[place], sizes[place]
        key = _HASH_START
        for at in range(begin, begin + size):
            key = (key ^ np.uint64(data[at])) * _HASH_FACTOR
        slot = _slot(slots, hashes, first_begins, first_sizes, data, key, begin, size)
        if slots[slot] < 0:
            slots[slot], hashes[words], firsts[words] = words, key, place
            first_begins[words], first_sizes[words] = begin, size
            words += 1
        numbers[place] = slots[slot]
        if 2 * words > len(slots):
            slots = _widened(slots, hashes, words)
    return numbers, firsts[:words].copy()


@compiled
def _slot(
    slots: NDArray[np.int32],
    hashes: Starts,
    begins: Ints,
    sizes: Ints,
    data: Bytes,
    key: np.uint64,
    begin: int,
    size: int,
) -> np.int64:
    """Where a word that lies in the data, as all others do, has its number, or is to have it."""
    last = len(slots) - 1
    slot = np.int64(key ^ (key >> np.uint64(32))) & last
    while slots[slot] >= 0:
        known = slots[slot]
        if hashes[known] == key and sizes[known] == size:
            offset = 0
            while offset < size and data[begins[known] + offset] == data[begin + offset]:
                offset += 1
            if offset == size:
                break
        slot = (slot + 1) & last
    return slot


@compiled
def _widened(slots: NDArray[np.int32], hashes: Starts, words: int) -> NDArray[np.int32]:
    """The slots of the same words in four times the room."""
    wider = np.full(4 * len(slots), -1, np.int32)
    last = len(wider) - 1
    for word in range(words):
        slot = np.int64(hashes[word] ^ (hashes[word] >> np.uint64(32))) & last
        while wider[slot] >= 0:
            slot = (slot + 1) & last
        wider[slot] = word
    return wider
