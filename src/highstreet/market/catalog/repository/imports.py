"""What the catalogue knows already of a feed's deals."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.deals import DealState


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's deal as it stands: what it said, by digest, its state, currency and start."""

    id: UUID
    feed: str
    key: str
    digest: str
    state: DealState
    currency: str
    starts_at: datetime


async def take_turn(tx: Transaction, feeds: Iterable[str]) -> None:
    """Wait until nobody else imports these feeds; then nobody does before this transaction ends."""
    await tx.execute(
        """
        SELECT pg_advisory_xact_lock(hashtextextended(feed, 0))
        FROM (SELECT DISTINCT feed FROM unnest(%s::text[]) AS given (feed) ORDER BY feed) AS feeds
        """,
        [list(feeds)],
    )


async def known(tx: Transaction, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """The deals that were imported before, by feed and key."""
    feeds, own = zip(*keys, strict=True)
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT
            deals.id, deals.source_feed AS feed, deals.source_key AS key, deals.source_digest AS digest, deals.state,
            deals.currency, deals.starts_at
        FROM catalog.deals
        INNER JOIN unnest(%s::text[], %s::text[]) AS asked (feed, key)
            ON deals.source_feed = asked.feed AND deals.source_key = asked.key
        """,
        [list(feeds), list(own)],
    )
    found = msgspec.convert(rows, list[Known])
    return {(deal.feed, deal.key): deal for deal in found}


async def hold(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, DealState]:
    """The states of deals; nobody else changes these deals before this transaction ends."""
    rows = await tx.fetch_all(
        dict[str, Any],
        "SELECT id, state FROM catalog.deals WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [list(ids)],
    )
    return {row["id"]: DealState(row["state"]) for row in rows}
