"""Taking a run back as a whole."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.former import Written, Wrought
from highstreet.market.feeds.domain.runs import RunRecord, RunState, UndoSummary
from highstreet.market.feeds.repository import changes, claims, runs
from highstreet.market.feeds.repository.changes import Kind
from highstreet.market.feeds.usecases.recording import check_whole, claim_feed

_BATCH = 500


async def undo(
    database: Database, number: int, *, report: Callable[[int, int], None] = lambda _done, _total: None
) -> UndoSummary:
    """Bring the catalogue back to what it was before a run, except for what people changed since, which is told.

    Done in batches; one that was killed goes on where it was. Raises NotFound, and Conflict where the run is undone
    already, is at work, or was followed by another one that has to be undone first.
    """
    async with database.system() as claim:
        record = await _found(claim, number)
        await claim_feed(claim, record.feed)
        record = await _begun(database, number)
        undone = UndoSummary(run=number, feed=record.feed, removed=0, restored=0, revived=0, kept=[])
        undone = await _undo_deals(database, claim, record, undone, report)
        for kind in (Kind.MERCHANT, Kind.DIVISION):
            await _undo_others(database, claim, record, kind)
        async with database.system() as tx:
            await runs.end_undo(tx, record.id)
            kept = await changes.kept(tx, record.id)
    return msgspec.structs.replace(undone, kept=kept)


async def _found(tx: Transaction, number: int) -> RunRecord:
    record = await runs.by_number(tx, number)
    if record is None:
        raise NotFound(f"There is no run {number}; `highstreet import list` shows those that there are.")
    return record


async def _begun(database: Database, number: int) -> RunRecord:
    """The run, marked as being undone. Whoever has claimed the feed knows that nothing else is at work on it."""
    async with database.system() as tx:
        record = await _found(tx, number)
        if record.state is RunState.UNDONE:
            raise Conflict(f"Run {number} of {record.feed} is undone already.")
        later = await runs.later(tx, record)
        if later is not None:
            raise Conflict(f"Run {later.number} of {record.feed} came later and has to be undone first.")
        left = await runs.unfinished(tx, record.feed)
        if left is not None and left.number != number:
            check_whole(left)
            await runs.end(tx, left.id, RunState.INTERRUPTED, "It was stopped, and the run before it was undone.")
        await runs.begin_undo(tx, record.id)
        return record


async def _undo_deals(
    database: Database, claim: Transaction, record: RunRecord, undone: UndoSummary, report: Callable[[int, int], None]
) -> UndoSummary:
    last: UUID | None = None
    done = 0
    while True:
        await claims.keep_claim(claim)
        async with database.system() as tx:
            batch = await changes.deals_to_undo(tx, record.id, last, _BATCH)
            if not batch:
                return undone
            kept = await catalog.take_back(tx, record.feed, batch)
            await changes.settle(tx, record.id, [one.deal_id for one in batch], kept)
        left = {one.subject_id for one in kept}
        undone = _with(undone, [one for one in batch if one.deal_id not in left])
        last = batch[-1].deal_id
        done += len(batch)
        report(done, max(done, record.written))


def _with(undone: UndoSummary, taken_back: list[Written]) -> UndoSummary:
    def count(wrought: Wrought) -> int:
        return sum(one.wrought is wrought for one in taken_back)

    return msgspec.structs.replace(
        undone,
        removed=undone.removed + count(Wrought.NEW),
        restored=undone.restored + count(Wrought.CHANGED),
        revived=undone.revived + count(Wrought.VANISHED),
    )


async def _undo_others(database: Database, claim: Transaction, record: RunRecord, kind: Kind) -> None:
    take_back = catalog.take_back_merchants if kind is Kind.MERCHANT else catalog.take_back_divisions
    last: UUID | None = None
    while True:
        await claims.keep_claim(claim)
        async with database.system() as tx:
            batch = await changes.others_to_undo(tx, record.id, kind, last, _BATCH)
            if not batch:
                return
            await changes.settle(tx, record.id, batch, await take_back(tx, batch))
        last = batch[-1]
