"""Importing a feed file: the door of this feature."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, InvalidInput
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportOutcome
from highstreet.market.catalog.domain.places import DivisionDraft, Place
from highstreet.market.feeds import repository
from highstreet.market.feeds.domain.deals import DealReader, StatedDeal
from highstreet.market.feeds.domain.imported import Run, imported_deal
from highstreet.market.feeds.domain.mapping import Mapping, nearest, parse_mapping
from highstreet.market.feeds.domain.places import Town, town
from highstreet.market.feeds.domain.rows import Reject, Unusable, reject
from highstreet.market.feeds.domain.shift import Shift, shift_to
from highstreet.market.feeds.readers.feed import open_feed
from highstreet.market.feeds.readers.source import Origin, name_of

T = TypeVar("T")

BATCH_ROWS = 500
"""How many rows one transaction writes: an import that is killed keeps every batch that it had committed."""

_MAX_MAPPING_BYTES = 2**20


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or with `dry_run` would do. `accepted` is new, changed and same together."""

    feed: str
    source: str
    """The name of the file, or the address without its query."""
    rows: int
    accepted: int
    rejected: int
    new: int
    changed: int
    same: int
    by_reach: dict[str, int]
    """Accepted deals by where they can be used."""
    rejected_by_field: dict[str, int]
    ended: int
    """How many of the accepted deals are over, so that nobody finds them."""
    shifted_days: int
    dry_run: bool
    found: dict[str, str]
    """What the mapping left open about the file and was found in it, where that is not the usual: keys of `[file]`."""


def shipped_mappings() -> list[str]:
    """The names of the mappings that come with Highstreet."""
    return sorted(entry.name.removesuffix(".toml") for entry in _shipped().iterdir() if entry.name.endswith(".toml"))


def _shipped() -> Traversable:
    return resources.files("highstreet.market.feeds") / "mappings"


def load_mapping(name: str) -> Mapping:
    """A mapping by the path of its TOML file, or by its name if it comes with Highstreet.

    Raises InvalidInput with one sentence that names the line and the field.
    """
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        shipped = shipped_mappings()
        if name not in shipped:
            raise InvalidInput.at(name, f"is not a mapping that comes with Highstreet{nearest(name, shipped)}")
        return parse_mapping((_shipped() / f"{name}.toml").read_text("utf-8"), name)
    try:
        if path.stat().st_size > _MAX_MAPPING_BYTES:
            raise InvalidInput.at(name, "is larger than a mapping can be")
        return parse_mapping(path.read_text("utf-8"), path.name)
    except UnicodeDecodeError:
        raise InvalidInput.at(name, "is not UTF-8 text") from None
    except OSError as problem:
        raise InvalidInput.at(name, f"cannot be read: {problem.strerror or problem}") from None


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
            if not await repository.claim(claim, mapping.feed.name):
                raise Conflict(f"An import of {mapping.feed.name} is already under way; wait for it to end.")
            run = Run(mapping=mapping, shift=_shift(mapping, claim.now, wanted=shift_dates), now=claim.now)
            await _check_categories(claim, mapping)
            centre = await _centre(claim, mapping)
            towns: dict[Town, Place | None] = {}
            tally = _Tally(name_of(origin), feed.total)
            for batch in _batches(DealReader(mapping, run.shift).read_all(feed.rows())):
                await repository.keep_claim(claim)
                deals, rejects = await _prepare(claim, batch, towns, run)
                if deals:
                    tally.add(deals, await _write(database, deals, centre, run, dry_run=dry_run))
                    tally.ended += sum(deal.state_at(run.now) is DealState.ENDED for deal in deals)
                for each in rejects:
                    tally.rejects[each.field or "row"] += 1
                    on_reject(each)
                report(tally.done, feed.total)
    return tally.summary(run, feed.found, dry_run=dry_run)


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

    def summary(self, run: Run, found: dict[str, str], *, dry_run: bool) -> ImportSummary:
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
            found=found,
        )


class _Undone(Exception):
    """Rolls a dry run's batch back, with what it would have done."""

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__()
        self.outcome = outcome


def _shift(mapping: Mapping, now: datetime, *, wanted: bool) -> Shift:
    zone = ZoneInfo(mapping.feed.time_zone)
    dated = mapping.fields.starts_at is not None or mapping.fields.ends_at is not None
    if not (wanted and dated):
        return Shift(zone)
    if mapping.feed.captured_at is None:
        raise InvalidInput.at("feed.captured_at", "is not in the mapping; --shift-dates moves that moment to today")
    return shift_to(now, mapping.feed.captured_at, zone)


async def _check_categories(tx: Transaction, mapping: Mapping) -> None:
    if not mapping.categories:
        return
    tree = await catalog.categories(tx)
    known = sorted({slug for root in tree.roots() for slug in tree.subtree(root.slug)})
    for slug in mapping.categories.values():
        if slug not in known:
            raise InvalidInput.at("categories", f"{slug!r} is not a category of the catalogue{nearest(slug, known)}")


async def _centre(tx: Transaction, mapping: Mapping) -> Place:
    """The centre of the feed's division. Raises InvalidInput, or Conflict where the catalogue has no places at all."""
    try:
        wanted = town(mapping.division.place, mapping.places)
    except Unusable as problem:
        raise InvalidInput.at("division.place", f"{mapping.division.place!r} {problem.reason}") from None
    place = await catalog.locate(tx, wanted.name, wanted.region_code, wanted.country_code)
    if place is None:
        raise InvalidInput.at("division.place", f"{mapping.division.place!r} is not a place that the catalogue knows")
    return place


async def _prepare(
    tx: Transaction, batch: list[StatedDeal | Reject], towns: dict[Town, Place | None], run: Run
) -> tuple[list[ImportedDeal], list[Reject]]:
    """The usable deals of a batch, and the rest. `towns` remembers what was looked up."""
    deals: list[ImportedDeal] = []
    rejects: list[Reject] = []
    for row in batch:
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        try:
            place = await _located(tx, row.where.town, towns)
            deals.append(imported_deal(row, place, run))
        except Unusable as problem:
            value = row.stated_place if problem.field == "place" else problem.value
            rejects.append(reject(row.line, problem.reason, field=problem.field, value=value))
    return deals, rejects


async def _located(tx: Transaction, wanted: Town | None, towns: dict[Town, Place | None]) -> UUID | None:
    if wanted is None:
        return None
    if wanted not in towns:
        towns[wanted] = await catalog.locate(tx, wanted.name, wanted.region_code, wanted.country_code)
    place = towns[wanted]
    if place is None:
        looked_for = f"{wanted.name} in {wanted.region_code}, {wanted.country_code}"
        raise Unusable(f"is not a place that the catalogue knows (looked for {looked_for})", field="place")
    return place.id


async def _write(
    database: Database, deals: list[ImportedDeal], centre: Place, run: Run, *, dry_run: bool
) -> ImportOutcome:
    """One batch in a transaction of its own, with the division if it is missing."""
    try:
        async with database.system() as tx:
            division = run.mapping.division
            if await catalog.division_by_slug(tx, division.slug) is None:
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
