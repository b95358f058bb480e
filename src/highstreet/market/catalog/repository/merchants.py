"""Merchants and their locations. Many rows go to the server as one JSON array: one statement, whatever their number."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.merchants import OpeningHours, Whereabouts


class MerchantRow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str
    folded_name: str
    website: str | None = None
    description: str | None = None
    source_feed: str | None = None
    created_at: datetime
    changed_at: datetime


class _Named(msgspec.Struct, frozen=True):
    id: UUID
    name: str


class LocationRow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    merchant_id: UUID
    place_id: UUID
    currency: str
    name: str | None
    address: str
    latitude: float
    longitude: float
    opening_hours: OpeningHours | None
    created_at: datetime
    changed_at: datetime


class LocationKey(msgspec.Struct, frozen=True):
    """What a deal has to know of a location that it names."""

    id: UUID
    merchant_id: UUID
    currency: str


_SLUG_TURN: Final = 0x6D736C75
"""Any number, the same in all processes: "mslu"."""


async def taken_slugs(tx: Transaction, slugs: Iterable[str]) -> set[str]:
    """Which of these are in use. Nobody else takes one before this transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(%s)", [_SLUG_TURN])
    rows = await tx.fetch_all(dict[str, str], "SELECT slug FROM catalog.merchants WHERE slug = ANY(%s)", [list(slugs)])
    return {row["slug"] for row in rows}


async def insert(tx: Transaction, merchants: Sequence[MerchantRow]) -> None:
    await tx.execute(
        """
        INSERT INTO catalog.merchants (
            id, slug, name, folded_name, website, description, source_feed, created_at, changed_at
        )
        SELECT id, slug, name, folded_name, website, description, source_feed, created_at, changed_at
        FROM json_populate_recordset(NULL::catalog.merchants, %s::json)
        """,
        [msgspec.json.encode(merchants).decode()],
    )


async def rename(tx: Transaction, merchant_id: UUID, name: str, folded_name: str) -> int:
    """Whether the name is new. A feed's merchant keeps the folded name by which its feed knows it."""
    return await tx.execute(
        """
        UPDATE catalog.merchants SET
            name = %(name)s, folded_name = CASE WHEN source_feed IS NULL THEN %(folded)s ELSE folded_name END,
            changed_at = %(now)s
        WHERE id = %(id)s AND name <> %(name)s
        """,
        {"id": merchant_id, "name": name, "folded": folded_name, "now": tx.now},
    )


async def name_of(tx: Transaction, merchant_id: UUID) -> str | None:
    row = await tx.fetch_one(dict[str, str], "SELECT name FROM catalog.merchants WHERE id = %s", [merchant_id])
    return row["name"] if row else None


async def names_of(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch_all(_Named, "SELECT id, name FROM catalog.merchants WHERE id = ANY(%s)", [list(ids)])
    return {row.id: row.name for row in rows}


async def hold(tx: Transaction, merchant_id: UUID) -> bool:
    """Keep a merchant as it is until the transaction ends; whether there is one."""
    return await tx.execute("SELECT FROM catalog.merchants WHERE id = %s FOR SHARE", [merchant_id]) > 0


async def of_feed(tx: Transaction, named: set[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The merchants that feeds named, by feed and folded name; held as they are until the transaction ends."""
    feeds, names = zip(*named, strict=True) if named else ((), ())
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT merchants.source_feed, merchants.folded_name, merchants.id
        FROM catalog.merchants
        INNER JOIN unnest(%s::text[], %s::text[]) AS wanted (feed, name)
            ON merchants.source_feed = wanted.feed AND merchants.folded_name = wanted.name
        FOR SHARE OF merchants
        """,
        [list(feeds), list(names)],
    )
    return {(row["source_feed"], row["folded_name"]): row["id"] for row in rows}


async def insert_locations(tx: Transaction, locations: Sequence[LocationRow]) -> None:
    await tx.execute(
        """
        INSERT INTO catalog.locations (
            id, merchant_id, place_id, currency, name, address, latitude, longitude, opening_hours, created_at,
            changed_at
        )
        SELECT
            id, merchant_id, place_id, currency, name, address, latitude, longitude, opening_hours, created_at,
            changed_at
        FROM json_populate_recordset(NULL::catalog.locations, %s::json)
        """,
        [msgspec.json.encode(locations).decode()],
    )


async def whereabouts(tx: Transaction, location_id: UUID) -> Whereabouts | None:
    return await tx.fetch_one(
        Whereabouts,
        """
        SELECT locations.merchant_id, locations.name, locations.address, places.name AS place_name, places.time_zone
        FROM catalog.locations INNER JOIN catalog.places ON locations.place_id = places.id
        WHERE locations.id = %s
        """,
        [location_id],
    )


async def lock_location(tx: Transaction, location_id: UUID) -> LocationKey | None:
    """One location; nobody else changes it, or writes a deal for it, before the transaction ends."""
    return await tx.fetch_one(
        LocationKey,
        "SELECT id, merchant_id, currency FROM catalog.locations WHERE id = %s FOR NO KEY UPDATE",
        [location_id],
    )


async def update_location(tx: Transaction, location: LocationRow) -> None:
    """Rewrite everything but the merchant and the currency."""
    await tx.execute(
        """
        UPDATE catalog.locations SET
            place_id = given.place_id, name = given.name, address = given.address, latitude = given.latitude,
            longitude = given.longitude, opening_hours = given.opening_hours, changed_at = given.changed_at
        FROM json_populate_record(NULL::catalog.locations, %s::json) AS given
        WHERE locations.id = given.id
        """,
        [msgspec.json.encode(location).decode()],
    )


async def location_keys(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, LocationKey]:
    """Locations by id; held as they are until the transaction ends."""
    rows = await tx.fetch_all(
        LocationKey,
        "SELECT id, merchant_id, currency FROM catalog.locations WHERE id = ANY(%s) FOR SHARE",
        [list(ids)],
    )
    return {row.id: row for row in rows}
