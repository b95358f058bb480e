"""Adopted deals: where they came from, on what they were adopted, and what their feed says since."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.adoption import AdoptedDeal, Evidence, MerchantLocation
from highstreet.market.catalog.domain.imports import ImportedDeal


class Sourced(msgspec.Struct, frozen=True, kw_only=True):
    """The source of a deal; everything is None for one that has none."""

    feed: str | None
    key: str | None
    digest: str | None


class AdoptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is written of an adoption when it is made."""

    deal_id: UUID
    terms_version: int
    agreement_digest: str
    evidence: tuple[Evidence, ...]


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed's next import has to know of a deal that was adopted."""

    deal_id: UUID
    feed: str
    key: str
    stated_digest: str


class MerchantName(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str


async def source(tx: Transaction, deal_id: UUID) -> Sourced | None:
    """As it stands at this moment."""
    return await tx.fetch_one(
        Sourced,
        """
        SELECT source_feed AS feed, source_key AS key, source_digest AS digest FROM catalog.deals WHERE id = %s
        """,
        [deal_id],
    )


async def merchant(tx: Transaction, reference: str) -> MerchantName | None:
    """The merchant of a slug, or of an id written out."""
    return await tx.fetch_one(
        MerchantName, "SELECT id, name FROM catalog.merchants WHERE slug = %s OR id = %s", [reference, _id(reference)]
    )


def _id(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


async def insert(tx: Transaction, row: AdoptionRow) -> None:
    """Keep where a deal comes from, with what was agreed; its feed has said nothing else yet."""
    await tx.execute(
        """
        INSERT INTO catalog.adoptions (
            deal_id, feed, key, url, shifted_days, terms_version, agreement_digest, evidence, adopted_at, actor_kind,
            actor_id, adopted_digest, seen_digest, stated_digest
        )
        SELECT
            id, source_feed, source_key, source_url, source_shifted_days, %(terms_version)s, %(agreement_digest)s,
            %(evidence)s::jsonb, %(now)s, %(actor_kind)s, %(actor_id)s, source_digest, source_digest, source_digest
        FROM catalog.deals WHERE id = %(deal_id)s
        """,
        {
            "deal_id": row.deal_id,
            "terms_version": row.terms_version,
            "agreement_digest": row.agreement_digest,
            "evidence": msgspec.json.encode(row.evidence).decode(),
            "now": tx.now,
            "actor_kind": tx.actor.kind,
            "actor_id": tx.actor.id,
        },
    )


async def become_written(tx: Transaction, deal_id: UUID) -> None:
    """Let an adopted deal be one of ours: its source is kept in its adoption alone."""
    await tx.execute(
        """
        UPDATE catalog.deals SET
            origin = 'written', source_feed = NULL, source_key = NULL, source_url = NULL, source_shifted_days = NULL,
            source_ratings = NULL, source_digest = NULL, changed_at = %s
        WHERE id = %s
        """,
        [tx.now, deal_id],
    )


async def of_sources(tx: Transaction, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Adopted]:
    """The deals that were adopted from these rows of feeds, by feed and key."""
    feeds, own = zip(*keys, strict=True)
    rows = await tx.fetch_all(
        Adopted,
        """
        SELECT adoptions.deal_id, adoptions.feed, adoptions.key, adoptions.stated_digest
        FROM catalog.adoptions
        INNER JOIN unnest(%s::text[], %s::text[]) AS asked (feed, key)
            ON adoptions.feed = asked.feed AND adoptions.key = asked.key
        """,
        [list(feeds), list(own)],
    )
    return {(row.feed, row.key): row for row in rows}


async def tell(tx: Transaction, stated: Sequence[tuple[UUID, str, ImportedDeal]]) -> None:
    """Keep what feeds say by now of deals that were adopted from them."""
    await tx.execute_many(
        """
        UPDATE catalog.adoptions SET
            stated_digest = %(digest)s,
            stated = CASE WHEN adopted_digest = %(digest)s THEN NULL ELSE %(stated)s::jsonb END
        WHERE deal_id = %(deal_id)s
        """,
        [
            {"deal_id": deal_id, "digest": digest, "stated": msgspec.json.encode(deal).decode()}
            for deal_id, digest, deal in stated
        ],
    )


async def acknowledge(tx: Transaction, deal_id: UUID) -> int:
    """What the feed says by now has been looked at; whether there is such an adoption."""
    return await tx.execute("UPDATE catalog.adoptions SET seen_digest = stated_digest WHERE deal_id = %s", [deal_id])


async def listed(tx: Transaction, *, drifted: bool, limit: int) -> list[AdoptedDeal]:
    """Adopted deals, the latest first."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT
            adoptions.deal_id, deals.title, deals.state, adoptions.feed, adoptions.key, adoptions.url,
            adoptions.adopted_at, adoptions.actor_kind, adoptions.actor_id, adoptions.agreement_digest,
            adoptions.terms_version, adoptions.evidence, adoptions.stated,
            adoptions.stated_digest <> adoptions.seen_digest AS drifted
        FROM catalog.adoptions INNER JOIN catalog.deals ON adoptions.deal_id = deals.id
        WHERE NOT %(drifted)s OR adoptions.stated_digest <> adoptions.seen_digest
        ORDER BY adoptions.adopted_at DESC, adoptions.deal_id LIMIT %(limit)s
        """,
        {"drifted": drifted, "limit": limit},
    )
    return msgspec.convert(rows, list[AdoptedDeal])


async def locations(tx: Transaction, merchant_id: UUID) -> list[MerchantLocation]:
    """The locations of a merchant, in the order in which they were made."""
    return await tx.fetch_all(
        MerchantLocation,
        """
        SELECT
            locations.id, locations.name, locations.address, places.name AS place_name, places.time_zone,
            locations.currency
        FROM catalog.locations INNER JOIN catalog.places ON locations.place_id = places.id
        WHERE locations.merchant_id = %s ORDER BY locations.created_at, locations.id
        """,
        [merchant_id],
    )
