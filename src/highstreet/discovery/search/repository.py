"""All SQL of search."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.kit.database import Transaction


class SynonymChange(msgspec.Struct, frozen=True):
    """How the synonyms here differ from the shipped ones: this one holds as well, or does not hold."""

    key: str
    phrases: list[str]
    finds: list[str]
    language: str | None
    holds: bool

    @property
    def synonym(self) -> Synonym:
        return Synonym(phrases=tuple(self.phrases), finds=tuple(self.finds), language=self.language)


async def lineage(tx: Transaction) -> str:
    """Names the catalogue's table of deals, as it is stored in this database of this cluster.

    A cursor of another lineage means nothing: it is from elsewhere, or from before the table was emptied.
    """
    cursor = await tx.connection.execute(
        """
        SELECT concat_ws('-', system_identifier, database.oid, pg_relation_filenode('catalog.deals'))
        FROM pg_control_system(), pg_database AS database
        WHERE database.datname = current_database()
        """
    )
    row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def is_past(tx: Transaction, snapshot: str) -> bool:
    """Whether a cursor is of this database's past.

    Where the whole cluster was put back to an earlier day, it may be of a future that never came.
    """
    cursor = await tx.connection.execute(
        "SELECT pg_snapshot_xmax(%s::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())", [snapshot]
    )
    row = await cursor.fetchone()
    assert row is not None
    return bool(row[0])


async def synonym_changes(tx: Transaction) -> list[SynonymChange]:
    """How synonyms differ here, what was changed first before the others."""
    return await tx.fetch_all(
        SynonymChange, "SELECT key, phrases, finds, language, holds FROM search.synonyms ORDER BY id"
    )


async def insert_synonyms(tx: Transaction, synonyms: Sequence[Synonym], *, holds: bool) -> None:
    """Put down that these hold, or do not; what is down already stays as it is."""
    ids = tx.new_ids()
    await tx.execute_many(
        """
        INSERT INTO search.synonyms (id, key, phrases, finds, language, holds, added_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (key) DO NOTHING
        """,
        [
            (next(ids), each.key, list(each.phrases), list(each.finds), each.language, holds, tx.now)
            for each in synonyms
        ],
    )


async def delete_synonyms(tx: Transaction, keys: Sequence[str]) -> None:
    await tx.execute("DELETE FROM search.synonyms WHERE key = ANY(%s)", [list(keys)])


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """An index among the blobs. `tables` is JSON, `digests` name the pieces of its file in their order."""

    id: UUID
    format: str
    lineage: str
    held: list[str]
    cursor: str
    tables: str
    digests: list[str]
    bytes: int
    deals: int
    complete_at: datetime | None
    begun_at: datetime


async def begin_snapshot(tx: Transaction, snapshot: Snapshot) -> None:
    await tx.execute(
        """
        INSERT INTO search.snapshots (
            id, format, lineage, held, cursor, tables, digests, bytes, deals, complete_at, begun_at
        ) VALUES (
            %(id)s, %(format)s, %(lineage)s, %(held)s, %(cursor)s, %(tables)s, %(digests)s, %(bytes)s, %(deals)s,
            %(complete_at)s, %(begun_at)s
        )
        """,
        msgspec.structs.asdict(snapshot),
    )


async def complete_snapshot(tx: Transaction, snapshot_id: UUID) -> None:
    await tx.execute("UPDATE search.snapshots SET complete_at = %s WHERE id = %s", (tx.now, snapshot_id))


async def snapshots(tx: Transaction) -> list[Snapshot]:
    """All of them, the newest first, those included whose pieces are still on their way."""
    return await tx.fetch_all(
        Snapshot,
        """
        SELECT id, format, lineage, held, cursor, tables::text, digests, bytes, deals, complete_at, begun_at
        FROM search.snapshots ORDER BY begun_at DESC, id DESC
        """,
    )


async def forget_snapshots(tx: Transaction, ids: Sequence[UUID]) -> None:
    await tx.execute("DELETE FROM search.snapshots WHERE id = ANY(%s)", [list(ids)])
