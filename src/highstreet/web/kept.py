"""What is made once and shown often, kept in a memory that is bounded in bytes."""

from collections.abc import Hashable
from typing import Any, Final, Generic, TypeAlias, TypeVar

from highstreet.discovery.search.service import Generation, Hit

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRY_BYTES = 600
"""What an entry costs beside its content: its key, its objects and its place in a dictionary; measured, rounded up."""

PIECES_BYTES: Final = 64_000_000
"""What one process keeps of the deals that it shows: some 15,000 of them as JSON and as cards."""


class Kept(Generic[K, V]):
    """What was asked for lately, by its key. Holds at most `limit_bytes`, by the sizes that are told.

    Two halves stand for an exact order of use, which would cost a write with every read: what is asked for moves to the
    young half, and when that is full the old one is thrown away and the young one grows old. For one thread.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._half_bytes = limit_bytes // 2
        self._young: dict[K, tuple[V, int]] = {}
        self._old: dict[K, tuple[V, int]] = {}
        self._young_bytes = 0

    def __contains__(self, key: K) -> bool:
        return key in self._young or key in self._old

    def get(self, key: K) -> V | None:
        found = self._young.get(key)
        if found is not None:
            return found[0]
        aged = self._old.pop(key, None)
        if aged is None:
            return None
        self._add(key, aged)
        return aged[0]

    def put(self, key: K, value: V, content_bytes: int) -> None:
        """Keep `value`, unless it alone would fill a half. The key must not be kept already."""
        size = content_bytes + ENTRY_BYTES
        if size <= self._half_bytes:
            self._add(key, (value, size))

    def _add(self, key: K, entry: tuple[V, int]) -> None:
        if self._young_bytes + entry[1] > self._half_bytes:
            self._old, self._young, self._young_bytes = self._young, {}, 0
        self._young[key] = entry
        self._young_bytes += entry[1]


Pieces: TypeAlias = Kept[tuple[Hashable, ...], Any]
"""Parts of answers, by what they are, the deal's content and whatever else they depend on."""


class Shelf:
    """The pieces that a process has made of its deals. They hold names, so that new names begin an empty shelf."""

    def __init__(self, limit_bytes: int = PIECES_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._names: object = None
        self._categories: object = None
        self._divisions: object = None
        self._pieces: Pieces = Kept(limit_bytes)

    def pieces(self, index: Generation) -> Pieces:
        """What may be shown beside this generation of the index."""
        if index.categories is not self._categories or index.divisions is not self._divisions:
            names = (index.categories, index.divisions)
            if names != self._names:
                self._names, self._pieces = names, Kept(self._limit_bytes)
            self._categories, self._divisions = names
        return self._pieces


def key_of(hit: Hit) -> tuple[Hashable, ...]:
    """What the content of a result is known by, as it is seen from its nearest point."""
    return (*hit.key, hit.point)
