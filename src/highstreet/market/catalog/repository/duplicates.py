"""Pairs of deals that are likely the same: what is compared, what was proposed, and what somebody decided."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.changes import ChangeCursor
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.catalog.domain.duplicates import MERGEABLE, DuplicatePair, Pair, PairState, Proposal
from highstreet.market.catalog.domain.likeness import Comparable

_TURN: Final = 0x6475706C
"""Any number, the same in all processes: "dupl"."""

_COMPARABLE: Final = """
    SELECT
        deals.id, deals.title, merchants.name AS merchant, deals.currency, least.price_minor,
        coalesce(
            (
                SELECT array_agg(
                    ARRAY[
                        coalesce(locations.latitude, places.latitude), coalesce(locations.longitude, places.longitude)
                    ] ORDER BY deal_points.position
                )
                FROM catalog.deal_points
                LEFT JOIN catalog.locations ON deal_points.location_id = locations.id
                LEFT JOIN catalog.places ON deal_points.place_id = places.id
                WHERE deal_points.deal_id = deals.id AND deal_points.area IS NOT TRUE
            ), '{}'
        ) AS points,
        NOT EXISTS (
            SELECT FROM catalog.deal_points WHERE deal_points.deal_id = deals.id AND deal_points.location_id IS NULL
        ) AS exact
    FROM catalog.deals
    LEFT JOIN catalog.merchants ON deals.merchant_id = merchants.id
    CROSS JOIN LATERAL (
        SELECT min(options.price_minor) AS price_minor FROM catalog.options
        WHERE options.deal_id = deals.id AND options.position IS NOT NULL
    ) AS least
    WHERE deals.origin <> 'invented' AND least.price_minor IS NOT NULL
"""
_SIDE: Final = """
    json_build_object(
        'id', {side}.id, 'title', {side}.title, 'slug', {side}.slug,
        'merchant', (SELECT merchants.name FROM catalog.merchants WHERE merchants.id = {side}.merchant_id),
        'origin', {side}.origin, 'state', {side}.state,
        'feed', {side}.source_feed, 'key', {side}.source_key, 'url', {side}.source_url,
        'currency', {side}.currency,
        'price_minor', (
            SELECT min(options.price_minor) FROM catalog.options
            WHERE options.deal_id = {side}.id AND options.position IS NOT NULL
        ),
        'starts_at', {side}.starts_at, 'ends_at', {side}.ends_at, 'created_at', {side}.created_at
    )
"""
_PAIR: Final = (
    """
    SELECT
        duplicates.id, duplicates.state, duplicates.score, duplicates.reasons, duplicates.found_at,
        duplicates.decided_at, duplicates.withdrawn_id, duplicates.withdrawn_from,
    """
    + _SIDE.replace("{side}", "first")
    + " AS first,"
    + _SIDE.replace("{side}", "second")
    + """ AS second
    FROM catalog.duplicates
    INNER JOIN catalog.deals AS first ON duplicates.first_id = first.id
    INNER JOIN catalog.deals AS second ON duplicates.second_id = second.id
    """
)


class _Snapshot(msgspec.Struct, frozen=True):
    snapshot: str


class _Id(msgspec.Struct, frozen=True):
    id: UUID


async def comparables(tx: Transaction) -> list[Comparable]:
    """Every deal that may be merged or stay in a merge, in the order of their ids."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _COMPARABLE + "AND deals.state = ANY(%s) ORDER BY deals.id",
        [[state.value for state in MERGEABLE]],
    )
    return msgspec.convert(rows, list[Comparable])


async def compared(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Comparable]:
    """What is compared of deals, in whatever state."""
    rows = await tx.fetch_all(dict[str, Any], _COMPARABLE + "AND deals.id = ANY(%s)", [list(ids)])
    return {row.id: row for row in msgspec.convert(rows, list[Comparable])}


async def last_search(tx: Transaction) -> ChangeCursor | None:
    """Up to where the last search saw every change; None too where a restore has brought another server's numbers."""
    found = await tx.fetch_one(
        _Snapshot,
        """
        SELECT snapshot FROM catalog.duplicate_searches
        WHERE pg_snapshot_xmax(snapshot::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
        """,
    )
    return ChangeCursor(found.snapshot) if found else None


async def keep_search(tx: Transaction, cursor: ChangeCursor) -> None:
    await tx.execute(
        """
        INSERT INTO catalog.duplicate_searches (sole, snapshot, searched_at) VALUES (true, %(snapshot)s, %(now)s)
        ON CONFLICT (sole) DO UPDATE SET snapshot = excluded.snapshot, searched_at = excluded.searched_at
        """,
        {"snapshot": cursor.snapshot, "now": tx.now},
    )


async def changed(tx: Transaction, since: ChangeCursor) -> set[UUID]:
    """Deals that anything has changed about since the cursor, in whatever state they are now."""
    rows = await tx.fetch_all(
        _Id,
        """
        SELECT id FROM catalog.deals
        WHERE
            changed_xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
            AND NOT pg_visible_in_snapshot(changed_xid, %(since)s::pg_snapshot)
            AND changed_xid < pg_snapshot_xmax(pg_current_snapshot())
        """,
        {"since": since.snapshot},
    )
    return {row.id for row in rows}


async def take_turn(tx: Transaction) -> None:
    """Wait until nobody else writes what a search found; then nobody does before this transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])


async def pairs(tx: Transaction, touching: Sequence[UUID] | None) -> dict[tuple[UUID, UUID], Pair]:
    """The pairs on record; those of these deals, or all of them."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT first_id, second_id, state, score, first_digest, second_digest FROM catalog.duplicates
        WHERE %(touching)s::uuid[] IS NULL OR first_id = ANY(%(touching)s) OR second_id = ANY(%(touching)s)
        """,
        {"touching": None if touching is None else list(touching)},
    )
    return {(pair.first_id, pair.second_id): pair for pair in msgspec.convert(rows, list[Pair])}


async def propose(tx: Transaction, proposals: Sequence[Proposal]) -> None:
    """Put pairs forward, anew where they were on record. Never one that is merged."""
    rows = [{**msgspec.structs.asdict(one), "id": tx.new_id(), "found_at": tx.now} for one in proposals]
    await tx.execute(
        """
        INSERT INTO catalog.duplicates (
            id, first_id, second_id, state, score, reasons, first_digest, second_digest, found_at
        )
        SELECT id, first_id, second_id, 'proposed', score, reasons, first_digest, second_digest, found_at
        FROM json_populate_recordset(NULL::catalog.duplicates, %s::json)
        ON CONFLICT (first_id, second_id) DO UPDATE SET
            state = 'proposed', score = excluded.score, reasons = excluded.reasons, found_at = excluded.found_at,
            first_digest = excluded.first_digest, second_digest = excluded.second_digest, decided_at = NULL,
            actor_kind = NULL, actor_id = NULL
        WHERE duplicates.state <> 'merged'
        """,
        [msgspec.json.encode(rows).decode()],
    )


async def forget(tx: Transaction, keys: Sequence[tuple[UUID, UUID]]) -> None:
    """Take back proposals that are no longer likely."""
    await tx.execute(
        """
        DELETE FROM catalog.duplicates USING unnest(%s::uuid[], %s::uuid[]) AS gone (first_id, second_id)
        WHERE
            duplicates.first_id = gone.first_id AND duplicates.second_id = gone.second_id
            AND duplicates.state = 'proposed'
        """,
        [[first for first, _ in keys], [second for _, second in keys]],
    )


async def listed(tx: Transaction, state: PairState, limit: int) -> list[DuplicatePair]:
    """Pairs in a state, the likeliest first. A proposal of which one deal is gone is not one to decide about."""
    rows = await tx.fetch_all(
        dict[str, Any],
        _PAIR
        + """
        WHERE
            duplicates.state = %(state)s
            AND (%(state)s <> 'proposed' OR (first.state = ANY(%(open)s) AND second.state = ANY(%(open)s)))
        ORDER BY duplicates.score DESC, duplicates.id LIMIT %(limit)s
        """,
        {"state": state.value, "open": [each.value for each in MERGEABLE], "limit": limit},
    )
    return msgspec.convert(rows, list[DuplicatePair])


async def count_found(tx: Transaction, deal_ids: Sequence[UUID], since: datetime) -> int:
    """How many pairs with one of these deals were found since then, in whatever state."""
    found = await tx.fetch_one(
        dict[str, int],
        """
        SELECT count(*) AS pairs FROM catalog.duplicates
        WHERE found_at >= %(since)s AND (first_id = ANY(%(ids)s) OR second_id = ANY(%(ids)s))
        """,
        {"since": since, "ids": list(deal_ids)},
    )
    return found["pairs"] if found else 0


async def one(tx: Transaction, pair_id: UUID) -> DuplicatePair | None:
    row = await tx.fetch_one(dict[str, Any], _PAIR + "WHERE duplicates.id = %s", [pair_id])
    return msgspec.convert(row, DuplicatePair) if row else None


async def hold(tx: Transaction, pair_id: UUID) -> DuplicatePair | None:
    """A pair with both of its deals; nobody else changes any of them before the transaction ends."""
    await tx.execute(
        """
        SELECT FROM catalog.deals
        WHERE id IN (
            SELECT unnest(ARRAY[duplicates.first_id, duplicates.second_id]) FROM catalog.duplicates
            WHERE duplicates.id = %s
        )
        ORDER BY id FOR UPDATE
        """,
        [pair_id],
    )
    await tx.execute("SELECT FROM catalog.duplicates WHERE id = %s FOR UPDATE", [pair_id])
    return await one(tx, pair_id)


async def hold_deals(tx: Transaction, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these deals that are there: they stay, and nobody decides on their pairs, until the transaction ends."""
    rows = await tx.fetch_all(
        _Id, "SELECT id FROM catalog.deals WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(ids)]
    )
    return {row.id for row in rows}


async def decide(
    tx: Transaction,
    pair_id: UUID,
    state: PairState,
    *,
    digests: tuple[str, str],
    withdrawn: tuple[UUID, DealState] | None = None,
) -> None:
    """Keep what somebody decided, on what they saw; `withdrawn` is the deal that gives way, and its state so far."""
    await tx.execute(
        """
        UPDATE catalog.duplicates SET
            state = %(state)s, decided_at = %(now)s, actor_kind = %(actor_kind)s, actor_id = %(actor_id)s,
            first_digest = %(first)s, second_digest = %(second)s, withdrawn_id = %(withdrawn)s,
            withdrawn_from = %(before)s
        WHERE id = %(id)s
        """,
        {
            "id": pair_id,
            "state": state,
            "now": tx.now,
            "actor_kind": tx.actor.kind,
            "actor_id": tx.actor.id,
            "first": digests[0],
            "second": digests[1],
            "withdrawn": withdrawn[0] if withdrawn else None,
            "before": withdrawn[1] if withdrawn else None,
        },
    )


async def survivor(tx: Transaction, deal_id: UUID) -> UUID | None:
    """The deal that a deal gave way to, however many steps away; None for one that never did."""
    found = await tx.fetch_one(
        _Id,
        """
        WITH RECURSIVE way (id, steps) AS (
            SELECT %(id)s::uuid, 0
            UNION ALL
            SELECT
                CASE duplicates.withdrawn_id
                    WHEN duplicates.first_id THEN duplicates.second_id ELSE duplicates.first_id
                END,
                way.steps + 1
            FROM way INNER JOIN catalog.duplicates ON way.id = duplicates.withdrawn_id
        )
        SELECT id FROM way WHERE steps > 0 ORDER BY steps DESC LIMIT 1
        """,
        {"id": deal_id},
    )
    return found.id if found else None
