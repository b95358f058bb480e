"""The words of many texts, taken apart and numbered at once, by compiled code.

It knows how text of ASCII is taken apart, which most text is. Of other text, `text.stored` makes the words first, and
blanks between them are all that is left to see here.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index import drafts
from highstreet.discovery.search.index.sections import CATEGORY, FIELD_MARK
from highstreet.discovery.search.language import text
from highstreet.kit.compiling import compiled

_BETWEEN, _LEFT_OUT = 0, 1
_LEAST_SLOTS: Final = 2**12
_HASH_START: Final = np.uint64(0xCBF29CE484222325)
_HASH_FACTOR: Final = np.uint64(0x100000001B3)
"""FNV-1a (Fowler, Noll and Vo; RFC 9923), of 64 bits."""

Bytes = NDArray[np.uint8]


def _roles() -> Bytes:
    """By byte, what it stands for in a word: a lower letter, a digit, or a part of a letter beyond ASCII."""
    roles = np.arange(256, dtype=np.uint8)
    for code in range(128):
        sign = chr(code)
        roles[code] = ord(sign.lower()) if sign.isalnum() else _LEFT_OUT if sign == "'" else _BETWEEN
    return roles


_ROLES: Final = _roles()


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
    """By row, the numbers of its words as they are read, with a mark before each field that has any; the words."""

    tokens: NDArray[np.uint32]
    row_ends: NDArray[np.int64]
    words: list[str]


def numbered(texts: Texts) -> Numbered:
    """The words of all rows, each numbered when it is first read."""
    ends = np.cumsum([len(piece) for piece in texts.pieces], dtype=np.int64)
    tokens, row_ends, word_bytes, word_starts = _numbered(
        np.frombuffer(b"".join(texts.pieces), dtype=np.uint8),
        ends,
        np.array(texts.fields, dtype=np.uint8),
        np.array(texts.row_ends, dtype=np.int64),
    )
    return Numbered(tokens, row_ends, drafts.strings(word_bytes, word_starts))


@compiled
def _numbered(
    data: Bytes, piece_ends: NDArray[np.int64], piece_fields: Bytes, row_pieces: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], Bytes, NDArray[np.uint64]]:
    # A word takes a byte and, but for the last of a text, what parts it from the next.
    most = len(data) // 2 + 2 * len(piece_ends) + 1
    tokens = np.empty(most, np.uint32)
    row_ends = np.empty(len(row_pieces), np.int64)
    word_bytes = np.empty(len(data), np.uint8)
    starts = np.zeros(most + 1, np.uint64)
    hashes = np.empty(most, np.uint64)
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
                slot = _slot(slots, hashes, key, word_bytes, starts, begin, used)
                if slots[slot] < 0:
                    slots[slot], hashes[words] = words, key
                    words += 1
                    starts[words] = used
                else:
                    used = begin
                tokens[count] = slots[slot]
                count += 1
                if 2 * words > len(slots):
                    slots = _widened(slots, hashes, words)
            piece += 1
        row_ends[row] = count
    return tokens[:count].copy(), row_ends, word_bytes[:used].copy(), starts[: words + 1].copy()


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
        role = data[at] if whole else _ROLES[data[at]]
        at += 1
        if role == _BETWEEN and not whole:
            break
        if role != _LEFT_OUT or whole:
            word_bytes[used] = role
            used += 1
            key = (key ^ np.uint64(role)) * _HASH_FACTOR
    return at, used, key


@compiled
def _slot(
    slots: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    key: np.uint64,
    word_bytes: Bytes,
    starts: NDArray[np.uint64],
    begin: int,
    end: int,
) -> np.int64:
    """Where the word that lies between two places stands, or is to stand."""
    last = len(slots) - 1
    slot = np.int64(key ^ (key >> np.uint64(32))) & last
    while slots[slot] >= 0:
        known = slots[slot]
        if hashes[known] == key:
            first = np.int64(starts[known])
            if np.int64(starts[known + 1]) - first == end - begin:
                same = True
                for offset in range(end - begin):
                    if word_bytes[first + offset] != word_bytes[begin + offset]:
                        same = False
                        break
                if same:
                    return slot
        slot = (slot + 1) & last
    return slot


@compiled
def _widened(slots: NDArray[np.int32], hashes: NDArray[np.uint64], words: int) -> NDArray[np.int32]:
    """The slots of the same words in four times the room."""
    wider = np.full(4 * len(slots), -1, np.int32)
    last = len(wider) - 1
    for word in range(words):
        slot = np.int64(hashes[word] ^ (hashes[word] >> np.uint64(32))) & last
        while wider[slot] >= 0:
            slot = (slot + 1) & last
        wider[slot] = word
    return wider
