"""Telling of runs."""

from collections.abc import AsyncGenerator

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.feeds.domain.runs import KeptSince, RefusedRow, RunRecord, RunState, RunTold
from highstreet.market.feeds.repository import changes, claims, rejects, runs


async def run_list(database: Database, *, feed: str | None = None, limit: int = 20) -> list[RunTold]:
    """The newest runs, of one feed or of all, newest first."""
    async with database.system() as tx:
        return [await _told(tx, record) for record in await runs.newest(tx, feed, limit)]


async def run_by_number(database: Database, number: int) -> RunTold:
    """One run. Raises NotFound."""
    async with database.system() as tx:
        record = await runs.by_number(tx, number)
        if record is None:
            raise NotFound(f"There is no run {number}; `highstreet import list` shows those that there are.")
        return await _told(tx, record)


async def _told(tx: Transaction, record: RunRecord) -> RunTold:
    open_ = record.state in {RunState.RUNNING, RunState.UNDOING}
    return RunTold(record=record, at_work=open_ and await claims.is_claimed(tx, record.feed))


async def kept_of_run(database: Database, record: RunRecord) -> list[KeptSince]:
    """What undoing the run left as it is."""
    async with database.system() as tx:
        return await changes.kept(tx, record.id)


async def proposed_of_run(database: Database, record: RunRecord) -> int:
    """How many pairs of likely duplicates were proposed since the run began, with a deal that it wrote."""
    async with database.system() as tx:
        written = await changes.deals_written(tx, record.id)
        return await catalog.count_proposed(tx, written, record.started_at) if written else 0


async def refused_rows(database: Database, record: RunRecord) -> AsyncGenerator[RefusedRow]:
    """The refused rows of a run that were kept, in the order of the file."""
    last = 0
    while True:
        async with database.system() as tx:
            page = await rejects.of_run(tx, record.id, last)
        if not page:
            return
        for row in page:
            yield row
        last = page[-1].row
