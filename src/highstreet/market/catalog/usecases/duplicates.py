"""Finding deals that are likely the same, and merging those that somebody says are."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import numpy as np

from highstreet.kit.commands import run_command
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.kit.jobs import Job, defer
from highstreet.market.catalog.domain.deals import DealState, Origin, PublishedDeal
from highstreet.market.catalog.domain.duplicates import (
    DuplicatePair,
    PairState,
    Proposal,
    Search,
    Side,
    choose,
    digest,
    reconcile,
    restored,
)
from highstreet.market.catalog.domain.likeness import Comparable, likely_same
from highstreet.market.catalog.repository import deals as deal_rows
from highstreet.market.catalog.repository import duplicates as rows
from highstreet.market.catalog.repository import published
from highstreet.market.catalog.usecases.deals import record_moved

_SHOWN_CHARACTERS: Final = 500
_SPLIT_REASON: Final = "split from the deal that it had given way to"


class SearchWanted(msgspec.Struct, frozen=True):
    """Deals have changed; the search itself knows which."""


async def _search(database: Database, wanted: SearchWanted) -> None:
    """In a process of its own, whose memory is limited: the deals of a large catalogue take gigabytes."""
    del database, wanted
    status, said = await run_command("deals", "duplicates", "find")
    if status:
        raise RuntimeError(f"the search for duplicates ended with {status}: {said[-_SHOWN_CHARACTERS:]}")


async def find_duplicates(database: Database, *, everything: bool = False) -> Search:
    """Compare the deals that changed since the last search with all others, and propose what is likely the same.

    With `everything`, or the first time, all are compared with all. Nothing is merged. The comparing takes no
    transaction; a deal that changes meanwhile is compared by the next search.
    """
    async with database.system() as tx:
        # The cursor is taken first: what commits while the deals are read is compared now and once more the next time.
        cursor = await published.snapshot(tx)
        since = None if everything else await rows.last_search(tx)
        changed = None if since is None else await rows.changed(tx, since)
        deals = [] if changed is not None and not changed else await rows.comparables(tx)
    found = await asyncio.to_thread(_likely, deals, changed)
    async with database.system() as tx:
        await rows.take_turn(tx)
        touched = None if changed is None else list(changed)
        there = await rows.hold_deals(tx, _named(found, await rows.pairs(tx, touched)))
        still = [one for one in found if there >= {one.first_id, one.second_id}]
        changes = reconcile(still, await rows.pairs(tx, touched))
        if changes.propose:
            await rows.propose(tx, changes.propose)
        if changes.forget:
            await rows.forget(tx, changes.forget)
        await rows.keep_search(tx, cursor)
    return Search(
        deals=len(deals),
        changed=len(deals) if changed is None else len(changed),
        proposed=len(changes.propose),
        forgotten=len(changes.forget),
    )


def _named(found: Sequence[Proposal], known: Iterable[tuple[UUID, UUID]]) -> set[UUID]:
    return (
        {one.first_id for one in found} | {one.second_id for one in found} | {own_id for ids in known for own_id in ids}
    )


def _likely(deals: Sequence[Comparable], changed: set[UUID] | None) -> list[Proposal]:
    """The pairs that are likely the same, of those with a deal that changed."""
    if not deals:
        return []
    flags = None if changed is None else np.array([deal.id in changed for deal in deals], np.bool_)
    found: list[Proposal] = []
    for pair in likely_same(deals, changed=flags):
        first, second = sorted((deals[pair.first], deals[pair.second]), key=lambda deal: deal.id)
        found.append(
            Proposal(
                first_id=first.id,
                second_id=second.id,
                score=pair.score,
                reasons=pair.reasons,
                first_digest=digest(first),
                second_digest=digest(second),
            )
        )
    return found


SEARCH: Final = Job("catalog.find_duplicates", SearchWanted, _search, attempts=3)


async def ask_for_search(tx: Transaction) -> None:
    """Let a worker look for duplicates among what has changed, once the transaction has committed."""
    await defer(tx, SEARCH, SearchWanted(), lock=SEARCH.name, queueing_lock=SEARCH.name)


async def count_proposed(tx: Transaction, deal_ids: Sequence[UUID], since: datetime) -> int:
    """How many pairs with one of these deals were put forward since then, whatever has become of them."""
    return await rows.count_found(tx, deal_ids, since)


async def duplicate_pairs(
    tx: Transaction, *, state: PairState = PairState.PROPOSED, limit: int = 100
) -> list[DuplicatePair]:
    """Pairs in a state, the likeliest first."""
    return await rows.listed(tx, state, limit)


async def duplicate_pair(tx: Transaction, pair_id: UUID) -> DuplicatePair:
    """One pair. Raises NotFound."""
    return _there(await rows.one(tx, pair_id), pair_id)


async def merge_duplicates(tx: Transaction, pair_id: UUID, *, keep: UUID | None = None) -> tuple[UUID, UUID]:
    """Let one deal of a proposed pair give way to the other; the ids of the one that stays and of the other one.

    `keep` says which stays; else it is the one that is sold here, runs, or is older. The page of the other one leads to
    it, and what feeds state later of either is taken over without bringing the other one back. Raises NotFound, and
    Conflict where the pair cannot be merged so.
    """
    pair = _there(await rows.hold(tx, pair_id), pair_id)
    stays, goes = choose(pair, keep)
    await rows.decide(tx, pair_id, PairState.MERGED, digests=await _digests(tx, pair), withdrawn=(goes.id, goes.state))
    await _move(tx, goes, DealState.MERGED, f"merged into {stays.id}")
    return stays.id, goes.id


async def reject_duplicates(tx: Transaction, pair_id: UUID) -> None:
    """The two are not the same: they are proposed again only when both have changed. Raises NotFound and Conflict."""
    pair = _there(await rows.hold(tx, pair_id), pair_id)
    if pair.state is not PairState.PROPOSED:
        raise Conflict(f"The pair is {pair.state} already.")
    await rows.decide(tx, pair_id, PairState.REJECTED, digests=await _digests(tx, pair))


async def split_duplicates(tx: Transaction, pair_id: UUID) -> tuple[UUID, DealState]:
    """Undo a merge: the id of the deal that comes back, and its state. The pair counts as rejected from then on.

    It is as it would be had it never given way: its feed's words were taken over all the time, and its dates hold.
    Raises NotFound, and Conflict for a pair that is not merged.
    """
    pair = _there(await rows.hold(tx, pair_id), pair_id)
    if pair.withdrawn_id is None or pair.withdrawn_from is None:
        raise Conflict(f"The pair is {pair.state}, not merged.")
    back = pair.first if pair.withdrawn_id == pair.first.id else pair.second
    await rows.decide(tx, pair_id, PairState.REJECTED, digests=await _digests(tx, pair))
    state = restored(back, pair.withdrawn_from, tx.now)
    await _move(tx, back, state, _SPLIT_REASON)
    return back.id, state


async def surviving_deal(tx: Transaction, deal_id: UUID) -> PublishedDeal | None:
    """The deal that a deal gave way to, where that has a public page."""
    found = await rows.survivor(tx, deal_id)
    shown = await published.public(tx, [found]) if found else []
    return shown[0] if shown else None


async def _move(tx: Transaction, side: Side, state: DealState, reason: str) -> None:
    await deal_rows.move(tx, [side.id], state, reason)
    await record_moved(tx, side.id, Origin.IMPORTED, side.state, state, reason)


async def _digests(tx: Transaction, pair: DuplicatePair) -> tuple[str, str]:
    """Of both deals as they are now: what somebody decides on is what they see."""
    compared = await rows.compared(tx, [pair.first.id, pair.second.id])
    return digest(compared[pair.first.id]), digest(compared[pair.second.id])


def _there(pair: DuplicatePair | None, pair_id: UUID) -> DuplicatePair:
    if pair is None:
        raise NotFound(f"There is no pair {pair_id}.")
    return pair
