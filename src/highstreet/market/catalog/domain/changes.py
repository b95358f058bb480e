"""How a follower of the catalogue keeps up with it."""

from uuid import UUID

import msgspec

from highstreet.market.catalog.domain.deals import PublishedDeal


class ChangeCursor(msgspec.Struct, frozen=True):
    """Where a follower stands: the database's snapshot, in its own notation, up to which it has seen every change."""

    snapshot: str


class DealChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What changed: deals that are live now, ids of those that are not, and the cursor to ask with next time."""

    published: list[PublishedDeal]
    withdrawn: list[UUID]
    cursor: ChangeCursor


class LiveSpan(msgspec.Struct, frozen=True):
    """Live deals whose ids lie between two, both included."""

    first: UUID
    last: UUID


class LiveSpans(msgspec.Struct, frozen=True):
    """All live deals, in parts that can be read one by one, and the cursor to ask with for what changes afterwards."""

    deals: int
    spans: tuple[LiveSpan, ...]
    cursor: ChangeCursor
