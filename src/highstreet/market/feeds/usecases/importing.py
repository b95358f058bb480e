"""Bringing the catalogue to what a feed states."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias, TypeVar
from uuid import UUID

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, HighstreetError
from highstreet.kit.threads import ahead
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportOutcome
from highstreet.market.catalog.domain.places import DivisionDraft, Place
from highstreet.market.feeds.domain.deals import DealReader, StatedDeal
from highstreet.market.feeds.domain.imported import Run
from highstreet.market.feeds.domain.mapping import Mapping, Vanished
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.domain.runs import Asked, Counts, ImportSummary, RefusedRow, RunRecord, RunState
from highstreet.market.feeds.readers.feed import Feed, opened_feed
from highstreet.market.feeds.readers.source import Origin, name_of
from highstreet.market.feeds.repository import changes, claims, rejects, runs
from highstreet.market.feeds.usecases.preparing import Towns, centre_of, check_categories, prepare, shift_of
from highstreet.market.feeds.usecases.recording import (
    Content,
    Order,
    begin,
    claim_feed,
    record_failure,
    shift_of_run,
)
from highstreet.market.feeds.usecases.vanishing import end_vanished

T = TypeVar("T")
Numbered: TypeAlias = tuple[int, Row | Reject]
"""A row with its place in the file; the first is 1."""
_Taken: TypeAlias = tuple[int, Row | Reject, StatedDeal | Reject]

BATCH_ROWS = 500
"""How many rows one transaction writes: an import that is killed keeps every batch that it had committed."""


@dataclass(frozen=True, slots=True)
class Work:
    """One import at work. `record` is None for a dry run, which writes nothing."""

    database: Database
    claim: Transaction
    record: RunRecord | None
    run: Run
    centre: Place | None
    """Of the mapping's division, if it has one."""
    total: int
    on_reject: Callable[[Reject], None]
    report: Callable[[int, int], None]
    batch_rows: int = BATCH_ROWS


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows that are written together; each is among the deals or refused."""

    deals: list[ImportedDeal] = field(default_factory=list[ImportedDeal])
    rejects: list[Reject] = field(default_factory=list[Reject])
    """Of the refused rows, as they are told."""
    refused: list[RefusedRow] = field(default_factory=list[RefusedRow])


async def import_feed(  # noqa: PLR0913 - each is an option of the command
    database: Database,
    origin: Origin,
    mapping: Mapping,
    *,
    private_hosts: Collection[str] = (),
    shift_dates: bool = False,
    dry_run: bool = False,
    accept_vanished: bool = False,
    asked: Asked | None = None,
    on_reject: Callable[[Reject], None] = lambda _: None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
    batch_rows: int = BATCH_ROWS,
) -> ImportSummary:
    """Bring the catalogue to what a feed states; `report` hears the rows done and their total.

    `origin` is a file, `-` for standard input, or an HTTP(S) address, which may lead to a private network only if it
    is one of `private_hosts`.

    Only what changed since the feed's last import is written, in batches that each are wholly there or not at all. A
    row that cannot be used goes to `on_reject` and leaves its deal as it was. Deals that the file no longer states
    are ended, if the mapping does not keep them; of many never more than half, and none that may be among as many rows
    that nobody can read, unless with `accept_vanished`.

    The import is a run, with a record. One that was killed goes on where it was if the same file is imported with the
    same mapping; then the catalogue ends as if nothing had happened.

    Raises InvalidInput, with nothing written, if the feed or the mapping cannot be used, and Conflict if an import of
    the same feed is under way. `dry_run` writes nothing and tells what would happen.
    """
    order = Order(source=name_of(origin), mapping=mapping, asked=asked or Asked(), shift_dates=shift_dates)
    record: RunRecord | None = None
    try:
        async with opened_feed(origin, mapping, private_hosts) as feed, database.system() as claim:
            await claim_feed(claim, order.feed)
            await check_categories(claim, mapping)
            centre = await centre_of(claim, mapping)
            shift = shift_of(mapping, claim.now, wanted=shift_dates)
            if not dry_run:
                record = await begin(database, order, Content(sha256=feed.sha256, rows=feed.total), shift)
                shift = shift_of_run(record, mapping)
            run = Run(mapping=mapping, shift=shift, now=record.started_at if record else claim.now)
            work = Work(database, claim, record, run, centre, feed.total, on_reject, report, batch_rows)
            counts = await _import(work, feed, accept_vanished=accept_vanished)
    except HighstreetError as problem:
        if not dry_run:
            await record_failure(database, order, record, problem)
        raise
    return summary(order.source, work, counts, found=feed.found, never_stated=feed.never_stated)


async def _import(work: Work, feed: Feed, *, accept_vanished: bool) -> Counts:
    reader = DealReader(work.run.mapping, work.run.shift)
    counts = await bring(work, reader, enumerate(feed.rows(), 1))
    if work.run.mapping.feed.vanished is Vanished.END:
        counts = await end_vanished(
            work.database, work.claim, work.record, work.run, reader, counts, accepted=accept_vanished
        )
    await finish(work, counts)
    return counts


async def bring(work: Work, reader: DealReader, rows: Iterable[Numbered]) -> Counts:
    """Write what rows state, and go on behind those that the run has done already; what it has done then."""
    counts = work.record.counts() if work.record else Counts()
    done_before, seen = counts.rows_done, 0
    async with (
        aclosing(ahead(_batches(_taken(rows, reader), work.batch_rows, done_before))) as taken,
        aclosing(_prepared(work, reader, taken)) as prepared,
        aclosing(_one_ahead(prepared)) as batches,  # a batch is prepared while the database writes the one before it
    ):
        async for batch in batches:
            for refused in batch.rejects:
                work.on_reject(refused)
            seen += len(batch.deals) + len(batch.refused)
            if seen > done_before:
                counts = await _write(work, batch, counts)
            work.report(seen, work.total)
    assert counts.rows_done == work.total, "every row is accepted or rejected"
    return counts


async def _prepared(work: Work, reader: DealReader, batches: AsyncIterator[Sequence[_Taken]]) -> AsyncGenerator[_Batch]:
    towns = Towns(work.run.mapping)
    async for taken in batches:
        await claims.keep_claim(work.claim)
        batch = _Batch()
        for number, row, stated in taken:
            read = await prepare(work.claim, stated, towns, work.run)
            if isinstance(read, Reject):
                batch.rejects.append(read)
                batch.refused.append(_refused(reader, number, row, read))
            else:
                batch.deals.append(read)
        yield batch


async def _one_ahead(items: AsyncIterator[T]) -> AsyncGenerator[T]:
    """The items in turn, each waited for while the one before it is worked on."""

    async def following() -> T | None:
        return await anext(items, None)

    coming = asyncio.create_task(following())
    try:
        while (item := await coming) is not None:
            coming = asyncio.create_task(following())
            yield item
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def finish(work: Work, counts: Counts) -> None:
    """Let the run be done, and what it wrote be compared with the other deals."""
    if work.record is not None:
        async with work.database.system() as tx:
            await runs.end(tx, work.record.id, RunState.DONE)
            if counts.rows_new or counts.rows_changed:
                await catalog.ask_for_search(tx)


def summary(
    source: str,
    work: Work,
    counts: Counts,
    *,
    found: dict[str, str] | None = None,
    never_stated: Sequence[str] = (),
) -> ImportSummary:
    """What is told of an import."""
    return ImportSummary(
        run=work.record.number if work.record else None,
        continued_at=work.record.rows_done if work.record else 0,
        feed=work.run.mapping.feed.name,
        source=source,
        rows=work.total,
        accepted=counts.accepted,
        rejected=counts.rows_rejected,
        new=counts.rows_new,
        changed=counts.rows_changed,
        same=counts.rows_same,
        vanished=counts.deals_vanished,
        spared=counts.deals_spared,
        by_reach=counts.by_reach,
        rejected_by_field=counts.rejected_by_field,
        ended=counts.rows_over,
        shifted_days=work.run.shift.days,
        dry_run=work.record is None,
        found=found or {},
        never_stated=list(never_stated),
    )


def _refused(reader: DealReader, number: int, row: Row | Reject, reject: Reject) -> RefusedRow:
    if isinstance(row, Reject):
        return RefusedRow.of(number, reject, None)
    key = reader.key_of(row) if reject.field == "key" else None
    return RefusedRow.of(number, reject, row.cells, same_key_as=reader.line_of(key) if key else None)


class _Unwanted(Exception):
    """Rolls a dry run's batch back, with what it would have done."""

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__()
        self.outcome = outcome


async def _write(work: Work, batch: _Batch, counts: Counts) -> Counts:
    """One batch in a transaction of its own, with the division if it is missing and the run's new counts."""
    deals = batch.deals
    try:
        async with work.database.system() as tx:
            division = await _division(tx, work) if deals else []
            outcome = await catalog.import_deals(tx, deals, first_seen=work.run.now)
            if work.record is None:
                raise _Unwanted(outcome)
            after = counts.after(deals, outcome, batch.rejects, work.run.now)
            if not await runs.count(tx, work.record.id, counts, after):
                raise Conflict(f"Run {work.record.number} of {work.record.feed} is no longer this import's.")
            await changes.add(tx, work.record.id, outcome.written, merchants=outcome.merchants, divisions=division)
            await rejects.add(tx, work.record.id, batch.refused, counts.rows_rejected)
    except _Unwanted as unwanted:
        return counts.after(deals, unwanted.outcome, batch.rejects, work.run.now)
    return after


async def _division(tx: Transaction, work: Work) -> list[UUID]:
    """See that the mapping's division is there; its id, if it was not."""
    division = work.run.mapping.division
    if division is None or work.centre is None or await catalog.division_by_slug(tx, division.slug) is not None:
        return []
    draft = DivisionDraft(slug=division.slug, name=division.name, place_id=work.centre.id, radius_km=division.radius_km)
    return [await catalog.create_division(tx, draft)]


def _taken(rows: Iterable[Numbered], reader: DealReader) -> Iterator[_Taken]:
    for number, row in rows:
        yield number, row, reader.take(row)


def _batches(rows: Iterable[T], size: int, done_before: int) -> Iterator[list[T]]:
    """Rows in lists of at most `size`; one ends where the run had come before."""
    left, start = iter(rows), 0
    while batch := list(islice(left, min(size, done_before - start) if start < done_before else size)):
        start += len(batch)
        yield batch
