"""Ending the deals that a feed no longer states."""

from uuid import UUID

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict
from highstreet.market.catalog import service as catalog
from highstreet.market.feeds.domain.deals import DealReader
from highstreet.market.feeds.domain.imported import Run
from highstreet.market.feeds.domain.runs import GUARDED_DEALS, Counts, RunRecord
from highstreet.market.feeds.repository import changes, claims, runs

_BATCH_DEALS = 500


async def end_vanished(
    database: Database,
    claim: Transaction,
    record: RunRecord | None,
    run: Run,
    reader: DealReader,
    counts: Counts,
    *,
    accepted: bool,
) -> Counts:
    """End the feed's deals that no row of the whole file states; the run's counts then. A dry run only counts.

    None is ended if no row could be used, or if, of at least GUARDED_DEALS that stood before, it would be more than
    half: a mapping that no longer fits, or half a file, looks just like that. Nor is any if as many rows could not be
    taken apart, which may be those that state them. `accepted` says that it is right.
    """
    feed = run.mapping.feed.name
    stood, gone = await _unstated(database, claim, record, feed, reader)
    # A run that was killed while it ended deals had been allowed to.
    ended = counts.deals_vanished
    too_many = stood + ended >= GUARDED_DEALS and 2 * (len(gone) + ended) > stood + ended
    hidden = len(gone) <= reader.nameless
    if gone and not (accepted or ended) and (too_many or hidden or not counts.accepted):
        return await _counted(database, record, counts, msgspec.structs.replace(counts, deals_spared=len(gone)))
    if record is None:
        return msgspec.structs.replace(counts, deals_vanished=len(gone))
    for start in range(0, len(gone), _BATCH_DEALS):
        await claims.keep_claim(claim)
        async with database.system() as tx:
            written = await catalog.end_unstated(tx, feed, gone[start : start + _BATCH_DEALS])
            after = msgspec.structs.replace(counts, deals_vanished=counts.deals_vanished + len(written))
            await _count(tx, record, counts, after)
            await changes.add(tx, record.id, written)
        counts = after
    return counts


async def _unstated(
    database: Database, claim: Transaction, record: RunRecord | None, feed: str, reader: DealReader
) -> tuple[int, list[UUID]]:
    """How many deals of the feed stood before the run and stand still, and which of them it did not state."""
    stood, gone = 0, list[UUID]()
    last = ""
    while True:
        await claims.keep_claim(claim)
        async with database.system() as tx:
            page = await catalog.standing_deals(tx, feed, after_key=last)
            made = await changes.made_new(tx, record.id, [deal.id for deal in page]) if record else set[UUID]()
        if not page:
            return stood, gone
        last = page[-1].key
        stood += len(page) - len(made)
        gone += [deal.id for deal in page if not reader.states(deal.key)]


async def _counted(database: Database, record: RunRecord | None, before: Counts, after: Counts) -> Counts:
    if record is not None:
        async with database.system() as tx:
            await _count(tx, record, before, after)
    return after


async def _count(tx: Transaction, record: RunRecord, before: Counts, after: Counts) -> None:
    if not await runs.count(tx, record.id, before, after):
        raise Conflict(f"Run {record.number} of {record.feed} is no longer this import's.")
