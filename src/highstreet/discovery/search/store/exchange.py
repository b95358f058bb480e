"""Bases go from machine to machine: one puts its own among the blobs, in pieces, and others begin with it.

A snapshot is a base and the cursor up to which it holds everything, so that who fetches it catches up from there. Its
pieces are known by what they are: those that are there already, on either side, are not carried again.
"""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import BinaryIO, Final

import msgspec
import structlog

from highstreet.discovery.search import repository
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.generation import Live
from highstreet.discovery.search.index.merge import all_alive
from highstreet.discovery.search.index.sections import VERSION
from highstreet.discovery.search.repository import Snapshot
from highstreet.discovery.search.store import container
from highstreet.discovery.search.store.container import UNFINISHED, NotWritten
from highstreet.discovery.search.store.generations import SEGMENT, Manifest, Whole
from highstreet.discovery.search.store.layout import fingerprint, open_segment
from highstreet.discovery.search.store.opening import Standing
from highstreet.discovery.search.store.shelf import LEVELS, Shelf
from highstreet.discovery.search.store.tables import Tables
from highstreet.kit.blobs import Blobs
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import HighstreetError
from highstreet.kit.threads import in_thread, raise_if_stopped
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.changes import ChangeCursor

PIECE_BYTES: Final = 8 * 2**20
_AT_ONCE: Final = 4
_KEPT: Final = 2
"""How many snapshots of the same kind stay."""
_STAYS: Final = timedelta(hours=1)
"""For so long, at least, whoever has begun to fetch a snapshot finds all of it."""
_ABANDONED: Final = timedelta(days=1)
"""Whoever began to put a snapshot there so long ago has not come to an end."""

_log = structlog.stdlib.get_logger(__name__)


async def is_due(tx: Transaction, manifest: Manifest, every: timedelta) -> bool:
    """Whether to publish: the newest snapshot like it is old, and the base is not in one already."""
    known = [each for each in await repository.snapshots(tx) if _alike(each, manifest.lineage, manifest.held)]
    if any(each.cursor == manifest.whole.cursor for each in known):
        return False
    return not known or known[0].begun_at + every <= tx.now


async def publish(database: Database, blobs: Blobs, directory: Path, manifest: Manifest, deals: int) -> None:
    """Put the base among the blobs, and remove what is not needed any more. Raises HighstreetError."""
    # A file that is open stays, whatever the indexer removes meanwhile.
    with (directory / manifest.segments[0]).open("rb") as file:
        digests = await in_thread(lambda: list(_digests(file)))
        async with database.system() as tx:
            snapshot = Snapshot(
                id=tx.new_id(),
                format=_format(),
                lineage=manifest.lineage,
                held=list(manifest.held),
                cursor=manifest.whole.cursor,
                tables=msgspec.json.encode(manifest.whole.tables).decode(),
                digests=digests,
                bytes=file.seek(0, 2),
                deals=deals,
                complete_at=None,
                begun_at=tx.now,
            )
            await repository.begin_snapshot(tx, snapshot)
        for position, digest in enumerate(digests):
            if not await blobs.exists(digest):
                await blobs.put(await in_thread(partial(os.pread, file.fileno(), PIECE_BYTES, position * PIECE_BYTES)))
    async with database.system() as tx:
        await repository.complete_snapshot(tx, snapshot.id)
    _log.info("search index published", deals=deals, bytes=snapshot.bytes)
    await _retire(database, blobs)


async def fetch(database: Database, blobs: Blobs, directory: Path, rng: Random, held: Sequence[str]) -> Standing | None:
    """The newest snapshot that can be used, on the disk and not yet the one that counts; None where there is none."""
    async with database.system() as tx:
        lineage = await repository.lineage(tx)
        for snapshot in await repository.snapshots(tx):
            usable = snapshot.complete_at is not None and _alike(snapshot, lineage, held)
            if usable and await repository.is_past(tx, snapshot.cursor):
                break
        else:
            return None
    try:
        return await _fetched(blobs, directory, rng, snapshot)
    except HighstreetError as problem:
        _log.warning("published search index cannot be used", reason=str(problem), begun_at=str(snapshot.begun_at))
        return None


async def _fetched(blobs: Blobs, directory: Path, rng: Random, snapshot: Snapshot) -> Standing:
    uid = f"{rng.getrandbits(64):016x}"
    path = directory / (uid + SEGMENT)
    draft = path.with_name(path.name + UNFINISHED)
    here = await in_thread(lambda: _pieces_here(directory, frozenset(snapshot.digests)))
    try:
        with draft.open("wb") as file:
            await _bring(blobs, file, snapshot.digests, here)
            await in_thread(lambda: os.fsync(file.fileno()))
        draft.replace(path)
        sections = await in_thread(lambda: open_segment(path))
    except OSError as problem:
        raise NotWritten(f"The search index cannot be written to {directory}: {problem.strerror}") from problem
    finally:
        await in_thread(lambda: draft.unlink(missing_ok=True))
    tables = msgspec.json.decode(snapshot.tables, type=Tables)
    shelf = Shelf(directory, rng, ())
    base = Live(uid, sections, all_alive(sections.meta.rows))
    nothing = [build((), CategoryTree(())) for _ in range(1, LEVELS)]
    shelf.adopt((base, *[await in_thread(partial(shelf.put, each)) for each in nothing]), ())
    manifest = Manifest(
        number=rng.getrandbits(48),
        segments=shelf.names,
        lineage=snapshot.lineage,
        cursor=snapshot.cursor,
        held=tuple(snapshot.held),
        tables=tables,
        whole=Whole(snapshot.cursor, tables),
    )
    return Standing(manifest, shelf, ChangeCursor(snapshot.cursor))


async def _bring(blobs: Blobs, file: BinaryIO, digests: Sequence[str], here: Mapping[str, tuple[Path, int]]) -> None:
    """Put all pieces into the file, several at once. Raises HighstreetError."""
    waiting = iter(enumerate(digests))

    async def work() -> None:
        for position, digest in waiting:
            known = here.get(digest)
            data = await blobs.get(digest) if known is None else await in_thread(partial(_piece_of, *known))
            await in_thread(partial(os.pwrite, file.fileno(), data, position * PIECE_BYTES))

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(work())
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None


async def _retire(database: Database, blobs: Blobs) -> None:
    """Forget snapshots that nobody needs any more, then remove the blobs that none speaks of."""
    async with database.system() as tx:
        known = await repository.snapshots(tx)
        lineage = await repository.lineage(tx)
        old = [each for each in known if _is_old(each, known, lineage, tx.now)]
        await repository.forget_snapshots(tx, [each.id for each in old])
        needed = {digest for each in known if each not in old for digest in each.digests}
    for digest in {digest for each in old for digest in each.digests} - needed:
        await blobs.delete(digest)


def _is_old(snapshot: Snapshot, known: Sequence[Snapshot], lineage: str, now: datetime) -> bool:
    if snapshot.complete_at is None:
        return snapshot.begun_at + _ABANDONED <= now
    newer = [
        each
        for each in known
        if each.complete_at is not None
        and each.complete_at > snapshot.complete_at
        and (each.format, each.lineage, each.held) == (snapshot.format, snapshot.lineage, snapshot.held)
    ]
    needed = snapshot.lineage == lineage and len(newer) < _KEPT
    return not needed and snapshot.complete_at + _STAYS <= now


def _format() -> str:
    return f"{container.VERSION}.{VERSION}.{fingerprint()}"


def _alike(snapshot: Snapshot, lineage: str, held: Sequence[str]) -> bool:
    return (snapshot.format, snapshot.lineage, snapshot.held) == (_format(), lineage, list(held))


def _digests(file: BinaryIO) -> Iterator[str]:
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        raise_if_stopped()
        yield hashlib.sha256(piece).hexdigest()


def _pieces_here(directory: Path, wanted: frozenset[str]) -> dict[str, tuple[Path, int]]:
    """Where pieces stand in files that are here already, be they whole or not."""
    found: dict[str, tuple[Path, int]] = {}
    for path in directory.glob(f"*{SEGMENT}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            found |= {digest: (path, at) for at, digest in enumerate(_digests(file)) if digest in wanted}
    return found


def _piece_of(path: Path, position: int) -> bytes:
    with path.open("rb") as file:
        return os.pread(file.fileno(), PIECE_BYTES, position * PIECE_BYTES)
