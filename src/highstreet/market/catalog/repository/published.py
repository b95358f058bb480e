"""Deals as they are read: joined by the server into the JSON of CompactDeal, and decoded in one go.

The server writes what msgspec reads, value for value in the order of the fields, so that no row passes through Python
objects of another kind on its way.
"""

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Parameters, Transaction
from highstreet.market.catalog.domain import compact
from highstreet.market.catalog.domain.changes import ChangeCursor, LiveSpan
from highstreet.market.catalog.domain.compact import CompactDeal
from highstreet.market.catalog.domain.deals import PUBLIC_STATES, PublishedDeal

_DECODER: Final = msgspec.json.Decoder(CompactDeal)

_DEALS: Final = """
    SELECT convert_to(json_build_array(
        deals.id, deals.slug, deals.state, deals.title, deals.description, deals.language, deals.currency,
        deals.merchant_id, merchants.slug, merchants.name, categories.slug, divisions.slug, deals.reach,
        coalesce(
            (
                SELECT json_agg(json_build_array(
                    coalesce(locations.latitude, places.latitude), coalesce(locations.longitude, places.longitude),
                    CASE
                        WHEN locations.id IS NOT NULL THEN 'address' WHEN deal_points.area THEN 'area' ELSE 'town'
                    END,
                    places.id, places.slug, places.name, places.time_zone, locations.id, locations.name,
                    locations.address, locations.opening_hours
                ) ORDER BY deal_points.position)
                FROM catalog.deal_points
                LEFT JOIN catalog.locations ON deal_points.location_id = locations.id
                INNER JOIN catalog.places ON places.id = coalesce(deal_points.place_id, locations.place_id)
                WHERE deal_points.deal_id = deals.id
            ), '[]'
        ),
        coalesce(
            (
                SELECT json_agg(json_build_array(
                    options.id, options.position, options.title, options.price_minor, options.value_minor,
                    options.value_evidence, options.cap, options.per_buyer_limit, options.redeem_from,
                    options.redeem_until, options.redeem_within_days
                ) ORDER BY options.position)
                FROM catalog.options WHERE options.deal_id = deals.id AND options.position IS NOT NULL
            ), '[]'
        ),
        deals.fine_print, deals.starts_at, deals.ends_at, deals.sold,
        CASE WHEN deals.source_feed IS NOT NULL THEN json_build_array(
            deals.source_feed, deals.source_key, deals.source_url, deals.source_shifted_days, deals.source_ratings
        ) END,
        deals.origin = 'invented', deals.changed_at,
        (
            SELECT json_build_array(
                pictures.digest, pictures.width, pictures.height, encode(pictures.placeholder, 'base64'),
                pictures.focus_x, pictures.focus_y, deal_pictures.alt
            )
            FROM catalog.deal_pictures
            INNER JOIN catalog.pictures ON deal_pictures.digest = pictures.digest
            WHERE deal_pictures.deal_id = deals.id
            ORDER BY deal_pictures.position
            LIMIT 1
        ),
        merchants.created_at
    )::text, 'UTF8')
    FROM catalog.deals
    LEFT JOIN catalog.merchants ON deals.merchant_id = merchants.id
    LEFT JOIN catalog.categories ON deals.category_id = categories.id
    LEFT JOIN catalog.divisions ON deals.division_id = divisions.id
"""

_PUBLIC: Final = _DEALS + "WHERE deals.id = ANY(%s) AND deals.state = ANY(%s)"
_ANY: Final = _DEALS + "WHERE deals.id = ANY(%s)"
_LIVE: Final = _DEALS + "WHERE deals.state = 'live'"
_LIVE_BETWEEN: Final = _LIVE + " AND deals.id BETWEEN %s AND %s ORDER BY deals.id"

# A change is new to a follower unless its transaction was visible in the snapshot where the follower stands. The first
# condition is there for the index. The last one is for a database restored from a dump, whose rows carry numbers of
# transactions that have yet to come: without it, all of them would be new at every look.
_UNSEEN: Final = """
    changed_xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
    AND NOT pg_visible_in_snapshot(changed_xid, %(since)s::pg_snapshot)
    AND changed_xid < pg_snapshot_xmax(pg_current_snapshot())
"""
_LIVE_UNSEEN: Final = _LIVE + " AND " + _UNSEEN
_GONE_UNSEEN: Final = (
    "SELECT id FROM catalog.deals WHERE state <> 'live' AND "  # noqa: S608 -- ours
    + _UNSEEN
    + " UNION ALL SELECT deal_id FROM catalog.departed_deals WHERE "
    + _UNSEEN
)


async def public(tx: Transaction, ids: Sequence[UUID]) -> list[PublishedDeal]:
    """The deals of these ids that have a public page, in no order."""
    return await _decoded(tx, _PUBLIC, [list(ids), list(PUBLIC_STATES)])


async def in_any_state(tx: Transaction, ids: Sequence[UUID]) -> list[PublishedDeal]:
    """The deals of these ids as they would be shown, in no order."""
    return await _decoded(tx, _ANY, [list(ids)])


async def live(tx: Transaction) -> list[PublishedDeal]:
    return await _decoded(tx, _LIVE, None)


async def every_live(tx: Transaction, size: int) -> tuple[list[UUID], int]:
    """The id of each live deal before which a multiple of `size` live deals stand, in order; how many there are."""
    cursor = await tx.connection.execute(
        """
        SELECT numbered.id, numbered.deals
        FROM (
            SELECT deals.id, row_number() OVER (ORDER BY deals.id) - 1 AS before, count(*) OVER () AS deals
            FROM catalog.deals WHERE deals.state = 'live'
        ) AS numbered
        WHERE numbered.before %% %s = 0
        ORDER BY numbered.id
        """,
        [size],
    )
    rows = await cursor.fetchall()
    return [row[0] for row in rows], rows[0][1] if rows else 0


async def live_between(tx: Transaction, span: LiveSpan) -> list[PublishedDeal]:
    return await _decoded(tx, _LIVE_BETWEEN, [span.first, span.last])


async def live_unseen(tx: Transaction, since: ChangeCursor) -> list[PublishedDeal]:
    """Live deals that changed outside the cursor's snapshot."""
    return await _decoded(tx, _LIVE_UNSEEN, {"since": since.snapshot})


async def gone_unseen(tx: Transaction, since: ChangeCursor) -> list[UUID]:
    """Ids of deals that are not live, or have left the catalogue, and changed outside the cursor's snapshot."""
    cursor = await tx.connection.execute(_GONE_UNSEEN, {"since": since.snapshot})
    return [row[0] for row in await cursor.fetchall()]


async def live_between_cursors(
    tx: Transaction, since: ChangeCursor, until: ChangeCursor, after: UUID | None, limit: int
) -> list[PublishedDeal]:
    """The first live deals behind an id that changed outside the one cursor's snapshot and inside the other's."""
    cursor = await tx.connection.execute(
        """
        SELECT id FROM catalog.deals
        WHERE
            state = 'live' AND changed_xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)
            AND NOT pg_visible_in_snapshot(changed_xid, %(since)s::pg_snapshot)
            AND pg_visible_in_snapshot(changed_xid, %(until)s::pg_snapshot)
            AND (%(after)s::uuid IS NULL OR id > %(after)s)
        ORDER BY id LIMIT %(limit)s
        """,
        {"since": since.snapshot, "until": until.snapshot, "after": after, "limit": limit},
    )
    ids = [row[0] for row in await cursor.fetchall()]
    return sorted(await _decoded(tx, _LIVE + " AND deals.id = ANY(%s)", [ids]), key=lambda deal: deal.id)


async def snapshot(tx: Transaction) -> ChangeCursor:
    """Where a follower stands that has read, or reads later, what can be seen now."""
    cursor = await tx.connection.execute("SELECT pg_current_snapshot()::text")
    row = await cursor.fetchone()
    assert row is not None
    return ChangeCursor(row[0])


async def _decoded(tx: Transaction, query: LiteralString, params: Parameters | None) -> list[PublishedDeal]:
    # Bytes in the binary format come through as they are; text would be decoded here only to be encoded again.
    async with tx.connection.cursor(binary=True) as cursor:
        await cursor.execute(query, params)
        return [compact.published(_DECODER.decode(row[0])) for row in await cursor.fetchall()]


class _Count(msgspec.Struct, frozen=True):
    slug: str
    deals: int


async def invented_by_division(tx: Transaction) -> dict[str, int]:
    """Invented deals that run or are to start, counted by the slug of their division."""
    counts = await tx.fetch_all(
        _Count,
        """
        SELECT divisions.slug, count(*) AS deals
        FROM catalog.deals
        INNER JOIN catalog.divisions ON deals.division_id = divisions.id
        WHERE deals.origin = 'invented' AND deals.state IN ('scheduled', 'live')
            AND (deals.ends_at IS NULL OR deals.ends_at > %s)
        GROUP BY divisions.slug
        """,
        [tx.now],
    )
    return {count.slug: count.deals for count in counts}
