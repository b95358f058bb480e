"""Which pictures deals have, and removing those that none has any more, and blobs that no row speaks of.

These stay for a while: pages that show them are kept by browsers and others, and what has just been kept for a deal is
not among its rows yet. One shelf of blobs is looked through at a time, chosen by the clock.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from highstreet.kit.blobs import Blobs
from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.pictures import left_behind, shelf_at
from highstreet.market.catalog.repository import pictures as rows

SHELF_S: Final = 60
"""For how long it is a shelf's turn."""
_REMOVED_AT_ONCE: Final = 50


async def sweep_unused_pictures(tx: Transaction, blobs: Blobs) -> int:
    """Remove what was left behind on the shelf whose turn it is; how many pictures. Needs the system role.

    Whoever shows a picture claims it first and then looks for its blob, so none goes that is shown a moment later.
    Everything that may be slow comes before the first write: until then nobody waits for this transaction.
    """
    shelf = shelf_at(tx.now, SHELF_S)
    removed: list[str] = []
    for digest in (await _left_behind(tx, blobs, shelf))[:_REMOVED_AT_ONCE]:
        if await rows.try_claim(tx, digest) and await _left_behind(tx, blobs, digest):
            await blobs.delete(digest)
            removed.append(digest)
    await rows.forget(tx, removed)
    await rows.note_use(tx, shelf)
    return len(removed)


async def some_shown_pictures(tx: Transaction, most: int) -> list[str]:
    """Digests of pictures that deals have, others each time: as hashes they are spread evenly."""
    return await rows.shown_from(tx, f"{tx.rng.getrandbits(256):064x}", most)


async def _left_behind(tx: Transaction, blobs: Blobs, beginning: str) -> list[str]:
    """Of the digests with that beginning."""
    return left_behind(await rows.shelved(tx, beginning), await _newest(blobs, beginning), tx.now)


async def _newest(blobs: Blobs, beginning: str) -> Mapping[str, datetime]:
    """When something was last kept under each digest."""
    newest: dict[str, datetime] = {}
    async for kept in blobs.list(beginning):
        newest[kept.digest] = max(kept.changed_at, newest.get(kept.digest, kept.changed_at))
    return newest
