"""Reading the refused rows of a run again, mended or with another mapping."""

import hashlib
import json
from collections.abc import Callable, Sequence

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, HighstreetError, InvalidInput, NotFound
from highstreet.market.feeds.domain.deals import DealReader
from highstreet.market.feeds.domain.imported import Run
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.domain.runs import Asked, ImportSummary, RefusedRow, RunRecord, RunState
from highstreet.market.feeds.repository import rejects, runs
from highstreet.market.feeds.usecases.importing import Work, bring, finish, summary
from highstreet.market.feeds.usecases.preparing import centre_of, check_categories
from highstreet.market.feeds.usecases.recording import Content, Order, begin, claim_feed, record_failure, shift_of_run


async def replay(
    database: Database,
    number: int,
    *,
    mapping: Mapping | None = None,
    mended: Sequence[RefusedRow] | None = None,
    asked: Asked | None = None,
    on_reject: Callable[[Reject], None] = lambda _: None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportSummary:
    """Read rows again that run `number` refused, as a run of its own, in which no deal vanishes.

    All rows that were kept are read, or those of `mended`, as they stand there; with the run's mapping, or `mapping`.
    Dates are moved as far as in the run. A row that was refused because an earlier one has its key is left out for as
    long as it has that key.

    Raises NotFound; Conflict where a later run has read the feed, as its rows are the newer ones; InvalidInput where
    there is nothing to read, or `mended` holds a row that the run did not refuse.
    """
    record: RunRecord | None = None
    async with database.system() as tx:
        first, shifted = await _replayable(tx, number)
    chosen = mapping or msgspec.json.decode(first.mapping, type=Mapping)
    if chosen.feed.name != first.feed:
        raise InvalidInput.at("--mapping", f"is of {chosen.feed.name}, and run {number} is of {first.feed}")
    order = Order(
        source=first.source,
        mapping=chosen,
        asked=asked or Asked(mapping_name=first.mapping_name),
        shift_dates=first.shift_dates,
        replays=first,
    )
    reader = DealReader(chosen, shift_of_run(shifted, chosen))
    rows = [(row.row, Row(row.line, row.cells or {})) for row in await _rows(database, first, mended, reader)]
    if not rows:
        raise InvalidInput.at(f"run {number}", "has no refused row that could be read again")
    try:
        async with database.system() as claim:
            await claim_feed(claim, first.feed)
            await check_categories(claim, chosen)
            centre = await centre_of(claim, chosen)
            content = Content(sha256=_digest(rows), rows=len(rows))
            record = await begin(database, order, content, shift_of_run(shifted, chosen))
            run = Run(mapping=chosen, shift=shift_of_run(record, chosen), now=record.started_at)
            work = Work(database, claim, record, run, centre, len(rows), on_reject, report)
            counts = await bring(work, reader, rows)
            await finish(work, counts)
    except HighstreetError as problem:
        await record_failure(database, order, record, problem)
        raise
    return summary(order.source, work, counts)


async def _replayable(tx: Transaction, number: int) -> tuple[RunRecord, RunRecord]:
    """The run, and the one of a whole file from which it comes."""
    record = await runs.by_number(tx, number)
    if record is None:
        raise NotFound(f"There is no run {number}; `highstreet import list` shows those that there are.")
    if record.state is not RunState.DONE:
        raise Conflict(f"Run {number} of {record.feed} is {record.state}; rows of one that is done can be read again.")
    whole, last = await runs.first_of(tx, record.id), await runs.last_whole(tx, record.feed)
    if last is not None and last.number != whole.number:
        raise Conflict(f"Run {last.number} has read {record.feed} since; its refused rows are the newer ones.")
    return record, whole


async def _rows(
    database: Database, record: RunRecord, mended: Sequence[RefusedRow] | None, reader: DealReader
) -> list[RefusedRow]:
    """What is to be read, in the order of the file."""
    kept: dict[int, RefusedRow] = {}
    async with database.system() as tx:
        while page := await rejects.of_run(tx, record.id, max(kept, default=0)):
            kept.update((row.row, row) for row in page)
    wanted = kept if mended is None else {row.row: row for row in mended}
    for number, row in wanted.items():
        if number not in kept:
            raise InvalidInput.at(f"row {number}", f"is none that run {record.number} refused and kept")
        if mended is not None and row.cells is None:
            raise InvalidInput.at(f"row {number}", "has no cells, so there is nothing to read")
    return [wanted[number] for number in sorted(wanted) if _is_readable(kept[number], wanted[number], reader)]


def _is_readable(kept: RefusedRow, row: RefusedRow, reader: DealReader) -> bool:
    if row.cells is None:
        return False
    return kept.same_key_as is None or reader.key_of(Row(row.line, row.cells)) != kept.value


def _digest(rows: Sequence[tuple[int, Row]]) -> str:
    """Tells whether the same rows are read again, if a replay was killed."""
    encoded = json.dumps([(number, row.cells) for number, row in rows], sort_keys=True)
    return hashlib.sha256(encoded.encode()).hexdigest()
