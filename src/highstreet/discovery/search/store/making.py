"""The segment of everything that is live, made from the database by several processes.

Each reads a part of the catalogue as it was at one moment and makes drafts of it; then one of them joins these and
writes the segment. They end when this process does, however that ends, and leave nothing. A small catalogue is not
worth their start.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, TypeVar, cast

import msgspec

from highstreet.discovery.search.index.assembling import assemble
from highstreet.discovery.search.index.build import Drafting
from highstreet.discovery.search.store import files
from highstreet.discovery.search.store.container import NotWritten
from highstreet.discovery.search.store.holding import holder
from highstreet.discovery.search.store.orders import ANSWERS, Began, Drafted, Failed, Join, Read, Start, Written
from highstreet.discovery.search.store.parts import Part
from highstreet.discovery.search.store.tables import Tables, read_tables
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import HighstreetError
from highstreet.kit.threads import in_thread
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.changes import ChangeCursor, LiveSpans

SPAN_DEALS: Final = 2_500
"""What is read at once: as deals, they take some ten megabytes."""
DRAFT_SPANS: Final = 10
"""How many spans make a draft."""
ALONE_DEALS: Final = 40_000
"""So many take one process about as long as others take to start."""

A = TypeVar("A", Began, Drafted, Written)
Told = Callable[[int, int], object]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What was read for a segment, all of it at one moment, and the cursor to ask with for what changes afterwards."""

    cursor: ChangeCursor
    tables: Tables


async def make(
    database: Database,
    path: Path,
    *,
    held: Sequence[str] = (),
    told: Told = lambda _done, _all: None,
    alone_deals: int = ALONE_DEALS,
) -> Made:
    """Write the segment of all live deals to `path`, or of those that the divisions named in `held` hold.

    `told` hears how many deals are read, and of how many. Raises HighstreetError, and then nothing is at `path`.
    """
    async with AsyncExitStack() as ends:
        async with database.reading() as tx:
            live = await catalog.live_spans(tx, SPAN_DEALS)
            tables = await read_tables(tx)
            made = Made(cursor=live.cursor, tables=tables)
            if live.deals <= alone_deals:
                await _alone(tx, path, live, made, held, told)
                return made
            drafts = [ends.enter_context(_without_name(path.parent)) for _ in range(_helpers(live))]
            start = Start(
                database_url=database.url,
                snapshot=await tx.share_snapshot(),
                categories=tables.categories,
                held=tuple(held),
                divisions=tables.divisions,
                handles=tuple(draft.fileno() for draft in drafts),
                own=0,
            )
            starts = [msgspec.structs.replace(start, own=own) for own in range(len(drafts))]
            helpers = [await ends.enter_async_context(_helper(each)) for each in starts]
            for helper in helpers:
                await helper.hear(Began)
        parts = await _read(helpers, live, told)
        await helpers[0].ask(Join(tuple(parts), os.fspath(path)), Written)
    return made


async def _alone(tx: Transaction, path: Path, live: LiveSpans, made: Made, held: Sequence[str], told: Told) -> None:
    drafting, holds = Drafting(made.tables.categories), holder(held, made.tables.divisions)
    done = 0
    for span in live.spans:
        deals = await catalog.deals_of(tx, span)
        await in_thread(partial(drafting.add, filter(holds, deals)))
        done += len(deals)
        told(done, live.deals)
    await in_thread(lambda: files.write(path, assemble([drafting.draft()])))


def _without_name(directory: Path) -> AbstractContextManager[BinaryIO]:
    """A file of which nothing is left, whatever becomes of the processes that have it open. Raises HighstreetError."""
    try:
        return cast("AbstractContextManager[BinaryIO]", tempfile.TemporaryFile(dir=directory))
    except OSError as problem:
        raise NotWritten(f"{directory} cannot be written to ({problem.strerror})") from None


def _helpers(live: LiveSpans) -> int:
    """One more than there are processors, since some wait for the database; no more than can have something to do."""
    return min((os.cpu_count() or 1) + 1, -(-len(live.spans) // DRAFT_SPANS))


async def _read(helpers: Sequence["_Helper"], live: LiveSpans, told: Told) -> list[Part]:
    """Have everything read, each helper taking what is next whenever it has done something."""
    starts = iter(range(0, len(live.spans), DRAFT_SPANS))
    parts: dict[int, Part] = {}
    done = 0

    async def work(helper: _Helper) -> None:
        nonlocal done
        for start in starts:
            drafted = await helper.ask(Read(live.spans[start : start + DRAFT_SPANS]), Drafted)
            parts[start] = drafted.part
            done += drafted.deals
            told(done, live.deals)

    try:
        async with asyncio.TaskGroup() as tasks:
            for helper in helpers:
                tasks.create_task(work(helper))
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None
    return [parts[start] for start in sorted(parts)]


@dataclass(frozen=True, slots=True)
class _Helper:
    """A process that reads or joins when it is told to."""

    process: asyncio.subprocess.Process

    async def ask(self, order: Read | Join, wanted: type[A]) -> A:
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(order) + b"\n")
        return await self.hear(wanted)

    async def hear(self, wanted: type[A]) -> A:
        """The next answer, of the wanted kind. Raises HighstreetError with what the process says instead."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise HighstreetError(f"A process that makes the search index ended with {await self.process.wait()}.")
        answer = ANSWERS.decode(line)
        if isinstance(answer, Failed):
            raise HighstreetError(answer.reason)
        assert isinstance(answer, wanted)
        return answer


@asynccontextmanager
async def _helper(start: Start) -> AsyncGenerator[_Helper]:
    """A helper that has begun, and is gone afterwards. It ends by itself when its input does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "highstreet.discovery.search.store.making_child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        pass_fds=start.handles,
        start_new_session=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(start) + b"\n")
        yield _Helper(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
