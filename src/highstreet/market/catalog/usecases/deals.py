"""Writing deals, and leading them from state to state."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, FieldProblem, InvalidInput, NotFound
from highstreet.market.catalog.domain import compose, facts
from highstreet.market.catalog.domain.deals import (
    REVISABLE,
    Deal,
    DealState,
    InReview,
    Origin,
    Passage,
    PricePoint,
    check_transition,
)
from highstreet.market.catalog.domain.drafts import DealDraft, check_complete, check_deal
from highstreet.market.catalog.domain.merchants import text_problems
from highstreet.market.catalog.domain.terms import TermsVersion
from highstreet.market.catalog.repository import categories as category_rows
from highstreet.market.catalog.repository import deals as rows
from highstreet.market.catalog.repository import merchants as merchant_rows
from highstreet.market.catalog.repository import places as place_rows
from highstreet.market.catalog.usecases.terms import freeze
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission

_SWEEP: Final = 500
_QUEUE: Final = 200
_MAX_REASON_LENGTH: Final = 2_000


async def create_deal(tx: Transaction, draft: DealDraft) -> UUID:
    """A new deal in draft."""
    deal = await compose_draft(tx, draft, None)
    await rows.insert(tx, [deal])
    await record_moved(tx, deal.id, deal.origin, None, deal.state, None)
    return deal.id


async def revise_deal(tx: Transaction, deal_id: UUID, draft: DealDraft) -> None:
    """Make a deal what the draft says; what is on sale gets new terms. Merchant and currency stay.

    An option of the draft that carries the id of an offered one changes it; offered options that are not in the draft
    are withdrawn.
    """
    standing = await _lock(tx, deal_id)
    if standing.state not in REVISABLE or standing.origin is Origin.IMPORTED:
        raise Conflict(f"A deal that is {standing.origin} and {standing.state} cannot be revised.")
    if draft.merchant_id != standing.merchant_id:
        raise InvalidInput.at("merchant_id", "a deal stays its merchant's")
    if draft.currency != standing.currency:
        raise InvalidInput.at("currency", f"a deal in {standing.currency} stays in {standing.currency}")
    deal = await compose_draft(tx, draft, standing)
    if standing.state in {DealState.LIVE, DealState.SOLD_OUT} and deal.starts_at > tx.now:
        raise InvalidInput.at("starts_at", f"a deal that is {standing.state} has begun; pause it to put it off")
    await rows.update(tx, [deal])
    if standing.terms_version is not None:
        await freeze(tx, [deal_id])
    revised = facts.DealRevised(deal_id=deal_id, origin=standing.origin, state=standing.state)
    await outbox.record(tx, aggregate=facts.AGGREGATE, aggregate_id=deal_id, name=facts.REVISED, payload=revised)


async def compose_draft(tx: Transaction, draft: DealDraft, standing: rows.Standing | None) -> Deal:
    """The deal that a draft describes, new or in place of the standing one. Raises InvalidInput."""
    check_deal(draft)
    await place_rows.hold_still(tx)
    references = await known_references(tx, {draft.category}, {draft.division})
    if not await merchant_rows.hold(tx, draft.merchant_id):
        raise InvalidInput.at("merchant_id", f"there is no merchant {draft.merchant_id}")
    await _check_locations(tx, draft)
    await _check_option_ids(tx, draft, standing)
    deal = compose.from_draft(
        draft,
        references,
        merchant_id=draft.merchant_id,
        location_ids=draft.locations,
        origin=standing.origin if standing else Origin.WRITTEN,
        state=standing.state if standing else DealState.DRAFT,
        new_id=tx.new_id,
        own_id=standing.id if standing else None,
    )
    if deal.state is not DealState.DRAFT:
        check_complete(
            category_id=deal.category_id,
            reach=deal.reach,
            points=len(deal.location_ids),
            options=len(deal.options),
        )
    return deal


async def known_references(
    tx: Transaction, category_slugs: set[str | None], division_slugs: set[str | None]
) -> compose.References:
    """The ids behind slugs; categories and divisions stay as they are until the transaction ends."""
    return compose.References(
        categories=await category_rows.ids(tx, {slug for slug in category_slugs if slug is not None}),
        divisions=await category_rows.division_ids(tx, {slug for slug in division_slugs if slug is not None}),
    )


async def _check_locations(tx: Transaction, draft: DealDraft) -> None:
    keys = await merchant_rows.location_keys(tx, draft.locations)
    problems: list[FieldProblem] = []
    for index, location_id in enumerate(draft.locations):
        key = keys.get(location_id)
        if key is None or key.merchant_id != draft.merchant_id:
            problems.append(FieldProblem(f"locations[{index}]", "is not a location of the merchant"))
        elif key.currency != draft.currency:
            problems.append(FieldProblem(f"locations[{index}]", f"takes {key.currency}, not {draft.currency}"))
    if problems:
        raise InvalidInput(tuple(problems))


async def _check_option_ids(tx: Transaction, draft: DealDraft, standing: rows.Standing | None) -> None:
    own = await rows.options_of(tx, [standing.id]) if standing else {}
    offered = {option.id for option in own.get(standing.id, [])} if standing else set[UUID]()
    problems = tuple(
        FieldProblem(f"options[{index}].id", "is not an option that the deal offers")
        for index, option in enumerate(draft.options)
        if option.id is not None and option.id not in offered
    )
    if problems:
        raise InvalidInput(problems)


async def submit(tx: Transaction, deal_id: UUID) -> None:
    """Hand a draft to review. Raises InvalidInput when something is missing that a reviewer needs."""
    standing = await _lock(tx, deal_id)
    check_transition(standing.state, DealState.IN_REVIEW, standing.origin)
    check_complete(
        category_id=standing.category_id, reach=standing.reach, points=standing.points, options=standing.options
    )
    await _move(tx, standing, DealState.IN_REVIEW)


async def in_review(tx: Transaction) -> list[InReview]:
    """The deals that have waited longest for a reviewer, some hundreds at most. Raises as `approve` does."""
    await identity.require(tx, Permission.DEALS_REVIEW)
    return await rows.in_review(tx, _QUEUE)


async def approve(tx: Transaction, deal_id: UUID) -> None:
    """Accept a deal as it stands; its terms are frozen. Raises Forbidden for who may not review deals."""
    await identity.require(tx, Permission.DEALS_REVIEW)
    standing = await _lock(tx, deal_id)
    check_transition(standing.state, DealState.APPROVED, standing.origin)
    await freeze(tx, [deal_id])
    await _move(tx, standing, DealState.APPROVED)


async def reject(tx: Transaction, deal_id: UUID, *, reason: str) -> None:
    """Send a deal back to whoever wrote it. Raises Forbidden for who may not review deals."""
    await identity.require(tx, Permission.DEALS_REVIEW)
    await _move(tx, await _lock(tx, deal_id), DealState.REJECTED, reason=_stated(reason))


async def reopen(tx: Transaction, deal_id: UUID) -> None:
    """Take a deal that is not on sale back to draft."""
    await _move(tx, await _lock(tx, deal_id), DealState.DRAFT)


async def schedule(tx: Transaction, deal_id: UUID) -> None:
    """Let an approved deal go live by itself when it starts."""
    standing = await _lock(tx, deal_id)
    _check_not_over(tx, standing)
    await _move(tx, standing, DealState.SCHEDULED)


async def publish(tx: Transaction, deal_id: UUID) -> None:
    """Put a deal on sale at once. Raises Conflict before its start and after its end."""
    standing = await _lock(tx, deal_id)
    check_transition(standing.state, DealState.LIVE, standing.origin)
    _check_not_over(tx, standing)
    if standing.starts_at > tx.now:
        raise Conflict("The deal has not started; schedule it, or let it start earlier.")
    await _move(tx, standing, DealState.LIVE)


async def pause(tx: Transaction, deal_id: UUID, *, reason: str | None = None) -> None:
    await _move(tx, await _lock(tx, deal_id), DealState.PAUSED, reason=reason)


async def resume(tx: Transaction, deal_id: UUID) -> None:
    """Put a paused deal back on sale, or back to waiting for its start."""
    standing = await _lock(tx, deal_id)
    if standing.state is not DealState.PAUSED:
        raise Conflict(f"A deal that is {standing.state} is not paused.")
    _check_not_over(tx, standing)
    await _move(tx, standing, DealState.SCHEDULED if standing.starts_at > tx.now else DealState.LIVE)


async def sell_out(tx: Transaction, deal_id: UUID) -> None:
    await _move(tx, await _lock(tx, deal_id), DealState.SOLD_OUT)


async def restock(tx: Transaction, deal_id: UUID) -> None:
    """Put a deal that was sold out back on sale."""
    standing = await _lock(tx, deal_id)
    if standing.state is not DealState.SOLD_OUT:
        raise Conflict(f"A deal that is {standing.state} is not sold out.")
    _check_not_over(tx, standing)
    await _move(tx, standing, DealState.LIVE)


async def end(tx: Transaction, deal_id: UUID, *, reason: str | None = None) -> None:
    await _move(tx, await _lock(tx, deal_id), DealState.ENDED, reason=reason)


async def archive(tx: Transaction, deal_id: UUID) -> None:
    await _move(tx, await _lock(tx, deal_id), DealState.ARCHIVED)


async def kill(tx: Transaction, deal_id: UUID, *, reason: str) -> None:
    """Take a deal off for good."""
    await _move(tx, await _lock(tx, deal_id), DealState.KILLED, reason=_stated(reason))


async def advance_due(tx: Transaction) -> int:
    """Start and end deals whose time has come by the clock, some hundreds at a time; how many that were."""
    due = await rows.due(tx, _SWEEP)
    for state in (DealState.ENDED, DealState.LIVE):
        ids = [deal.id for deal in due if deal.after is state]
        if ids:
            await rows.move(tx, ids, state, None)
    moves = [
        facts.DealMoved(deal_id=deal.id, origin=deal.origin, before=deal.before, after=deal.after, reason=None)
        for deal in due
    ]
    await record_all(tx, moves)
    return len(due)


async def history(tx: Transaction, deal_id: UUID) -> list[Passage]:
    """Every state that a deal has been in, in order, with when, by whom and why."""
    return await rows.passages(tx, deal_id)


async def price_history(tx: Transaction, deal_id: UUID) -> list[PricePoint]:
    """Every price that a deal's options have had, withdrawn options included, in order."""
    return await rows.prices(tx, deal_id)


async def terms(tx: Transaction, deal_id: UUID, version: int | None = None) -> TermsVersion | None:
    """A frozen version of a deal's terms; without a number the one that it is sold by now."""
    return await rows.terms(tx, deal_id, version)


async def record_moved(
    tx: Transaction, deal_id: UUID, origin: Origin, before: DealState | None, after: DealState, reason: str | None
) -> None:
    moved = facts.DealMoved(deal_id=deal_id, origin=origin, before=before, after=after, reason=reason)
    await record_all(tx, [moved])


async def record_all(tx: Transaction, moves: Sequence[facts.DealMoved]) -> None:
    """Record that deals have entered states."""
    await outbox.record_many(
        tx,
        [outbox.Happening(facts.AGGREGATE, moved.deal_id, moved.name, moved) for moved in moves],
    )


async def _lock(tx: Transaction, deal_id: UUID) -> rows.Standing:
    standing = await rows.lock(tx, deal_id)
    if standing is None:
        raise NotFound(f"There is no deal {deal_id}.")
    return standing


async def _move(tx: Transaction, standing: rows.Standing, state: DealState, *, reason: str | None = None) -> None:
    check_transition(standing.state, state, standing.origin)
    await rows.move(tx, [standing.id], state, reason)
    await record_moved(tx, standing.id, standing.origin, standing.state, state, reason)


def _check_not_over(tx: Transaction, standing: rows.Standing) -> None:
    if standing.ends_at is not None and standing.ends_at <= tx.now:
        raise Conflict("The deal is over; give it a later end first.")


def _stated(reason: str) -> str:
    problems = text_problems("reason", reason, _MAX_REASON_LENGTH)
    if problems:
        raise InvalidInput(tuple(problems))
    return reason
