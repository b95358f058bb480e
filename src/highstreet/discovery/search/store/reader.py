"""The follower gives one process the index that the machine's indexer writes.

It looks several times a second whether another generation counts, opens what is new of it beside the running requests,
and then changes one reference. While there is nothing newer, or nothing that can be used, it serves the last one, and
says how old its knowledge is.
"""

import asyncio
import contextlib
import gc
import re
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

import structlog

from highstreet.discovery.search import repository
from highstreet.discovery.search.domain import Point, SearchQuery
from highstreet.discovery.search.finding import find
from highstreet.discovery.search.index.generation import Generation
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.store import generations
from highstreet.discovery.search.store.generations import SEGMENT, Stamp
from highstreet.discovery.search.suggesting import suggest
from highstreet.kit import cancellation
from highstreet.kit.database import VISITOR, Database
from highstreet.kit.errors import HighstreetError
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.places import Place

_POLL_SECONDS: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
_TOLD_S: Final = 2.0
_ANY_INSTANT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_REMEMBERED_PLACES: Final = 4096
_SLUG: Final = re.compile(r"[a-z0-9-]{1,200}")

_log = structlog.stdlib.get_logger(__name__)


class Follower:
    """One a process. Read `index` once a request and answer from that generation alone."""

    def __init__(self, database: Database, directory: Path, *, poll_seconds: float = _POLL_SECONDS) -> None:
        self._database = database
        self._directory = directory
        self._poll_seconds = poll_seconds
        self._stamp: Stamp | None = None
        self._lineage: str | None = None
        self._read_at: float | None = None
        self._told: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._places: dict[str, Place] = {}
        self.index = Generation(0, (), CategoryTree(()), ())

    @property
    def ready(self) -> bool:
        """Whether there is an index to answer from."""
        return self._stamp is not None

    def age_seconds(self) -> float | None:
        """How long ago the database was read for what is served, at the latest; None where nobody knows."""
        return None if self._read_at is None else monotonic() - self._read_at

    async def place(self, slug: str) -> Place | None:
        """A place by its slug. Places do not change while a process runs, so each is read from the database once."""
        known = self._places.get(slug)
        if known is None and _SLUG.fullmatch(slug):  # visitors may write anything where a slug should stand
            async with self._database.transaction(VISITOR) as tx:
                known = await catalog.place_by_slug(tx, slug)
            if known is not None:
                if len(self._places) >= _REMEMBERED_PLACES:
                    self._places.pop(next(iter(self._places)))
                self._places[slug] = known
        return known

    async def start(self) -> None:
        """Begin to follow; returns before there is an index."""
        self._task = asyncio.create_task(self._follow(), name="search-follower")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        pause = self._poll_seconds
        while True:
            try:
                await self._look()
                self._told, pause = None, self._poll_seconds
            except HighstreetError as problem:
                self._tell(str(problem))
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            except Exception:  # noqa: BLE001 -- whatever it was, who stops following serves an ever older index
                _log.exception("search index cannot be taken up", age_seconds=self.age_seconds())
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            await cancellation.pause(pause)

    async def _look(self) -> None:
        stamp = generations.stamp(self._directory)
        if stamp is not None and stamp != self._stamp:
            await self._take_up(stamp)
        beat = generations.heartbeat(self._directory)
        if beat is not None and self.ready and beat.number == self.index.number:
            self._read_at = beat.read_at

    async def _take_up(self, stamp: Stamp) -> None:
        """Serve the generation that counts. Raises HighstreetError where it cannot be served."""
        manifest, generation = await asyncio.to_thread(generations.load, self._directory, self._known())
        if manifest.lineage != self._lineage:
            async with self._database.system() as tx:
                lineage = await repository.lineage(tx)
            if manifest.lineage != lineage:
                raise HighstreetError("the index on disk was read from another database; waiting for the indexer")
            self._lineage = lineage
        await asyncio.to_thread(make_ready, generation, compiled=self.ready)
        if not self.ready:
            _spare_the_collector()
        self.index, self._stamp = generation, stamp

    def _known(self) -> dict[str, Sections]:
        return {segment.uid + SEGMENT: segment.sections for segment in self.index.segments}

    def _tell(self, problem: str) -> None:
        """Once, however often it happens."""
        if problem != self._told:
            _log.warning("search index cannot be taken up; the last one serves", reason=problem)
        self._told = problem


def _spare_the_collector() -> None:
    """Take what a process has loaded by now out of the garbage collector's sight.

    It is hundreds of thousands of objects, mostly of libraries, that stay for good; a full collection that walks them
    all stops every request for a tenth of a second.
    """
    gc.collect()
    gc.freeze()


def make_ready(generation: Generation, *, compiled: bool) -> None:
    """Work out beforehand what the first question would have to wait for."""
    if not compiled:
        began = monotonic()
        query = SearchQuery(at=_ANY_INSTANT, text="misspelled wo", centre=Point(0.0, 0.0))
        find(generation, query)
        suggest(generation, query, language="en")
        seconds = monotonic() - began
        if seconds > _TOLD_S:
            _log.info("search compiled; it is kept for the next start", seconds=round(seconds, 1))
    generation.plan("")
    generation.divisions_around(Point(0.0, 0.0))
