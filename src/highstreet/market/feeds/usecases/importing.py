"""Bringing the catalogue to what a feed states."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import TypeVar

from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportOutcome
from highstreet.market.catalog.domain.places import DivisionDraft, Place
from highstreet.market.feeds.domain.deals import DealReader
from highstreet.market.feeds.domain.imported import Run
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.rows import Reject
from highstreet.market.feeds.domain.runs import ImportSummary
from highstreet.market.feeds.readers.feed import Feed, open_feed
from highstreet.market.feeds.readers.source import Origin, name_of
from highstreet.market.feeds.repository import claims
from highstreet.market.feeds.usecases.preparing import Towns, centre_of, check_categories, prepare, shift_of

T = TypeVar("T")

BATCH_ROWS = 500
"""How many rows one transaction writes: an import that is killed keeps every batch that it had committed."""


async def import_feed(
    database: Database,
    origin: Origin,
    mapping: Mapping,
    *,
    private_hosts: Collection[str] = (),
    shift_dates: bool = False,
    dry_run: bool = False,
    on_reject: Callable[[Reject], None] = lambda _: None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportSummary:
    """Bring the catalogue to what a feed states; `report` hears the rows done and their total.

    `origin` is a file, `-` for standard input, or an HTTP(S) address, which may lead to a private network only if it
    is one of `private_hosts`.

    Only what changed since the feed's last import is written, in batches that each are wholly there or not at all. A
    row that cannot be used goes to `on_reject` and leaves its deal as it was. A deal that the file no longer states
    stays until its end.

    Raises InvalidInput, with nothing written, if the feed or the mapping cannot be used, and Conflict if an import of
    the same feed is under way. `dry_run` writes nothing and tells what would happen.
    """
    with open_feed(origin, mapping, private_hosts) as feed:
        async with database.system() as claim:
            if not await claims.claim(claim, mapping.feed.name):
                raise Conflict(f"An import of {mapping.feed.name} is already under way; wait for it to end.")
            run = Run(mapping=mapping, shift=shift_of(mapping, claim.now, wanted=shift_dates), now=claim.now)
            await check_categories(claim, mapping)
            centre = await centre_of(claim, mapping)
            towns = Towns(mapping)
            tally = _Tally(name_of(origin), feed.total)
            for batch in _batches(DealReader(mapping, run.shift).read_all(feed.rows())):
                await claims.keep_claim(claim)
                deals, rejects = await prepare(claim, batch, towns, run)
                if deals:
                    tally.add(deals, await _write(database, deals, centre, run, dry_run=dry_run))
                    tally.ended += sum(deal.state_at(run.now) is DealState.ENDED for deal in deals)
                for each in rejects:
                    tally.rejects[each.field or "row"] += 1
                    on_reject(each)
                report(tally.done, feed.total)
    return tally.summary(run, feed, dry_run=dry_run)


class _Tally:
    """What has been done so far in one import."""

    def __init__(self, source: str, total: int) -> None:
        self.source = source
        self.total = total
        self.outcomes = Counter[str]()
        self.reaches = Counter[str]()
        self.rejects = Counter[str]()
        self.ended = 0

    @property
    def done(self) -> int:
        return self.reaches.total() + self.rejects.total()

    def add(self, deals: list[ImportedDeal], outcome: ImportOutcome) -> None:
        self.reaches.update(str(deal.reach) for deal in deals)
        self.outcomes.update(new=outcome.new, changed=outcome.changed, same=outcome.same)

    def summary(self, run: Run, feed: Feed, *, dry_run: bool) -> ImportSummary:
        assert self.done == self.total, "every row is accepted or rejected"
        assert self.outcomes.total() == self.reaches.total(), "every accepted deal is new, changed or the same"
        return ImportSummary(
            feed=run.mapping.feed.name,
            source=self.source,
            rows=self.total,
            accepted=self.reaches.total(),
            rejected=self.rejects.total(),
            new=self.outcomes["new"],
            changed=self.outcomes["changed"],
            same=self.outcomes["same"],
            by_reach=dict(sorted(self.reaches.items())),
            rejected_by_field=dict(sorted(self.rejects.items())),
            ended=self.ended,
            shifted_days=run.shift.days,
            dry_run=dry_run,
            found=feed.found,
            never_stated=feed.never_stated,
        )


class _Undone(Exception):
    """Rolls a dry run's batch back, with what it would have done."""

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__()
        self.outcome = outcome


async def _write(
    database: Database, deals: list[ImportedDeal], centre: Place | None, run: Run, *, dry_run: bool
) -> ImportOutcome:
    """One batch in a transaction of its own, with the mapping's division if it is missing."""
    try:
        async with database.system() as tx:
            division = run.mapping.division
            if division and centre and await catalog.division_by_slug(tx, division.slug) is None:
                await catalog.create_division(
                    tx,
                    DivisionDraft(
                        slug=division.slug, name=division.name, place_id=centre.id, radius_km=division.radius_km
                    ),
                )
            outcome = await catalog.import_deals(tx, deals)
            if dry_run:
                raise _Undone(outcome)
    except _Undone as undone:
        return undone.outcome
    return outcome


def _batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch
