"""Where an index comes from when an indexer starts: the disk, else the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

import structlog

from highstreet.discovery.search import repository
from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.merge import all_alive, merge
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.store import generations
from highstreet.discovery.search.store.container import UnusableFile
from highstreet.discovery.search.store.generations import CURRENT, Manifest
from highstreet.discovery.search.store.holding import holder
from highstreet.discovery.search.store.shelf import LEVELS, Shelf
from highstreet.kit.database import Database, Transaction
from highstreet.kit.threads import in_thread, raise_if_stopped
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.changes import ChangeCursor
from highstreet.market.catalog.domain.deals import PublishedDeal

_CHUNK_ROWS: Final = 20_000

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
    """A new index of everything that is live, on the disk and not yet the one that counts. Raises NotWritten."""
    async with database.system() as tx:
        lineage = await repository.lineage(tx)
        changes = await catalog.changed_deals(tx, None)
        categories, divisions = await catalog.categories(tx), tuple(await catalog.divisions(tx))
    holds = holder(held, divisions)
    shelf = Shelf(directory, rng, ())

    def write() -> None:
        base = _built(filter(holds, changes.published), categories)
        nothing = (build((), categories) for _ in range(1, LEVELS))
        shelf.adopt(tuple(shelf.put(sections) for sections in (base, *nothing)), ())

    await in_thread(write)
    manifest = Manifest(
        number=rng.getrandbits(48),
        segments=shelf.names,
        lineage=lineage,
        cursor=changes.cursor.snapshot,
        held=tuple(held),
        categories=categories,
        divisions=divisions,
    )
    return Standing(manifest, shelf, changes.cursor)


def _built(deals: Iterator[PublishedDeal], categories: CategoryTree) -> Sections:
    parts: list[Sections] = []
    while chunk := list(islice(deals, _CHUNK_ROWS)):
        raise_if_stopped()
        parts.append(build(chunk, categories))
    if len(parts) == 1:
        return parts[0]
    return merge([(part, all_alive(part.meta.rows)) for part in parts]) if parts else build((), categories)
