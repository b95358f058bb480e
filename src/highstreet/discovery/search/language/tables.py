"""What is worked out once about the words of a segment, so that a question finds its words in microseconds.

| array | of | holds |
|---|---|---|
| `lex_letters` | words | which letters occur: bits 0 to 25 for a to z; the others share six |
| `lex_lengths` | words | letters, 255 for more; 0 for pseudo-words, which no typing error leads to |
| `stem_keys` | stems of words | ascending: the mark of a stem in an algorithm, see `stem_key` |
| `stem_tokens` | stems of words | beside its key, the number of a word with that stem |
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.language import stems
from highstreet.kit.compiling import compiled

Array = NDArray[Any]

_OFFSET: Final = np.uint64(0xCBF29CE484222325)
_PRIME: Final = np.uint64(0x100000001B3)
_CONTINUES, _CONTINUATION = np.uint8(0xC0), np.uint8(0x80)
_LONGEST: Final = 255
_BITS: Final = 32


def tables(lex_bytes: Array, lex_starts: Array, lex_languages: Array, languages: Sequence[str]) -> dict[str, Array]:
    """The derived arrays of a vocabulary.

    Bit i of a word's `lex_languages` says that it occurs in `languages[i]`; those beyond the 32nd have no bit.
    """
    letters, lengths = _letters_and_lengths(lex_bytes, lex_starts)
    keys, tokens = _stems(lex_bytes, lex_starts, lex_languages, languages)
    order = np.argsort(keys, kind="stable")
    return {
        "lex_letters": letters,
        "lex_lengths": lengths,
        "stem_keys": keys[order],
        "stem_tokens": tokens[order],
    }


def stem_key(stem: str, algorithm: str) -> int:
    """64 bits that mark a stem in an algorithm: FNV-1a (Fowler, Noll, Vo) over both, parted by a zero byte."""
    written = np.frombuffer(f"{algorithm}\0{stem}".encode(), np.uint8)
    return int(_keys(_OFFSET, written, np.array([0, len(written)], np.int64))[0])


@lru_cache(maxsize=20_000)
def stem_key_of(word: str, algorithm: str) -> int:
    """The mark of a word's stem."""
    return stem_key(stems.stem(word, algorithm), algorithm)


def _stems(lex_bytes: Array, lex_starts: Array, lex_languages: Array, languages: Sequence[str]) -> tuple[Array, Array]:
    keys, tokens = [np.empty(0, np.uint64)], [np.empty(0, np.uint32)]
    for algorithm in stems.algorithms(languages):
        bits = sum(1 << bit for bit, language in enumerate(languages[:_BITS]) if stems.algorithm(language) == algorithm)
        chosen = np.flatnonzero(lex_languages & np.uint32(bits))
        prefix = np.frombuffer(f"{algorithm}\0".encode(), np.uint8)
        seed = _keys(_OFFSET, prefix, np.array([0, len(prefix)], np.int64))[0]
        written, starts = packed(stems.stem_all(unpacked(lex_bytes, lex_starts, chosen), algorithm))
        keys.append(_keys(seed, written, starts))
        tokens.append(chosen.astype(np.uint32))
    return np.concatenate(keys), np.concatenate(tokens)


def unpacked(lex_bytes: Array, lex_starts: Array, chosen: Array) -> list[str]:
    """The words of some numbers."""
    whole = lex_bytes.tobytes()
    starts, ends = lex_starts[chosen].tolist(), lex_starts[chosen + 1].tolist()
    return [whole[start:end].decode() for start, end in zip(starts, ends, strict=True)]


def packed(words: Sequence[str]) -> tuple[Array, Array]:
    """Words in UTF-8 behind one another, and where each begins, with the end of the last."""
    written = [word.encode() for word in words]
    starts = np.zeros(len(written) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, written), np.int64, len(written)), out=starts[1:])
    return np.frombuffer(b"".join(written), np.uint8), starts


@compiled
def _keys(seed: np.uint64, written: Array, starts: Array) -> Array:
    keys = np.empty(len(starts) - 1, np.uint64)
    for word in range(len(keys)):
        key = seed
        for at in range(starts[word], starts[word + 1]):
            key = (key ^ np.uint64(written[at])) * _PRIME
        keys[word] = key
    return keys


@compiled
def _letters_and_lengths(lex_bytes: Array, lex_starts: Array) -> tuple[Array, Array]:
    words = len(lex_starts) - 1
    letters, lengths = np.zeros(words, np.uint32), np.zeros(words, np.uint8)
    for word in range(words):
        start, end = np.int64(lex_starts[word]), np.int64(lex_starts[word + 1])
        if end == start or lex_bytes[start] == 1:
            continue
        length, bits = 0, np.uint32(0)
        for at in range(start, end):
            if (lex_bytes[at] & _CONTINUES) != _CONTINUATION:
                length += 1
                bits |= letter_bit(lex_bytes[at])
        letters[word] = bits
        lengths[word] = min(length, _LONGEST)
    return letters, lengths


@compiled
def letter_bit(byte: np.uint8) -> np.uint32:
    """The bit that the first byte of a letter sets in `lex_letters`."""
    place = np.uint32(byte) - np.uint32(97)
    if byte < 97 or byte > 122:
        place = np.uint32(26) + np.uint32(byte) % np.uint32(6)
    return np.uint32(1) << place
