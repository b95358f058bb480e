"""Looking after the saved searches."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from highstreet.discovery.search import repository
from highstreet.discovery.search.saved import USUAL, Match, SavedSearch, Wish, checked
from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.catalog import service as catalog

_EXPIRED_AT_ONCE: Final = 1_000


async def save_search(
    tx: Transaction, wish: Wish, *, owner_id: UUID | None = None, lasts: timedelta = USUAL
) -> SavedSearch:
    """Tell of deals that match from now on. Raises InvalidInput for a wish that cannot be asked."""
    tidy = checked(wish, lasts, await catalog.categories(tx), tx.now)
    saved = SavedSearch(
        **msgspec.structs.asdict(tidy),
        id=tx.new_id(),
        owner_id=owner_id,
        created_at=tx.now,
        expires_at=tx.now + lasts,
        paused=False,
    )
    await repository.insert_saved_search(tx, saved)
    return saved


async def saved_searches(tx: Transaction, *, owner_id: UUID | None = None, limit: int = 100) -> list[SavedSearch]:
    """Those of an owner, or all, the newest first."""
    return await repository.saved_searches(tx, owner_id, limit)


async def pause_search(tx: Transaction, search_id: UUID, *, paused: bool = True) -> None:
    """Tell of nothing until it goes on; what went live in between is not told later. Raises NotFound."""
    _require(search_id, found=await repository.pause_saved_search(tx, search_id, paused=paused))


async def remove_search(tx: Transaction, search_id: UUID) -> None:
    """Forget a saved search, and what it was told of. Raises NotFound."""
    _require(search_id, found=await repository.delete_saved_search(tx, search_id))


async def matches(tx: Transaction, search_id: UUID | None = None, *, limit: int = 100) -> list[Match]:
    """What a saved search was told of, or all were, the latest first."""
    return await repository.matches(tx, search_id, limit)


async def forget_expired(tx: Transaction) -> int:
    """Forget saved searches whose time is over, so many at a time; how many."""
    return await repository.delete_expired_searches(tx, _EXPIRED_AT_ONCE)


def _require(search_id: UUID, *, found: bool) -> None:
    if not found:
        raise NotFound(
            f"There is no saved search {search_id}; `highstreet search alerts list` shows those that there are."
        )
