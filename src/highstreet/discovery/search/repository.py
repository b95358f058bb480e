"""All SQL of search."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.discovery.search.saved import AlertMatched, Match, SavedSearch
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


_SAVED: Final = """
    SELECT
        id, owner_id, text, latitude, longitude, radius_km, category, min_price_minor, max_price_minor, currency,
        min_discount, days, usable_today, new_merchant, created_at, expires_at, paused
    FROM search.saved_searches
"""


def _saved(**columns: Any) -> SavedSearch:  # noqa: ANN401 -- the columns of a row
    return msgspec.convert(columns, SavedSearch)


async def insert_saved_search(tx: Transaction, search: SavedSearch) -> None:
    await tx.execute(
        """
        INSERT INTO search.saved_searches (
            id, owner_id, text, latitude, longitude, radius_km, category, min_price_minor, max_price_minor, currency,
            min_discount, days, usable_today, new_merchant, created_at, expires_at, paused
        ) VALUES (
            %(id)s, %(owner_id)s, %(text)s, %(latitude)s, %(longitude)s, %(radius_km)s, %(category)s,
            %(min_price_minor)s, %(max_price_minor)s, %(currency)s, %(min_discount)s, %(days)s, %(usable_today)s,
            %(new_merchant)s, %(created_at)s, %(expires_at)s, %(paused)s
        )
        """,
        msgspec.structs.asdict(search) | {"days": list(search.days)},
    )


async def saved_searches(tx: Transaction, owner_id: UUID | None, limit: int) -> list[SavedSearch]:
    """Those of an owner, or all, the newest first."""
    return await tx.fetch_all(
        _saved,
        _SAVED + "WHERE (%(owner)s::uuid IS NULL OR owner_id = %(owner)s) ORDER BY id DESC LIMIT %(limit)s",
        {"owner": owner_id, "limit": limit},
    )


async def standing_searches(tx: Transaction) -> list[SavedSearch]:
    """All that are to be told of something."""
    return await tx.fetch_all(_saved, _SAVED + "WHERE NOT paused AND expires_at > %s", [tx.now])


async def changed_searches(tx: Transaction, since: str) -> list[SavedSearch]:
    """Those that changed outside a snapshot, whether or not they are to be told of anything."""
    return await tx.fetch_all(
        _saved,
        _SAVED
        + """
        WHERE
            changed_xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
            AND NOT pg_visible_in_snapshot(changed_xid, %(since)s::pg_snapshot)
        """,
        {"since": since},
    )


class _Id(msgspec.Struct, frozen=True):
    id: UUID


async def saved_search_ids(tx: Transaction) -> set[UUID]:
    return {each.id for each in await tx.fetch_all(_Id, "SELECT id FROM search.saved_searches")}


async def pause_saved_search(tx: Transaction, search_id: UUID, *, paused: bool) -> bool:
    """Whether there is such a one."""
    return bool(await tx.execute("UPDATE search.saved_searches SET paused = %s WHERE id = %s", (paused, search_id)))


async def delete_saved_search(tx: Transaction, search_id: UUID) -> bool:
    """Whether there was such a one. What it was told of goes with it."""
    return bool(await tx.execute("DELETE FROM search.saved_searches WHERE id = %s", (search_id,)))


async def delete_expired_searches(tx: Transaction, limit: int) -> int:
    """How many went, of those whose time is over."""
    return await tx.execute(
        """
        DELETE FROM search.saved_searches WHERE id IN (
            SELECT id FROM search.saved_searches WHERE expires_at <= %s ORDER BY expires_at LIMIT %s
        )
        """,
        (tx.now, limit),
    )


async def matches(tx: Transaction, search_id: UUID | None, limit: int) -> list[Match]:
    """Of a saved search, or of all, the latest first."""
    return await tx.fetch_all(
        Match,
        """
        SELECT search_id, deal_id, matched_at FROM search.matches
        WHERE (%(search)s::uuid IS NULL OR search_id = %(search)s)
        ORDER BY matched_at DESC, search_id, deal_id LIMIT %(limit)s
        """,
        {"search": search_id, "limit": limit},
    )


async def insert_matches(tx: Transaction, pairs: Iterable[tuple[UUID, UUID]]) -> list[AlertMatched]:
    """The pairs of search and deal that are new, of searches that are there and are to be told."""
    searches, deals = zip(*pairs, strict=True)
    return await tx.fetch_all(
        AlertMatched,
        """
        WITH standing AS (
            SELECT id, owner_id FROM search.saved_searches
            WHERE id = ANY(%(searches)s) AND NOT paused AND expires_at > %(now)s
            ORDER BY id FOR KEY SHARE
        ), told AS (
            INSERT INTO search.matches (search_id, deal_id, matched_at)
            SELECT standing.id, pairs.deal_id, %(now)s
            FROM unnest(%(searches)s::uuid[], %(deals)s::uuid[]) AS pairs (search_id, deal_id)
            INNER JOIN standing ON pairs.search_id = standing.id
            ON CONFLICT DO NOTHING
            RETURNING search_id, deal_id
        )
        SELECT told.search_id, told.deal_id, standing.owner_id
        FROM told INNER JOIN standing ON told.search_id = standing.id
        ORDER BY told.search_id, told.deal_id
        """,
        {"searches": list(searches), "deals": list(deals), "now": tx.now},
    )


class Matched(msgspec.Struct, frozen=True):
    """How far the catalogue was matched: all up to `since`, and up to the deal `after` what changed until `until`."""

    since: str
    until: str | None
    after: UUID | None
    moved_at: datetime


async def matched(tx: Transaction) -> Matched | None:
    return await tx.fetch_one(Matched, "SELECT since, until, after, moved_at FROM search.matched")


async def keep_matched(tx: Transaction, position: Matched) -> None:
    await tx.execute(
        """
        INSERT INTO search.matched (sole, since, until, after, moved_at)
        VALUES (true, %(since)s, %(until)s, %(after)s, %(moved_at)s)
        ON CONFLICT (sole) DO UPDATE SET
            since = excluded.since, until = excluded.until, after = excluded.after, moved_at = excluded.moved_at
        """,
        msgspec.structs.asdict(position),
    )
