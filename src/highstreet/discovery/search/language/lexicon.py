"""The lexicon: a segment's words, looked up in the shared arrays as they are.

Making one costs microseconds and no memory: whatever needs working out was worked out when the segment was built
(`tables`). A word's number is its place among all words, sorted by their bytes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.language import stems
from highstreet.discovery.search.language.tables import letter_bit, packed, stem_key, tables
from highstreet.kit.compiling import compiled

Array = NDArray[Any]
Whole = int | np.integer[Any]

LONGEST_GUESS: Final = 40
"""Letters; a longer word has no near ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The words of one segment. Arrays are those of `index.sections` and `language.tables`."""

    words: Array
    starts: Array
    letters: Array
    lengths: Array
    stem_keys: Array
    stem_tokens: Array
    posting_starts: Array
    algorithms: tuple[str, ...]
    """The stemming algorithms of the languages in which the segment's deals are written."""

    @classmethod
    def of(cls, arrays: Mapping[str, Array], languages: tuple[str, ...]) -> "Lexicon":
        return cls(
            words=shared(arrays["lex_bytes"]),
            starts=shared(arrays["lex_starts"]),
            letters=shared(arrays["lex_letters"]),
            lengths=shared(arrays["lex_lengths"]),
            stem_keys=shared(arrays["stem_keys"]),
            stem_tokens=shared(arrays["stem_tokens"]),
            posting_starts=shared(arrays["posting_starts"]),
            algorithms=stems.algorithms(languages),
        )

    @classmethod
    def of_words(cls, words: Iterable[str]) -> "Lexicon":
        """Of words that no deal needs to have, without their stems."""
        written, starts = packed(sorted(set(words), key=str.encode))
        arrays = {"lex_bytes": written, "lex_starts": starts.astype(np.uint64)}
        arrays["posting_starts"] = np.zeros(len(starts), np.uint64)
        arrays |= tables(arrays["lex_bytes"], arrays["lex_starts"], np.zeros(len(starts) - 1, np.uint32), ())
        return cls.of(arrays, ())

    def __len__(self) -> int:
        return len(self.starts) - 1

    def find(self, word: str) -> int:
        """The number of a word, -1 where the segment has none such."""
        return find_bytes(self.words, self.starts, np.frombuffer(word.encode(), np.uint8))

    def beginning(self, prefix: str) -> tuple[int, int]:
        """The numbers of all words that begin with `prefix`, the second not included."""
        return beginning_bytes(self.words, self.starts, np.frombuffer(prefix.encode(), np.uint8))

    def same_stem(self, word: str) -> list[int]:
        """The numbers of the words whose stem is that of `word` in a language in which they occur, ascending."""
        found: set[int] = set()
        for algorithm in self.algorithms:
            key = np.uint64(stem_key(stems.stem(word, algorithm), algorithm))
            start, end = np.searchsorted(self.stem_keys, key), np.searchsorted(self.stem_keys, key, side="right")
            found.update(self.stem_tokens[start:end].tolist())
        return sorted(found)

    def near(self, word: str, most: int, *, any_first: bool = False) -> list[tuple[int, int]]:
        """Words with the same first letter, or any, and at most so many typing errors, and beside each how many.

        An error is a letter too much, too few or another, or two neighbours in the wrong order (optimal string
        alignment).
        """
        if not 0 < len(word) <= LONGEST_GUESS:
            return []
        letters = np.array([ord(letter) for letter in word], np.uint32)
        start, end = self.beginning("" if any_first else word[0])
        bits = 0
        for letter in word:
            bits |= int(letter_bit(np.uint8(letter.encode()[0])))
        found, errors = _near(
            self.words, self.starts, self.letters, self.lengths, letters, np.uint32(bits), start, end, most
        )
        return list(zip(found.tolist(), errors.tolist(), strict=True))

    def df(self, token: int) -> int:
        """How many rows hold a word, whether alive or not."""
        return int(self.posting_starts[token + 1]) - int(self.posting_starts[token])

    def surface(self, token: int) -> str:
        return self.words[int(self.starts[token]) : int(self.starts[token + 1])].tobytes().decode()


def shared(array: Array) -> Array:
    """A view that cannot be written: compiled code is made once, for arrays of this kind."""
    view = array.view()
    view.flags.writeable = False
    return view


@compiled
def _below(words: Array, starts: Array, token: Whole, asked: Array, whole: bool) -> bool:  # noqa: FBT001 -- compiled code takes no names
    """Whether a word sorts before what is asked; where not `whole`, also if it begins with it."""
    start, end = np.int64(starts[token]), np.int64(starts[token + 1])
    length = end - start
    for at in range(min(length, len(asked))):
        if words[start + at] != asked[at]:
            return bool(words[start + at] < asked[at])
    return bool(length < len(asked) or not whole)


@compiled
def _place(words: Array, starts: Array, asked: Array, whole: bool) -> int:  # noqa: FBT001 -- compiled code takes no names
    low, high = 0, len(starts) - 1
    while low < high:
        middle = (low + high) >> 1
        if _below(words, starts, middle, asked, whole):
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def beginning_bytes(words: Array, starts: Array, asked: Array) -> tuple[int, int]:
    """The run of words that begin with some bytes."""
    return _place(words, starts, asked, True), _place(words, starts, asked, False)  # noqa: FBT003 -- as above


@compiled
def find_bytes(words: Array, starts: Array, asked: Array) -> int:
    """The number of the word of these bytes, or -1."""
    token = _place(words, starts, asked, True)  # noqa: FBT003 -- as above
    if token == len(starts) - 1 or np.int64(starts[token + 1]) - np.int64(starts[token]) != len(asked):
        return -1
    start = np.int64(starts[token])
    for at in range(len(asked)):
        if words[start + at] != asked[at]:
            return -1
    return token


@compiled
def _near(  # noqa: PLR0913, PLR0917 -- compiled code takes arrays, not objects
    words: Array,
    starts: Array,
    letters: Array,
    lengths: Array,
    asked: Array,
    bits: np.uint32,
    first: int,
    last: int,
    most: int,
) -> tuple[Array, Array]:
    """A letter more or less changes one bit of those that occur, another letter two: most words are told by that."""
    found, errors = np.empty(last - first, np.int64), np.empty(last - first, np.int64)
    other = np.empty(256, np.uint32)
    rows = np.empty((3, 256), np.int64)
    count = 0
    for token in range(first, last):
        length = np.int64(lengths[token])
        if length == 0 or abs(length - len(asked)) > most:
            continue
        differing, changed = letters[token] ^ bits, 0
        while differing:
            differing &= differing - np.uint32(1)
            changed += 1
        if changed > 2 * most:
            continue
        _decode(words, np.int64(starts[token]), length, other)
        distance = _distance(asked, other, length, most, rows)
        if distance <= most:
            found[count], errors[count] = token, distance
            count += 1
    return found[:count], errors[:count]


@compiled
def _decode(words: Array, at: Whole, length: Whole, into: Array) -> None:
    """Letters of UTF-8, which is valid."""
    for place in range(length):
        byte = np.uint32(words[at])
        more = (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0)
        code = byte if more == 0 else byte & np.uint32(0x3F >> more)
        for step in range(1, more + 1):
            code = (code << np.uint32(6)) | (np.uint32(words[at + step]) & np.uint32(0x3F))
        into[place] = code
        at += 1 + more


@compiled
def _distance(asked: Array, other: Array, length: Whole, most: int, rows: Array) -> Whole:
    """Errors between two words, or any number beyond `most` where there are more."""
    before, last, here = 0, 1, 2
    for at in range(length + 1):
        rows[last, at] = at
    for row in range(1, len(asked) + 1):
        rows[here, 0] = row
        least = row
        for at in range(1, length + 1):
            cost = rows[last, at - 1] + (asked[row - 1] != other[at - 1])
            cost = min(cost, rows[last, at] + 1, rows[here, at - 1] + 1)
            if row > 1 and at > 1 and asked[row - 1] == other[at - 2] and asked[row - 2] == other[at - 1]:
                cost = min(cost, rows[before, at - 2] + 1)
            rows[here, at] = cost
            least = min(least, cost)
        if least > most:
            return most + 1
        before, last, here = last, here, before
    return rows[last, length]
