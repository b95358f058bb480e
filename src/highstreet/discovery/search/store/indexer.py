"""The indexer keeps the index on disk in step with the catalogue, for all processes of a machine.

It asks the catalogue for changes several times a second, which costs one small query when there are none. While the
database is away, or the disk is full, the last generation stays, and it tries again ever more slowly.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final

import msgspec
import structlog

from highstreet.discovery.search.index import stored
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.generation import Live
from highstreet.discovery.search.index.merge import merge
from highstreet.discovery.search.store import exchange, generations, opening
from highstreet.discovery.search.store.generations import SEGMENT, Manifest, Sweeper, Whole
from highstreet.discovery.search.store.holding import holder
from highstreet.discovery.search.store.lock import only_one
from highstreet.discovery.search.store.merging import carry_out_aside
from highstreet.discovery.search.store.news import news
from highstreet.discovery.search.store.opening import Standing
from highstreet.discovery.search.store.shelf import BASE, Merge, Shelf, living
from highstreet.discovery.search.store.tables import read_tables
from highstreet.kit import cancellation
from highstreet.kit.blobs import Blobs
from highstreet.kit.database import Database
from highstreet.kit.errors import HighstreetError
from highstreet.kit.threads import in_thread
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.changes import DealChanges

POLL_SECONDS: Final = 0.15
_LONGEST_PAUSE_S: Final = 5.0
_TABLES_LAST_S: Final = 2.0
"""Categories, divisions and synonyms are read with every change, and after this long without one."""
_ASIDE_ROWS: Final = 60_000
"""Merges of more rows are done by a process of their own."""
_TOLD_S: Final = 2.0
_MERGE_AGAIN_S: Final = 10.0
_LOOK_WHETHER_TO_PUBLISH_S: Final = 30.0

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Where snapshots are taken from, and how often one's own is put there; None: never."""

    blobs: Blobs
    publish_every: timedelta | None = None


class Indexer:
    """One a machine works, others stand by. `held` are slugs of divisions; none: all deals."""

    def __init__(
        self,
        database: Database,
        directory: Path,
        rng: Random,
        *,
        held: Sequence[str] = (),
        exchanging: Exchange | None = None,
        poll_seconds: float = POLL_SECONDS,
        aside_rows: int = _ASIDE_ROWS,
    ) -> None:
        self._database = database
        self._directory = directory
        self._rng = rng
        self._held = tuple(sorted(held))
        self._exchange = exchanging
        self._poll_seconds = poll_seconds
        self._aside_rows = aside_rows
        self._sweeper = Sweeper(directory)
        self._standing: Standing | None = None
        self._tables_read_at: float | None = None
        self._distrusted = False
        self._merging: asyncio.Task[Live] | None = None
        self._merge_not_before = 0.0
        self._whole: Whole | None = None
        self._publishing: asyncio.Task[None] | None = None
        self._publish_not_before = 0.0
        self._told: str | None = None

    async def run(self) -> None:
        """Until cancelled."""
        await in_thread(partial(self._directory.mkdir, parents=True, exist_ok=True))
        async with only_one(self._directory):
            try:
                await self._follow()
            finally:
                await _ended(self._merging)
                await _ended(self._publishing)

    async def _follow(self) -> None:
        pause = self._poll_seconds
        while True:
            try:
                await self._go_round()
                self._told, pause = None, self._poll_seconds
            except HighstreetError as problem:
                self._tell(str(problem))
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            except Exception:  # noqa: BLE001 -- whatever it was, who stops now leaves everybody an ever older index
                _log.exception("search index cannot follow the catalogue")
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            await cancellation.pause(pause)

    async def _go_round(self) -> None:
        if self._standing is None:
            self._standing = await self._open()
        await self._catch_up(self._standing)
        await self._look_after_merges(self._standing)
        await self._look_after_publishing(self._standing)
        shelf = self._standing.shelf
        await in_thread(lambda: self._sweeper.sweep(shelf.needed))
        damaged = generations.marked_damaged(self._directory, shelf.names)
        if damaged:
            _log.error("search index is damaged and is made anew", file=damaged[0])
            await self._start_anew()

    async def _open(self) -> Standing:
        """An index to go on from, which is the one that counts. Raises HighstreetError."""
        began = monotonic()
        found = None if self._distrusted else await in_thread(lambda: opening.from_disk(self._directory, self._rng))
        if found is not None:
            async with self._database.system() as tx:
                if not await opening.fits(tx, found.manifest, self._held):
                    found = None
        how = "opened"
        if found is None:
            await in_thread(partial(self._sweeper.sweep, generations.named(self._directory)))
            if self._exchange is not None:
                how = "fetched"
                found = await exchange.fetch(
                    self._database, self._exchange.blobs, self._directory, self._rng, self._held
                )
            if found is None:
                how = "built"
                found = await opening.from_database(self._database, self._directory, self._rng, self._held)
            await in_thread(partial(self._publish, found, found.manifest, found.shelf.segments))
        self._tables_read_at, self._distrusted = None, False
        _log.info(f"search index {how}", deals=found.shelf.size, seconds=round(monotonic() - began, 2))
        await in_thread(partial(_warm, found.shelf))
        return found

    async def _catch_up(self, standing: Standing) -> None:
        """Publish the generation after what changed. The cursor moves last: what fails is read again."""
        before = standing.manifest
        tables = before.tables
        began = monotonic()
        async with self._database.system() as tx:
            changes = await catalog.changed_deals(tx, standing.cursor)
            if changes.published or changes.withdrawn or self._tables_are_old(began):
                tables = await read_tables(tx)
                self._tables_read_at = began
        if before.held and tables.divisions != before.tables.divisions:
            _log.info("divisions have changed, and with them what the search index is to hold")
            await self._start_anew()
            return
        if changes.published or changes.withdrawn or tables != before.tables:
            after = msgspec.structs.replace(before, cursor=changes.cursor.snapshot, tables=tables)
            await in_thread(partial(self._take_in, standing, changes, after))
        standing.cursor = changes.cursor
        generations.beat(self._directory, standing.manifest.number, began)

    def _take_in(self, standing: Standing, changes: DealChanges, after: Manifest) -> None:
        before, shelf = standing.manifest, standing.shelf
        holds = holder(after.held, after.tables.divisions)
        fresh = news(shelf, changes, holds, before.tables.categories, after.tables.categories)
        if fresh.published or fresh.withdrawn or before.tables != after.tables:
            segments = shelf.apply(fresh.published, fresh.withdrawn, after.tables.categories)
            self._publish(standing, after, segments)
            shelf.adopt(segments, fresh.ids)

    def _publish(self, standing: Standing, manifest: Manifest, segments: Sequence[Live]) -> None:
        following = msgspec.structs.replace(
            manifest,
            number=standing.manifest.number + 1,
            segments=tuple(segment.uid + SEGMENT for segment in segments),
        )
        generations.publish(self._directory, following, [segment.alive for segment in segments])
        standing.manifest = following

    async def _look_after_merges(self, standing: Standing) -> None:
        shelf = standing.shelf
        if shelf.merging is None and monotonic() >= self._merge_not_before:
            work = shelf.plan()
            if work is not None:
                self._whole = Whole(standing.manifest.cursor, standing.manifest.tables)
                self._merging = asyncio.create_task(self._merge(shelf, work), name="search-merge")
        elif shelf.merging is not None and self._merging is not None and self._merging.done():
            work, self._merge_not_before = shelf.merging, monotonic() + _MERGE_AGAIN_S
            try:
                merged = self._merging.result()
                segments = await in_thread(partial(shelf.finish, work, merged))
                manifest = standing.manifest
                if work.level == BASE and self._whole is not None:
                    manifest = msgspec.structs.replace(manifest, whole=self._whole)
                await in_thread(partial(self._publish, standing, manifest, segments))
                shelf.adopt(segments, ())
                self._merge_not_before = 0.0
            finally:
                shelf.merging = self._merging = None

    async def _merge(self, shelf: Shelf, work: Merge) -> Live:
        if sum(living(source) for source in work.sources) < self._aside_rows:
            return await in_thread(partial(shelf.carry_out, work))
        await carry_out_aside(self._directory, work)
        return await in_thread(partial(shelf.taken_up, work))

    async def _look_after_publishing(self, standing: Standing) -> None:
        if self._publishing is not None and self._publishing.done():
            publishing, self._publishing = self._publishing, None
            publishing.result()
        if self._exchange is None or self._exchange.publish_every is None or self._publishing is not None:
            return
        if monotonic() < self._publish_not_before:
            return
        self._publish_not_before = monotonic() + _LOOK_WHETHER_TO_PUBLISH_S
        async with self._database.system() as tx:
            due = await exchange.is_due(tx, standing.manifest, self._exchange.publish_every)
        if due:
            base = standing.shelf.segments[BASE].sections.meta.rows
            self._publishing = asyncio.create_task(
                exchange.publish(self._database, self._exchange.blobs, self._directory, standing.manifest, base),
                name="search-publishing",
            )

    async def _start_anew(self) -> None:
        """Leave what is on the disk alone, which readers go on with, and make another index."""
        await _ended(self._merging)
        self._merging, self._standing, self._distrusted = None, None, True

    def _tables_are_old(self, now: float) -> bool:
        return self._tables_read_at is None or now - self._tables_read_at > _TABLES_LAST_S

    def _tell(self, problem: str) -> None:
        """Once, however often it happens."""
        if problem != self._told:
            _log.error("search index cannot follow the catalogue", reason=problem)
        self._told = problem


async def _ended(task: "asyncio.Task[Any] | None") -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _warm(shelf: Shelf) -> None:
    """Have compiled what the first change would have to wait for."""
    began = monotonic()
    base = shelf.segments[BASE]
    if base.sections.meta.rows:
        deal = stored.deal(base.sections, 0)
        alone = shelf.put(build([deal], CategoryTree(())))
        merge([(alone.sections, alone.alive), (build([deal], CategoryTree(())), alone.alive)])
    seconds = monotonic() - began
    if seconds > _TOLD_S:
        _log.info("search compiled; it is kept for the next start", seconds=round(seconds, 1))
