"""Where an index comes from when an indexer starts: the disk, else the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import structlog

from highstreet.discovery.search import repository
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.generation import Live
from highstreet.discovery.search.index.merge import all_alive
from highstreet.discovery.search.store import files, generations
from highstreet.discovery.search.store.container import UnusableFile
from highstreet.discovery.search.store.generations import CURRENT, SEGMENT, Manifest, Whole
from highstreet.discovery.search.store.making import ALONE_DEALS, Told, make
from highstreet.discovery.search.store.shelf import LEVELS, Shelf
from highstreet.kit.database import Database, Transaction
from highstreet.kit.threads import in_thread
from highstreet.market.catalog.domain.changes import ChangeCursor

_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class Standing:
    """Where an indexer stands: what it published last, the segments that it works on, and up to where it has read.

    The cursor runs ahead of the manifest's while nothing changes that search knows of.
    """

    manifest: Manifest
    shelf: Shelf
    cursor: ChangeCursor


def from_disk(directory: Path, rng: Random) -> Standing | None:
    """What the directory holds, every file of it verified; None, and a line in the log, where it cannot be used."""
    if not (directory / CURRENT).exists():
        return None
    try:
        manifest, generation = generations.load(directory, {})
        damaged = generations.marked_damaged(directory, manifest.segments)
        if damaged:
            raise UnusableFile(f"{directory / damaged[0]} is damaged: a deal in it does not have its checksum")
        if len(generation.segments) != LEVELS:
            raise UnusableFile(f"{directory / CURRENT} names {len(generation.segments)} segments, and not {LEVELS}")
    except UnusableFile as problem:
        _log.error("search index on disk cannot be used and is made anew", reason=str(problem))
        return None
    return Standing(manifest, Shelf(directory, rng, generation.segments), ChangeCursor(manifest.cursor))


async def fits(tx: Transaction, manifest: Manifest, held: Sequence[str]) -> bool:
    """Whether an index can go on from where it stands: it is of this database, and holds what it is to hold."""
    if manifest.held != tuple(held):
        reason = "it holds other divisions than it is to hold"
    elif manifest.lineage != await repository.lineage(tx):
        reason = "it was read from another database"
    elif not await repository.is_past(tx, manifest.cursor):
        reason = "the database was put back to an earlier day"
    else:
        return True
    _log.warning("search index is made anew", reason=reason)
    return False


async def from_database(database: Database, directory: Path, rng: Random, held: Sequence[str]) -> Standing:
    """A new index of everything that is live, on the disk and not yet the one that counts. Raises HighstreetError."""
    async with database.system() as tx:
        lineage = await repository.lineage(tx)
    uid = f"{rng.getrandbits(64):016x}"
    path = directory / (uid + SEGMENT)
    made = await make(database, path, held=held, told=_tell_tenths())
    shelf = Shelf(directory, rng, ())

    def take_up() -> None:
        sections = files.open(path)
        nothing = (build((), made.tables.categories) for _ in range(1, LEVELS))
        shelf.adopt((Live(uid, sections, all_alive(sections.meta.rows)), *map(shelf.put, nothing)), ())

    await in_thread(take_up)
    manifest = Manifest(
        number=rng.getrandbits(48),
        segments=shelf.names,
        lineage=lineage,
        cursor=made.cursor.snapshot,
        held=tuple(held),
        tables=made.tables,
        whole=Whole(made.cursor.snapshot, made.tables),
    )
    return Standing(manifest, shelf, made.cursor)


def _tell_tenths() -> Told:
    """Says in the log how far a large catalogue is read."""
    tenths = 0

    def told(done: int, deals: int) -> None:
        nonlocal tenths
        if deals > ALONE_DEALS and done * 10 // deals > tenths:
            tenths = done * 10 // deals
            _log.info("search index is being made", read=done, deals=deals)

    return told
