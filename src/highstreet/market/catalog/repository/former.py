"""Deals as they were before an import, and putting them back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.deals import DealState, Origin
from highstreet.market.catalog.domain.former import VANISHED, Former


class StatedBefore(msgspec.Struct, frozen=True):
    """A deal that a feed stated before, and that stands."""

    id: UUID
    key: str


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """A deal as it stands, and the last step that people led it since an import, if there was one."""

    id: UUID
    key: str | None
    title: str
    origin: Origin
    state: DealState
    after: DealState | None
    actor_kind: str | None
    at: datetime | None
    reason: str | None
    pictured: bool
    """Somebody here gave it a picture."""
    stays_for_another: bool
    """Another deal was merged into it."""


async def whole(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The rows of deals as they stand, as JSON of `Former`."""
    return await _by_deal(
        tx,
        """
        SELECT deals.id, jsonb_build_object(
            'deal', to_jsonb(deals) - 'changed_xid',
            'options', (
                SELECT coalesce(jsonb_agg(to_jsonb(options) ORDER BY options.position), '[]')
                FROM catalog.options WHERE options.deal_id = deals.id AND options.position IS NOT NULL
            ),
            'points', (
                SELECT coalesce(jsonb_agg(to_jsonb(deal_points) ORDER BY deal_points.position), '[]')
                FROM catalog.deal_points WHERE deal_points.deal_id = deals.id
            ),
            'image', (
                SELECT deal_pictures.address FROM catalog.deal_pictures
                WHERE deal_pictures.deal_id = deals.id AND deal_pictures.from_feed
            )
        )::text AS former
        FROM catalog.deals WHERE deals.id = ANY(%s)
        """,
        ids,
    )


async def unstated(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What ending changes of those deals that stand; nobody else changes them before the transaction ends."""
    return await _by_deal(
        tx,
        """
        SELECT deals.id, jsonb_build_object('deal', jsonb_build_object(
            'id', deals.id, 'state', deals.state, 'state_reason', deals.state_reason,
            'source_digest', deals.source_digest, 'starts_at', deals.starts_at, 'ends_at', deals.ends_at
        ))::text AS former
        FROM catalog.deals
        WHERE deals.id = ANY(%s) AND deals.origin = 'imported' AND deals.state IN ('scheduled', 'live')
        ORDER BY deals.id FOR UPDATE
        """,
        ids,
    )


async def _by_deal(tx: Transaction, query: LiteralString, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch_all(dict[str, Any], query, [list(ids)])
    return {row["id"]: row["former"] for row in rows}


async def forget_digests(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Let the next import write these deals whatever it says of them."""
    await tx.execute("UPDATE catalog.deals SET source_digest = %s WHERE id = ANY(%s)", [VANISHED, list(ids)])


async def last_passages(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Where the histories of deals end."""
    rows = await tx.fetch_all(
        dict[str, Any],
        "SELECT deal_id, max(position) AS position FROM catalog.deal_passages WHERE deal_id = ANY(%s) GROUP BY deal_id",
        [list(ids)],
    )
    return {row["deal_id"]: row["position"] for row in rows}


async def standing(tx: Transaction, feed: str, after_key: str, limit: int) -> list[StatedBefore]:
    """Deals of a feed that run or are to start, in the order of their keys, behind `after_key`."""
    return await tx.fetch_all(
        StatedBefore,
        """
        SELECT id, source_key AS key FROM catalog.deals
        WHERE
            source_feed = %s AND source_key > %s AND origin = 'imported' AND state IN ('scheduled', 'live')
        ORDER BY source_key LIMIT %s
        """,
        [feed, after_key, limit],
    )


async def since(
    tx: Transaction, passages: Sequence[tuple[UUID, int | None]], reasons: Sequence[str]
) -> dict[UUID, Since]:
    """Deals, which the caller holds, and what people did with them after a place in their histories.

    Steps of the system count as people's if they have another reason than `reasons`; those of the clock have none.
    """
    ids, places = zip(*passages, strict=True)
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT
            deals.id, deals.source_key AS key, deals.title, deals.origin, deals.state, step.after, step.actor_kind,
            step.at, step.reason, EXISTS (
                SELECT FROM catalog.deal_pictures
                WHERE deal_pictures.deal_id = deals.id AND NOT deal_pictures.from_feed
            ) AS pictured,
            EXISTS (
                SELECT FROM catalog.duplicates
                WHERE deals.id IN (first_id, second_id) AND withdrawn_id <> deals.id
            ) AS stays_for_another
        FROM unnest(%s::uuid[], %s::bigint[]) AS given (id, passage)
        INNER JOIN catalog.deals ON given.id = deals.id
        LEFT JOIN LATERAL (
            SELECT steps.after, steps.actor_kind, steps.at, steps.reason FROM catalog.deal_passages AS steps
            WHERE
                steps.deal_id = deals.id AND steps.position > coalesce(given.passage, 0) AND steps.before IS NOT NULL
                AND (steps.actor_kind <> 'system' OR steps.reason <> ALL (%s))
            ORDER BY steps.position DESC LIMIT 1
        ) AS step ON true
        """,
        [list(ids), list(places), list(reasons)],
    )
    return {deal.id: deal for deal in msgspec.convert(rows, list[Since])}


async def remove(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Take deals out of the catalogue with all that is theirs. The database tells followers."""
    given = [list(ids)]
    await tx.execute("DELETE FROM catalog.deal_pictures WHERE deal_id = ANY(%s)", given)
    await tx.execute("DELETE FROM catalog.duplicates WHERE first_id = ANY(%s)", given)
    await tx.execute("DELETE FROM catalog.duplicates WHERE second_id = ANY(%s)", given)
    await tx.execute("DELETE FROM catalog.deal_points WHERE deal_id = ANY(%s)", given)
    await tx.execute("DELETE FROM catalog.option_prices WHERE deal_id = ANY(%s)", given)
    await tx.execute("DELETE FROM catalog.options WHERE deal_id = ANY(%s)", given)
    await tx.execute("DELETE FROM catalog.deal_passages WHERE deal_id = ANY(%s)", given)
    await tx.execute("DELETE FROM catalog.deals WHERE id = ANY(%s)", given)


async def restore(tx: Transaction, formers: Sequence[Former]) -> None:
    """Give deals their former content, options and points; their states stay as they are.

    An option that the import made keeps its row, withdrawn, because its prices were shown.
    """
    deals = _json([former.deal for former in formers])
    await tx.execute(
        """
        UPDATE catalog.deals SET
            slug = given.slug, merchant_id = given.merchant_id, category_id = given.category_id,
            division_id = given.division_id, title = given.title, description = given.description,
            language = given.language, currency = given.currency, reach = given.reach, fine_print = given.fine_print,
            starts_at = given.starts_at, ends_at = given.ends_at, sold = given.sold, source_url = given.source_url,
            source_shifted_days = given.source_shifted_days, source_digest = given.source_digest,
            source_ratings = given.source_ratings, changed_at = %s
        FROM jsonb_populate_recordset(NULL::catalog.deals, %s::jsonb) AS given
        WHERE deals.id = given.id
        """,
        [tx.now, deals],
    )
    await _restore_points(tx, deals, _json(point for former in formers for point in former.points or ()))
    await _restore_options(tx, deals, _json(option for former in formers for option in former.options or ()))


async def _restore_points(tx: Transaction, deals: str, points: str) -> None:
    await tx.execute(
        """
        DELETE FROM catalog.deal_points USING jsonb_populate_recordset(NULL::catalog.deals, %s::jsonb) AS given
        WHERE deal_points.deal_id = given.id
        """,
        [deals],
    )
    await tx.execute(
        """
        INSERT INTO catalog.deal_points (deal_id, position, location_id, merchant_id, currency, place_id, area)
        SELECT deal_id, position, location_id, merchant_id, currency, place_id, area
        FROM jsonb_populate_recordset(NULL::catalog.deal_points, %s::jsonb)
        """,
        [points],
    )


async def _restore_options(tx: Transaction, deals: str, options: str) -> None:
    await tx.execute(
        """
        UPDATE catalog.options SET position = NULL, withdrawn_at = %(now)s, changed_at = %(now)s
        FROM jsonb_populate_recordset(NULL::catalog.deals, %(deals)s::jsonb) AS given
        WHERE
            options.deal_id = given.id AND options.position IS NOT NULL
            AND options.id NOT IN (
                SELECT kept.id FROM jsonb_populate_recordset(NULL::catalog.options, %(options)s::jsonb) AS kept
            )
        """,
        {"now": tx.now, "deals": deals, "options": options},
    )
    await tx.execute(
        """
        UPDATE catalog.options SET
            position = given.position, title = given.title, price_minor = given.price_minor,
            value_minor = given.value_minor, value_evidence = given.value_evidence, cap = given.cap,
            per_buyer_limit = given.per_buyer_limit, redeem_from = given.redeem_from,
            redeem_until = given.redeem_until, redeem_within_days = given.redeem_within_days,
            changed_at = %(now)s, withdrawn_at = NULL
        FROM jsonb_populate_recordset(NULL::catalog.options, %(options)s::jsonb) AS given
        WHERE options.id = given.id AND (to_jsonb(options) - 'changed_at') <> (to_jsonb(given) - 'changed_at')
        """,
        {"now": tx.now, "options": options},
    )


async def restore_digests(tx: Transaction, formers: Sequence[Former]) -> None:
    """Let deals that were ended be known again by what their feed said of them."""
    await tx.execute(
        """
        UPDATE catalog.deals SET source_digest = given.source_digest
        FROM jsonb_populate_recordset(NULL::catalog.deals, %s::jsonb) AS given
        WHERE deals.id = given.id
        """,
        [_json([former.deal for former in formers])],
    )


async def explain_states(tx: Transaction, reasons: dict[UUID, str | None]) -> None:
    """Let the states of deals stand for their former reasons."""
    await tx.execute(
        """
        UPDATE catalog.deals SET state_reason = given.reason
        FROM unnest(%s::uuid[], %s::text[]) AS given (id, reason)
        WHERE deals.id = given.id AND deals.state_reason IS DISTINCT FROM given.reason
        """,
        [list(reasons), list(reasons.values())],
    )


async def remove_merchants(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Remove merchants that nobody needs and nobody changed; the names of those that stay."""
    await tx.execute("SELECT FROM catalog.merchants WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)])
    await tx.execute(
        """
        DELETE FROM catalog.merchants
        WHERE
            id = ANY(%s) AND changed_at = created_at
            AND NOT EXISTS (SELECT FROM catalog.deals WHERE deals.merchant_id = merchants.id)
            AND NOT EXISTS (SELECT FROM catalog.locations WHERE locations.merchant_id = merchants.id)
        """,
        [list(ids)],
    )
    return await _names(tx, "SELECT id, name FROM catalog.merchants WHERE id = ANY(%s)", ids)


async def remove_divisions(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Remove divisions that no deal needs and nobody changed; the names of those that stay."""
    await tx.execute("SELECT FROM catalog.divisions WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)])
    await tx.execute(
        """
        DELETE FROM catalog.divisions
        WHERE
            id = ANY(%s) AND changed_at = created_at
            AND NOT EXISTS (SELECT FROM catalog.deals WHERE deals.division_id = divisions.id)
        """,
        [list(ids)],
    )
    return await _names(tx, "SELECT id, name FROM catalog.divisions WHERE id = ANY(%s)", ids)


async def _names(tx: Transaction, query: LiteralString, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch_all(dict[str, Any], query, [list(ids)])
    return {row["id"]: row["name"] for row in rows}


def _json(rows: Iterable[msgspec.Raw]) -> str:
    return msgspec.json.encode(list(rows)).decode()
