"""Merchants and their locations."""

from collections.abc import Sequence
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.catalog.domain.merchants import (
    LocationDraft,
    MerchantDraft,
    Whereabouts,
    check_location,
    check_merchant,
)
from highstreet.market.catalog.domain.names import fold, slugify
from highstreet.market.catalog.repository import deals as deal_rows
from highstreet.market.catalog.repository import merchants as stored
from highstreet.market.catalog.usecases.places import known_place
from highstreet.market.catalog.usecases.terms import freeze


async def create_merchant(tx: Transaction, draft: MerchantDraft) -> UUID:
    check_merchant(draft)
    return (await insert_merchants(tx, [draft]))[0]


async def merchant_name(tx: Transaction, merchant_id: UUID) -> str | None:
    """None for one that the actor may not see."""
    return await stored.name_of(tx, merchant_id)


async def merchant_names(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Of those that the actor may see."""
    return await stored.names_of(tx, ids)


async def rename_merchant(tx: Transaction, merchant_id: UUID, name: str) -> None:
    """Give a merchant another name; its slug stays, and what it sells gets new terms."""
    check_merchant(MerchantDraft(name=name))
    await deal_rows.hold_of(tx, merchant_id=merchant_id)
    if await stored.rename(tx, merchant_id, name, fold(name) or name):
        await freeze(tx, await deal_rows.shown_ids(tx, merchant_id=merchant_id))
    elif not await stored.hold(tx, merchant_id):
        raise NotFound(f"There is no merchant {merchant_id}.")


async def add_location(tx: Transaction, merchant_id: UUID, draft: LocationDraft) -> UUID:
    check_location(draft)
    if not await stored.hold(tx, merchant_id):
        raise NotFound(f"There is no merchant {merchant_id}.")
    row = location_row(tx, merchant_id, draft, (await known_place(tx, draft.place_id)).currency)
    await stored.insert_locations(tx, [row])
    return row.id


async def whereabouts(tx: Transaction, location_id: UUID) -> Whereabouts | None:
    """Whose a location is, where it is and by which clock; None when there is none that the actor may see."""
    return await stored.whereabouts(tx, location_id)


async def update_location(tx: Transaction, location_id: UUID, draft: LocationDraft) -> None:
    """Rewrite a location; it stays its merchant's, and in its currency. What is sold there gets new terms."""
    check_location(draft)
    await deal_rows.hold_of(tx, location_id=location_id)
    standing = await stored.lock_location(tx, location_id)
    if standing is None:
        raise NotFound(f"There is no location {location_id}.")
    place = await known_place(tx, draft.place_id)
    if place.currency != standing.currency:
        raise Conflict(f"A location that takes {standing.currency} cannot move to {place.name}; add a new one there.")
    row = location_row(tx, standing.merchant_id, draft, standing.currency, own_id=location_id)
    await stored.update_location(tx, row)
    await freeze(tx, await deal_rows.shown_ids(tx, location_id=location_id))


async def insert_merchants(
    tx: Transaction, drafts: Sequence[MerchantDraft], feeds: Sequence[str | None] | None = None
) -> list[UUID]:
    wanted = [draft.slug or slugify(draft.name, "merchant") for draft in drafts]
    taken = await stored.taken_slugs(tx, wanted)
    rows: list[stored.MerchantRow] = []
    new_ids = tx.new_ids()
    for draft, slug, feed in zip(drafts, wanted, feeds or [None] * len(drafts), strict=True):
        own_id = next(new_ids)
        if slug in taken and draft.slug:
            raise Conflict(f"The slug {slug} is taken.")
        own = f"{slug}-{own_id.hex[-6:]}" if slug in taken else slug
        taken.add(own)
        rows.append(
            stored.MerchantRow(
                id=own_id,
                slug=own,
                name=draft.name,
                folded_name=fold(draft.name) or draft.name,
                website=draft.website,
                description=draft.description,
                source_feed=feed,
                created_at=tx.now,
                changed_at=tx.now,
            )
        )
    await stored.insert(tx, rows)
    return [row.id for row in rows]


def location_row(
    tx: Transaction, merchant_id: UUID, draft: LocationDraft, currency: str, own_id: UUID | None = None
) -> stored.LocationRow:
    return stored.LocationRow(
        id=own_id or tx.new_id(),
        merchant_id=merchant_id,
        place_id=draft.place_id,
        currency=currency,
        name=draft.name,
        address=draft.address,
        latitude=draft.latitude,
        longitude=draft.longitude,
        opening_hours=draft.opening_hours,
        created_at=tx.now,
        changed_at=tx.now,
    )
