"""An indexer and a reader in the process of a test, as they stand beside each other on a machine."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from highstreet.discovery.search.index import stored
from highstreet.discovery.search.index.generation import Generation
from highstreet.discovery.search.store.indexer import Indexer
from highstreet.discovery.search.store.reader import Follower, make_ready
from highstreet.discovery.search.store.shelf import rows_of
from highstreet.kit.database import Database
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.deals import PublishedDeal
from tests.discovery.search.market import until

_RNG = Random(5)
"""Of all indexers: uids never repeat."""
NOTHING = Generation(0, (), CategoryTree(()), ())


@asynccontextmanager
async def indexing(database: Database, directory: Path, **given: Any) -> AsyncGenerator[None]:  # noqa: ANN401 -- as an indexer takes it
    given.setdefault("poll_seconds", 0.02)
    indexer = Indexer(database, directory, _RNG, **given)
    working = asyncio.create_task(indexer.run())
    try:
        yield
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


@asynccontextmanager
async def following(database: Database, directory: Path) -> AsyncGenerator[Follower]:
    follower = Follower(database, directory, poll_seconds=0.01)
    await follower.start()
    try:
        yield follower
    finally:
        await follower.stop()


@asynccontextmanager
async def ready(
    database: Database,
    directory: Path,
    *,
    reading: Database | None = None,
    **given: Any,  # noqa: ANN401 -- as an indexer takes it
) -> AsyncGenerator[Follower]:
    """A follower that has an index; it reads from `reading`, where that is given."""
    await asyncio.to_thread(make_ready, NOTHING, compiled=False)  # which takes long where nothing is kept from before
    async with indexing(database, directory, **given), following(reading or database, directory) as follower:
        await until(lambda: follower.ready)
        yield follower


def deal_in(index: Generation, deal_id: UUID) -> PublishedDeal | None:
    found = [deal for deal in all_deals(index) if deal.id == deal_id]
    assert len(found) <= 1, "a deal is alive in one segment only"
    return found[0] if found else None


def all_deals(index: Generation) -> list[PublishedDeal]:
    found: list[PublishedDeal] = []
    for segment in index.segments:
        starts = segment.sections["stored_starts"].tolist()
        for row in range(segment.sections.meta.rows):
            if segment.alive[row >> 3] >> (row & 7) & 1:
                deal = stored.unpack(segment.sections["stored"][starts[row] : starts[row + 1]].data)
                assert rows_of(segment.sections, [deal.id]).tolist() == [row]
                found.append(deal)
    return found
