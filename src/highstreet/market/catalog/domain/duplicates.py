"""Pairs of deals that are likely the same: proposed, decided by a person, and what a merge does to the two."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import Conflict
from highstreet.market.catalog.domain.deals import DealState, Origin
from highstreet.market.catalog.domain.likeness import Comparable, Reasons

MERGEABLE: Final = (DealState.LIVE, DealState.SOLD_OUT, DealState.SCHEDULED, DealState.PAUSED, DealState.ENDED)
"""States in which deals are compared and merged, those first of which the deal had rather stay."""


class PairState(StrEnum):
    """What has become of a pair."""

    PROPOSED = "proposed"
    MERGED = "merged"
    REJECTED = "rejected"


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a pair: `first_id` is below `second_id`; digests are of what was compared."""

    first_id: UUID
    second_id: UUID
    state: PairState
    score: float
    first_digest: str
    second_digest: str


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that is likely the same, as a search found it."""

    first_id: UUID
    second_id: UUID
    score: float
    reasons: Reasons
    first_digest: str
    second_digest: str


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a search changes about the pairs on record."""

    propose: tuple[Proposal, ...]
    """New ones, those that score otherwise, and rejected ones of which both deals have changed."""
    forget: tuple[tuple[UUID, UUID], ...]
    """Proposed before, and no longer likely."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One deal of a pair, as somebody decides about it."""

    id: UUID
    title: str
    slug: str
    merchant: str | None
    origin: Origin
    state: DealState
    feed: str | None
    key: str | None
    url: str | None
    currency: str
    price_minor: int | None
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime


class DuplicatePair(msgspec.Struct, frozen=True, kw_only=True):
    """A pair with everything that a decision needs. `withdrawn_id` is the deal that gave way, while they are merged."""

    id: UUID
    state: PairState
    score: float
    reasons: Reasons
    found_at: datetime
    decided_at: datetime | None
    withdrawn_id: UUID | None
    withdrawn_from: DealState | None
    first: Side
    second: Side


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What a search for duplicates did. `changed` is how many deals it compared with all others."""

    deals: int
    changed: int
    proposed: int
    forgotten: int


def digest(deal: Comparable) -> str:
    """Tells whether a deal is as it was when it was compared: SHA-256 of what is compared of it, in hexadecimal."""
    said = {**msgspec.structs.asdict(deal), "id": UUID(int=0)}
    del said["exact"]  # the points tell it: those of towns are where no address is
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def reconcile(found: Iterable[Proposal], known: Mapping[tuple[UUID, UUID], Pair]) -> Changes:
    """What a search that found these pairs changes; `known` are the pairs on record that it looked at once more."""
    likely = {(one.first_id, one.second_id): one for one in found}
    return Changes(
        propose=tuple(one for key, one in likely.items() if _is_news(one, known.get(key))),
        forget=tuple(key for key, pair in known.items() if pair.state is PairState.PROPOSED and key not in likely),
    )


def _is_news(one: Proposal, known: Pair | None) -> bool:
    if known is None:
        return True
    changed = (one.first_digest != known.first_digest, one.second_digest != known.second_digest)
    if known.state is PairState.PROPOSED:
        return any(changed) or one.score != known.score
    return known.state is PairState.REJECTED and all(changed)


def choose(pair: DuplicatePair, keep: UUID | None) -> tuple[Side, Side]:
    """Which deal of a pair stays, and which gives way; `keep` says it, else what is sold here, runs, or is older stays.

    Raises Conflict where the pair cannot be merged, or not so.
    """
    if pair.state is not PairState.PROPOSED:
        raise Conflict(f"The pair is {pair.state} already.")
    for side in (pair.first, pair.second):
        if side.state not in MERGEABLE:
            raise Conflict(f"Deal {side.id} is {side.state}; nothing can be merged with it.")
    stays, goes = sorted((pair.first, pair.second), key=_rank)
    if keep is not None:
        if keep not in {stays.id, goes.id}:
            raise Conflict(f"Deal {keep} is none of the pair.")
        stays, goes = (stays, goes) if keep == stays.id else (goes, stays)
    if goes.origin is not Origin.IMPORTED:
        raise Conflict(f"Deal {goes.id} is {goes.origin}, and something may have been sold of it; end it instead.")
    return stays, goes


def _rank(side: Side) -> tuple[bool, int, datetime, UUID]:
    return side.origin is Origin.IMPORTED, MERGEABLE.index(side.state), side.created_at, side.id


def restored(side: Side, before: DealState, now: datetime) -> DealState:
    """The state of a deal that no longer gives way: what it was, unless time has passed over it."""
    if side.ends_at is not None and side.ends_at <= now:
        return DealState.ENDED
    if before in {DealState.SCHEDULED, DealState.LIVE}:
        return DealState.SCHEDULED if side.starts_at > now else DealState.LIVE
    return before
