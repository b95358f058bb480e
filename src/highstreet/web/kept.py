"""What is made once and shown often, kept in a memory that is bounded in bytes: pieces of deals, and whole answers."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeAlias, TypeVar

from highstreet.discovery.search.service import Generation, Hit

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRY_BYTES = 500
"""What an entry costs beside its content: its key, its objects and its place in a dictionary; measured, rounded up."""

PIECES_BYTES: Final = 96_000_000
"""What one process keeps of the deals that it shows: some 18,000 of them as JSON and as cards."""


ANSWERS_BYTES: Final = 32_000_000
"""What one process keeps of the answers of a moment: some two thousand pages of results."""

MOMENT: Final = timedelta(seconds=1)
"""For so long an answer stands for all who ask the same."""


class Kept(Generic[K, V]):
    """What was asked for lately, by its key. Holds at most `limit_bytes`, by the sizes that are told.

    What was not asked for longest goes first, and no more of it than room is needed for: to let go of thousands at once
    would hold up whoever asks next. For one thread.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._bytes = 0

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def get(self, key: K) -> V | None:
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, content_bytes: int) -> None:
        """Keep `value`, unless it alone would fill half of all, or the key is kept already."""
        size = content_bytes + ENTRY_BYTES
        if size > self._limit_bytes // 2 or key in self._entries:
            return
        self._entries[key] = (value, size)
        self._bytes += size
        while self._bytes > self._limit_bytes:
            _, (_, freed_bytes) = self._entries.popitem(last=False)
            self._bytes -= freed_bytes


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


Answers: TypeAlias = Kept[tuple[Hashable, ...], Any]
"""Whole answers, by everything in a request that they depend on."""


class Moment:
    """What was answered just now, from the very generation of the index that the next one would be answered from.

    At a peak, thousands open the same list within a second; it is made once. Whoever asks later, or once anything in
    the catalogue has changed, is answered anew.
    """

    def __init__(self, limit_bytes: int = ANSWERS_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._index: Generation | None = None
        self._began = datetime.min.replace(tzinfo=UTC)
        self._answers: Answers = Kept(limit_bytes)

    def answers(self, index: Generation, now: datetime) -> Answers:
        """Those that may be given at `now`."""
        if index is not self._index or not self._began <= now < self._began + MOMENT:
            self._index, self._began, self._answers = index, now, Kept(self._limit_bytes)
        return self._answers


def key_of(kind: str, hit: Hit) -> tuple[Hashable, ...]:
    """What a piece of a result is known by: its kind, and the content as it is seen from its nearest point."""
    return (kind, *hit.key, hit.point)
