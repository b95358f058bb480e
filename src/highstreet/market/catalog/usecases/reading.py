"""Deals as the public sees them, and how a follower keeps up."""

from collections.abc import Sequence
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.changes import ChangeCursor, DealChanges, LiveSpan, LiveSpans
from highstreet.market.catalog.domain.deals import PublishedDeal
from highstreet.market.catalog.repository import published


async def published_deal(tx: Transaction, deal_id: UUID) -> PublishedDeal | None:
    """A deal that has a public page: one that is live, sold out or ended."""
    found = await published.public(tx, [deal_id])
    return found[0] if found else None


async def published_deals(tx: Transaction, ids: Sequence[UUID]) -> list[PublishedDeal]:
    """The deals of these ids that have a public page, in the order of the ids."""
    found = {deal.id: deal for deal in await published.public(tx, ids)}
    return [found[own_id] for own_id in ids if own_id in found]


async def written_deal(tx: Transaction, deal_id: UUID) -> PublishedDeal | None:
    """A deal in whatever state as it would be shown, for those who work on it. Needs the system role or an operator."""
    found = await published.in_any_state(tx, [deal_id])
    return found[0] if found else None


async def changed_deals(tx: Transaction, since: ChangeCursor | None) -> DealChanges:
    """What to show and what to show no longer, since the cursor of the last answer; everything live without one.

    A change is handed over once the transaction that made it has committed, in whatever order transactions began or
    ended. It may be handed over twice, so the receiver replaces what it holds. Needs the system role: under the
    public's policies a deal that is no longer public would vanish without a word.
    """
    # The cursor is taken before the rows are read: what commits in between is read now and once more the next time.
    cursor = await published.snapshot(tx)
    if since is None:
        return DealChanges(published=await published.live(tx), withdrawn=[], cursor=cursor)
    return DealChanges(
        published=await published.live_unseen(tx, since),
        withdrawn=await published.gone_unseen(tx, since),
        cursor=cursor,
    )


async def present(tx: Transaction) -> ChangeCursor:
    """Where a follower stands that has seen everything that can be seen now."""
    return await published.snapshot(tx)


async def changed_live(
    tx: Transaction, since: ChangeCursor, until: ChangeCursor, after: UUID | None, limit: int
) -> list[PublishedDeal]:
    """Live deals that changed between two cursors, in the order of their ids, so many behind the id `after`.

    Whoever reads on until there are no more, and then from `until` on, is handed every deal that changed and stayed
    live, however many changed at once: one that changes in between is told behind `until`. Needs the system role.
    """
    return await published.live_between_cursors(tx, since, until, after, limit)


async def live_spans(tx: Transaction, size: int) -> LiveSpans:
    """Everything live, in spans of `size` deals; the last one has what is left. Needs `Database.reading`.

    Who reads all spans with `deals_of`, in this transaction or in others that share its snapshot, has read each deal
    once, as it was at one moment. What has changed since is told by `changed_deals` with the cursor.
    """
    firsts, deals = await published.every_live(tx, size)
    lasts = [*(UUID(int=first.int - 1) for first in firsts[1:]), UUID(int=2**128 - 1)]
    spans = tuple(LiveSpan(first, last) for first, last in zip(firsts, lasts, strict=False))
    return LiveSpans(deals, spans, await published.snapshot(tx))


async def deals_of(tx: Transaction, span: LiveSpan) -> list[PublishedDeal]:
    """The live deals of a span, in the order of their ids."""
    return await published.live_between(tx, span)


async def invented_by_division(tx: Transaction) -> dict[str, int]:
    """How many invented deals run or are to start, by the slug of their division. Needs the system role."""
    return await published.invented_by_division(tx)
