"""Deals as they are written: their rows, options and points, states, terms and histories."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.deals import Deal, DealState, InReview, Option, Origin, Passage, PricePoint, Reach
from highstreet.market.catalog.domain.fine_print import Rule
from highstreet.market.catalog.domain.terms import TermsVersion


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether a deal may take a step."""

    id: UUID
    state: DealState
    origin: Origin
    slug: str
    merchant_id: UUID | None
    category_id: UUID | None
    currency: str
    reach: Reach
    starts_at: datetime
    ends_at: datetime | None
    terms_version: int | None
    points: int
    options: int


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A deal whose time has come: the state in which it is, and the one that it is due for."""

    id: UUID
    origin: Origin
    before: DealState
    after: DealState


class _DealRow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    origin: Origin
    state: DealState
    state_reason: str | None
    merchant_id: UUID | None
    category_id: UUID | None
    division_id: UUID | None
    title: str
    description: str | None
    language: str
    currency: str
    reach: Reach
    fine_print: tuple[Rule, ...]
    starts_at: datetime
    ends_at: datetime | None
    sold: int
    source_feed: str | None
    source_key: str | None
    source_url: str | None
    source_shifted_days: int | None
    source_ratings: int | None
    source_digest: str | None
    terms_version: int | None
    created_at: datetime
    changed_at: datetime


class _PointRow(msgspec.Struct, frozen=True, kw_only=True):
    deal_id: UUID
    position: int
    location_id: UUID | None = None
    merchant_id: UUID | None = None
    currency: str | None = None
    place_id: UUID | None = None
    area: bool | None = None


async def insert(tx: Transaction, deals: Sequence[Deal]) -> None:
    """Write new deals with their options and points."""
    await tx.execute(
        """
        INSERT INTO catalog.deals (
            id, slug, origin, state, state_reason, merchant_id, category_id, division_id, title, description, language,
            currency, reach, fine_print, starts_at, ends_at, sold, source_feed, source_key, source_url,
            source_shifted_days, source_ratings, source_digest, terms_version, created_at, changed_at
        )
        SELECT
            id, slug, origin, state, state_reason, merchant_id, category_id, division_id, title, description, language,
            currency, reach, fine_print, starts_at, ends_at, sold, source_feed, source_key, source_url,
            source_shifted_days, source_ratings, source_digest, terms_version, created_at, changed_at
        FROM json_populate_recordset(NULL::catalog.deals, %s::json)
        """,
        [_json([_row(deal, tx.now) for deal in deals])],
    )
    await _insert_points(tx, deals)
    await _store_options(tx, deals)


async def update(tx: Transaction, deals: Sequence[Deal]) -> None:
    """Rewrite what deals show, their options and points. State and origin stay as they are."""
    ids = [deal.id for deal in deals]
    await tx.execute(
        """
        UPDATE catalog.deals SET
            merchant_id = given.merchant_id, category_id = given.category_id, division_id = given.division_id,
            slug = given.slug, title = given.title, description = given.description, language = given.language,
            currency = given.currency, reach = given.reach, fine_print = given.fine_print, starts_at = given.starts_at,
            ends_at = given.ends_at, sold = CASE deals.origin WHEN 'imported' THEN given.sold ELSE deals.sold END,
            source_url = given.source_url, source_shifted_days = given.source_shifted_days,
            source_ratings = given.source_ratings, source_digest = given.source_digest, changed_at = given.changed_at
        FROM json_populate_recordset(NULL::catalog.deals, %s::json) AS given
        WHERE deals.id = given.id
        """,
        [_json([_row(deal, tx.now) for deal in deals])],
    )
    await tx.execute("DELETE FROM catalog.deal_points WHERE deal_id = ANY(%s)", [ids])
    await _insert_points(tx, deals)
    kept = [option.id for deal in deals for option in deal.options]
    await tx.execute(
        """
        UPDATE catalog.options SET position = NULL, withdrawn_at = %(now)s, changed_at = %(now)s
        WHERE deal_id = ANY(%(deals)s) AND position IS NOT NULL AND id <> ALL (%(kept)s::uuid[])
        """,
        {"now": tx.now, "deals": ids, "kept": kept},
    )
    await _store_options(tx, deals)


async def _insert_points(tx: Transaction, deals: Iterable[Deal]) -> None:
    points = [point for deal in deals for point in _points(deal)]
    if points:
        await tx.execute(
            """
            INSERT INTO catalog.deal_points (deal_id, position, location_id, merchant_id, currency, place_id, area)
            SELECT deal_id, position, location_id, merchant_id, currency, place_id, area
            FROM json_populate_recordset(NULL::catalog.deal_points, %s::json)
            """,
            [_json(points)],
        )


async def _store_options(tx: Transaction, deals: Iterable[Deal]) -> None:
    options = [
        {**msgspec.structs.asdict(option), "deal_id": deal.id, "changed_at": tx.now}
        for deal in deals
        for option in deal.options
    ]
    if options:
        await tx.execute(_STORE_OPTIONS, [_json(options)])


_STORE_OPTIONS: Final = """
    INSERT INTO catalog.options (
        id, deal_id, position, title, price_minor, value_minor, value_evidence, cap, per_buyer_limit, redeem_from,
        redeem_until, redeem_within_days, changed_at
    )
    SELECT
        id, deal_id, position, title, price_minor, value_minor, value_evidence, cap, per_buyer_limit, redeem_from,
        redeem_until, redeem_within_days, changed_at
    FROM json_populate_recordset(NULL::catalog.options, %s::json)
    ON CONFLICT (id) DO UPDATE SET
        position = excluded.position, title = excluded.title, price_minor = excluded.price_minor,
        value_minor = excluded.value_minor, value_evidence = excluded.value_evidence, cap = excluded.cap,
        per_buyer_limit = excluded.per_buyer_limit, redeem_from = excluded.redeem_from,
        redeem_until = excluded.redeem_until, redeem_within_days = excluded.redeem_within_days,
        changed_at = excluded.changed_at, withdrawn_at = NULL
    WHERE (
        options.position, options.title, options.price_minor, options.value_minor, options.value_evidence, options.cap,
        options.per_buyer_limit, options.redeem_from, options.redeem_until, options.redeem_within_days
    ) IS DISTINCT FROM (
        excluded.position, excluded.title, excluded.price_minor, excluded.value_minor, excluded.value_evidence,
        excluded.cap, excluded.per_buyer_limit, excluded.redeem_from, excluded.redeem_until,
        excluded.redeem_within_days
    )
"""


def _row(deal: Deal, now: datetime) -> _DealRow:
    source = deal.source
    return _DealRow(
        id=deal.id,
        slug=deal.slug,
        origin=deal.origin,
        state=deal.state,
        state_reason=deal.state_reason,
        merchant_id=deal.merchant_id,
        category_id=deal.category_id,
        division_id=deal.division_id,
        title=deal.title,
        description=deal.description,
        language=deal.language,
        currency=deal.currency,
        reach=deal.reach,
        fine_print=deal.fine_print,
        starts_at=deal.starts_at,
        ends_at=deal.ends_at,
        sold=deal.sold,
        source_feed=source.feed if source else None,
        source_key=source.key if source else None,
        source_url=source.url if source else None,
        source_shifted_days=source.shifted_days if source else None,
        source_ratings=source.ratings if source else None,
        source_digest=deal.source_digest,
        terms_version=deal.terms_version,
        created_at=now,
        changed_at=now,
    )


def _points(deal: Deal) -> Iterable[_PointRow]:
    for position, location_id in enumerate(deal.location_ids):
        yield _PointRow(
            deal_id=deal.id,
            position=position,
            location_id=location_id,
            merchant_id=deal.merchant_id,
            currency=deal.currency,
        )
    places = [*((place_id, None) for place_id in deal.place_ids), *((place_id, True) for place_id in deal.area_ids)]
    for position, (place_id, area) in enumerate(places, len(deal.location_ids)):
        yield _PointRow(deal_id=deal.id, position=position, place_id=place_id, area=area)


def _json(rows: Sequence[object]) -> str:
    return msgspec.json.encode(rows).decode()


async def lock(tx: Transaction, deal_id: UUID) -> Standing | None:
    """Where a deal stands; nobody else changes it before the transaction ends."""
    row = await tx.fetch_one(
        dict[str, Any],
        """
        SELECT
            id, state, origin, slug, merchant_id, category_id, currency, reach, starts_at, ends_at, terms_version,
            (SELECT count(*) FROM catalog.deal_points WHERE deal_points.deal_id = deals.id) AS points,
            (
                SELECT count(*) FROM catalog.options
                WHERE options.deal_id = deals.id AND options.position IS NOT NULL
            ) AS options
        FROM catalog.deals WHERE id = %s FOR UPDATE
        """,
        [deal_id],
    )
    return msgspec.convert(row, Standing) if row else None


async def hold_of(tx: Transaction, *, merchant_id: UUID | None = None, location_id: UUID | None = None) -> None:
    """Let nobody else change the deals that show a merchant or a location before the transaction ends."""
    await tx.execute(
        """
        SELECT FROM catalog.deals
        WHERE
            merchant_id = %(merchant)s
            OR id IN (SELECT deal_id FROM catalog.deal_points WHERE location_id = %(location)s)
        ORDER BY id FOR NO KEY UPDATE
        """,
        {"merchant": merchant_id, "location": location_id},
    )


async def move(tx: Transaction, ids: Sequence[UUID], state: DealState, reason: str | None) -> None:
    """Put deals into a state. The database refuses what is no allowed transition, and keeps the passage."""
    await tx.execute(
        "UPDATE catalog.deals SET state = %s, state_reason = %s, changed_at = %s WHERE id = ANY(%s)",
        [state, reason, tx.now, list(ids)],
    )


async def due(tx: Transaction, limit: int) -> list[Due]:
    """Deals whose time has come, skipping those that somebody is changing."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        WITH ending AS (
            SELECT id, origin, state AS before, 'ended' AS after FROM catalog.deals
            WHERE state IN ('scheduled', 'live', 'paused', 'sold_out') AND ends_at <= %(now)s
            ORDER BY ends_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ),
        starting AS (
            SELECT id, origin, state AS before, 'live' AS after FROM catalog.deals
            WHERE state = 'scheduled' AND starts_at <= %(now)s AND (ends_at IS NULL OR ends_at > %(now)s)
            ORDER BY starts_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        )
        SELECT id, origin, before, after FROM ending
        UNION ALL
        SELECT id, origin, before, after FROM starting
        """,
        {"now": tx.now, "limit": limit},
    )
    return msgspec.convert(rows, list[Due])


async def options_of(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, list[Option]]:
    """The options that deals offer, in their order, by deal."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT
            deal_id, id, position, title, price_minor, value_minor, value_evidence, cap, per_buyer_limit, redeem_from,
            redeem_until, redeem_within_days
        FROM catalog.options WHERE deal_id = ANY(%s) AND position IS NOT NULL ORDER BY deal_id, position
        """,
        [list(ids)],
    )
    found: dict[UUID, list[Option]] = {}
    for row in rows:
        found.setdefault(row.pop("deal_id"), []).append(msgspec.convert(row, Option))
    return found


async def latest_terms(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, tuple[int, str]]:
    """The version and digest of the terms that deals were last frozen with, by deal."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT DISTINCT ON (deal_id) deal_id, version, digest FROM catalog.deal_terms
        WHERE deal_id = ANY(%s) ORDER BY deal_id, version DESC
        """,
        [list(ids)],
    )
    return {row["deal_id"]: (row["version"], row["digest"]) for row in rows}


async def freeze(tx: Transaction, versions: Sequence[TermsVersion]) -> None:
    """Keep versions of terms, and let their deals be sold by them."""
    rows = [
        {
            "deal_id": frozen.deal_id,
            "version": frozen.version,
            "digest": frozen.digest,
            "content": frozen.terms,
            "made_at": frozen.made_at,
        }
        for frozen in versions
    ]
    await tx.execute(
        """
        INSERT INTO catalog.deal_terms (deal_id, version, digest, content, made_at)
        SELECT deal_id, version, digest, content, made_at
        FROM json_populate_recordset(NULL::catalog.deal_terms, %s::json)
        """,
        [_json(rows)],
    )
    await tx.execute(
        """
        UPDATE catalog.deals SET terms_version = frozen.version
        FROM unnest(%s::uuid[], %s::integer[]) AS frozen (deal_id, version)
        WHERE deals.id = frozen.deal_id AND deals.terms_version IS DISTINCT FROM frozen.version
        """,
        [[frozen.deal_id for frozen in versions], [frozen.version for frozen in versions]],
    )


async def terms(tx: Transaction, deal_id: UUID, version: int | None) -> TermsVersion | None:
    """One version of a deal's terms; without a number the one that it is sold by."""
    row = await tx.fetch_one(
        dict[str, Any],
        """
        SELECT
            deal_terms.deal_id, deal_terms.version, deal_terms.digest, deal_terms.content AS terms, deal_terms.made_at
        FROM catalog.deal_terms INNER JOIN catalog.deals ON deal_terms.deal_id = deals.id
        WHERE deal_terms.deal_id = %s AND deal_terms.version = coalesce(%s, deals.terms_version)
        """,
        [deal_id, version],
    )
    return msgspec.convert(row, TermsVersion) if row else None


async def in_review(tx: Transaction, limit: int) -> list[InReview]:
    """The deals in review, those first that have waited longest."""
    return await tx.fetch_all(
        InReview,
        """
        SELECT deals.id AS deal_id, deals.title, deals.language, merchants.name AS merchant_name, handed_in.at AS since
        FROM catalog.deals
        LEFT JOIN catalog.merchants ON merchants.id = deals.merchant_id
        CROSS JOIN LATERAL (
            SELECT max(deal_passages.at) AS at FROM catalog.deal_passages WHERE deal_passages.deal_id = deals.id
        ) AS handed_in
        WHERE deals.state = 'in_review' ORDER BY handed_in.at, deals.id LIMIT %s
        """,
        [limit],
    )


async def passages(tx: Transaction, deal_id: UUID) -> list[Passage]:
    """Every step of a deal, in order."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT before, after, at, actor_kind, actor_id, reason FROM catalog.deal_passages
        WHERE deal_id = %s ORDER BY position
        """,
        [deal_id],
    )
    return msgspec.convert(rows, list[Passage])


async def prices(tx: Transaction, deal_id: UUID) -> list[PricePoint]:
    """Every price of a deal's options, in the order in which they were set."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT option_id, currency, price_minor, value_minor, value_evidence, since FROM catalog.option_prices
        WHERE deal_id = %s ORDER BY position
        """,
        [deal_id],
    )
    return msgspec.convert(rows, list[PricePoint])


async def shown_ids(tx: Transaction, *, merchant_id: UUID | None = None, location_id: UUID | None = None) -> list[UUID]:
    """Ids of deals that are sold here and show a merchant or a location."""
    rows = await tx.fetch_all(
        dict[str, UUID],
        """
        SELECT id FROM catalog.deals
        WHERE origin <> 'imported' AND terms_version IS NOT NULL AND state <> 'archived' AND state <> 'killed'
            AND (
                merchant_id = %(merchant)s
                OR id IN (SELECT deal_id FROM catalog.deal_points WHERE location_id = %(location)s)
            )
        ORDER BY id FOR UPDATE
        """,
        {"merchant": merchant_id, "location": location_id},
    )
    return [row["id"] for row in rows]
