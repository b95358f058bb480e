"""Word of a provider becomes what we know: one way in for webhooks, a browser's return, jobs and the reconciliation."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.market.payments.domain import disputes, facts, refunds
from highstreet.market.payments.domain.disputes import DisputeSeen
from highstreet.market.payments.domain.payments import Known, Payment, join, mismatch
from highstreet.market.payments.domain.refunds import Refund, RefundSeen, RefundState
from highstreet.market.payments.domain.seen import Outcome, Seen
from highstreet.market.payments.domain.watching import FIRST_LOOK, next_look
from highstreet.market.payments.repository import disputes as dispute_rows
from highstreet.market.payments.repository import events as event_rows
from highstreet.market.payments.repository import payments as rows
from highstreet.market.payments.repository import refunds as refund_rows
from highstreet.market.payments.usecases.requests import tell

Then: TypeAlias = Callable[[Transaction, Payment], Awaitable[object]]
"""What follows for whoever is above payments, in the same transaction: an order that is settled."""


async def find(tx: Transaction, provider: str, seen: Seen) -> Payment | None:
    """The payment that a provider speaks of, held until the transaction ends."""
    return await rows.lock_named(tx, provider, seen.reference, seen.provider_ref, seen.charge_ref)


async def apply(tx: Transaction, provider: str, payment: Payment, seen: Seen) -> tuple[Payment, Outcome, str | None]:
    """The payment with what was seen of it, what became of that word, and why it was not believed, if it was not.

    The payment is held. Of word that contradicts it nothing is applied.
    """
    if problem := mismatch(payment, seen.payment, seen.charge_ref):
        return payment, Outcome.MISMATCH, problem
    if payment.provider_ref is None and seen.provider_ref is not None:
        await rows.address(tx, payment.id, provider, seen.provider_ref, tx.now + FIRST_LOOK)
    now_known = await _learn(tx, provider, payment, seen)
    for each in seen.refunds:
        now_known = await apply_refund(tx, now_known, each)
    changed = [await _apply_dispute(tx, now_known, each) for each in seen.disputes]
    outcome = Outcome.APPLIED if now_known != payment or any(changed) else Outcome.UNCHANGED
    return now_known, outcome, None


async def _learn(tx: Transaction, provider: str, payment: Payment, seen: Seen) -> Payment:
    told = Known(charge_ref=seen.charge_ref)
    if seen.payment is not None:
        told = join(told, seen.payment.known)
    known = join(payment.known, told)
    if known == payment.known:
        return payment
    learnt = await rows.learn(tx, payment, known, due_at=next_look(payment, known, tx.now))
    await tell(tx, payment, learnt)
    if known.charge_ref != payment.charge_ref:
        learnt = await _catch_up(tx, provider, learnt)
    return learnt


async def _catch_up(tx: Transaction, provider: str, payment: Payment) -> Payment:
    """Apply what was told of the money before we knew that it is this payment's."""
    assert payment.charge_ref is not None, "the caller has just learnt it"
    for waiting in await event_rows.waiting_for(tx, provider, payment.charge_ref):
        payment, outcome, problem = await apply(tx, provider, payment, waiting.said())
        await event_rows.settle(tx, waiting.id, outcome, payment.id, problem)
    return payment


async def apply_refund(tx: Transaction, payment: Payment, seen: RefundSeen) -> Payment:
    """The payment with what was seen of one of its refunds; it is held."""
    standing = _same(await refund_rows.of_payment(tx, payment.id), seen)
    if standing is None:
        if seen.provider_ref is None:
            return payment
        refund_id = await refund_rows.insert_foreign(
            tx, payment.id, seen.provider_ref, seen.amount_minor, seen.state, _problem(seen)
        )
        before, after, own = None, seen.state, False
    else:
        refund_id, own = standing.id, standing.own
        before, after = standing.state, refunds.further(standing.state, seen.state)
        if (before, standing.provider_ref) == (after, seen.provider_ref or standing.provider_ref):
            return payment
        await refund_rows.move(tx, refund_id, after, seen.provider_ref, _problem(seen))
    totalled = await rows.total_refunds(tx, payment.id)
    if after is not before and after in {RefundState.SUCCEEDED, RefundState.FAILED}:
        payload = facts.RefundMoved(
            refund_id=refund_id,
            payment_id=payment.id,
            order_id=payment.order_id,
            amount_minor=seen.amount_minor,
            currency=payment.currency,
            own=own,
        )
        await outbox.record(
            tx, aggregate=facts.AGGREGATE, aggregate_id=payment.id, name=f"refund.{after}", payload=payload
        )
    return totalled


def _same(known: list[Refund], seen: RefundSeen) -> Refund | None:
    """Ours by our own id, else by the provider's name. One by our id of another amount is none of ours."""
    for each in known:
        if each.id == seen.reference and each.amount_minor == seen.amount_minor:
            return each
    return next((each for each in known if seen.provider_ref and each.provider_ref == seen.provider_ref), None)


def _problem(seen: RefundSeen) -> str | None:
    if seen.state is not RefundState.FAILED:
        return None
    return seen.problem or "the provider gave no reason"


async def _apply_dispute(tx: Transaction, payment: Payment, seen: DisputeSeen) -> bool:
    """Whether anything was new."""
    standing = await dispute_rows.by_name(tx, payment.id, seen.provider_ref)
    before = standing.state if standing else None
    if standing is None:
        dispute_id, after = await dispute_rows.insert(tx, payment.id, seen), seen.state
    else:
        dispute_id, after = standing.id, disputes.further(standing.state, seen.state)
        if after is before and (seen.evidence_due_at is None or seen.evidence_due_at == standing.evidence_due_at):
            return False
        await dispute_rows.move(tx, dispute_id, after, seen.evidence_due_at)
    for state in disputes.steps(before, after):
        payload = facts.DisputeMoved(
            dispute_id=dispute_id,
            payment_id=payment.id,
            order_id=payment.order_id,
            amount_minor=seen.amount_minor,
            currency=payment.currency,
        )
        await outbox.record(
            tx, aggregate=facts.AGGREGATE, aggregate_id=payment.id, name=f"dispute.{state}", payload=payload
        )
    return True
