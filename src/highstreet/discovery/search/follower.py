"""The follower keeps one process's search index in step with the catalogue.

It asks the catalogue for changes several times a second, which costs one small query when there are none, and makes the
next generation beside the running requests. While the database is away it serves the last generation, tries again ever
more slowly, and says how old its knowledge is.
"""

import asyncio
import contextlib
import gc
import re
from time import monotonic

import structlog

from highstreet.discovery.search.generations import Builder, SearchIndex
from highstreet.kit import cancellation
from highstreet.kit.database import VISITOR, Database
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.changes import ChangeCursor
from highstreet.market.catalog.domain.places import Place

_LONGEST_PAUSE_S = 5.0
_NAMES_LAST_S = 30.0
"""Categories and divisions are read with every change, and after this long without one."""
_REMEMBERED_PLACES = 4096
_SLUG = re.compile(r"[a-z0-9-]{1,200}")

_log = structlog.stdlib.get_logger()


class Follower:
    """One a process. Read `index` once a request and answer from that generation alone."""

    def __init__(self, database: Database, *, poll_seconds: float = 0.25) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._builder = Builder()
        self._cursor: ChangeCursor | None = None
        self._read_at: float | None = None
        self._names_read_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._places: dict[str, Place] = {}
        self.index: SearchIndex = self._builder.index

    @property
    def ready(self) -> bool:
        """Whether the first load is done."""
        return self._cursor is not None

    def age_seconds(self) -> float | None:
        """How long ago the database was last read; None before the first time. Grows while the database is away."""
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
        """Begin to follow; returns before the first load is done."""
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
                await self._catch_up()
                pause = self._poll_seconds
            except Exception:  # noqa: BLE001 -- whatever it was, who stops following serves an ever older index
                _log.exception("search index cannot follow the catalogue", age_seconds=self.age_seconds())
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            await cancellation.pause(pause)

    async def _catch_up(self) -> None:
        """Read what changed and serve the generation after it. The cursor moves last: what fails is read again."""
        categories, divisions = self.index.categories, self.index.divisions
        began = monotonic()
        async with self._database.system() as tx:
            changes = await catalog.changed_deals(tx, self._cursor)
            if changes.published or changes.withdrawn or self._names_are_old(began):
                categories = await catalog.categories(tx)
                divisions = tuple(await catalog.divisions(tx))
                self._names_read_at = began
        # In a thread, so that requests are answered meanwhile.
        self.index = await asyncio.to_thread(
            self._builder.apply, changes.published, changes.withdrawn, categories, divisions
        )
        if self._cursor is None:
            _spare_the_collector()
        self._cursor = changes.cursor
        self._read_at = began

    def _names_are_old(self, now: float) -> bool:
        return self._names_read_at is None or now - self._names_read_at > _NAMES_LAST_S


def _spare_the_collector() -> None:
    """Take what is loaded out of the garbage collector's sight.

    It is hundreds of thousands of objects that live long and form no cycles; a full collection that walks them all
    stops every request for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
