"""What workers do for payments: send what is wished for, and ask after what nothing was told of.

The rows tell what is still to be done and when, so a worker may be killed at any point: what it took comes up again,
and the provider knows a repetition by our ids.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Unavailable
from highstreet.market.payments.domain.payments import Wish
from highstreet.market.payments.domain.refunds import Refund, RefundSeen, RefundState
from highstreet.market.payments.domain.watching import TAKEN_FOR, Backlog, again, is_overdue, next_look, wait
from highstreet.market.payments.providers.port import Provider, Refused
from highstreet.market.payments.repository import payments as rows
from highstreet.market.payments.repository import refunds as refund_rows
from highstreet.market.payments.repository import watching
from highstreet.market.payments.usecases.applying import Then, apply, apply_refund
from highstreet.market.payments.usecases.asking import take_in, whereabouts
from highstreet.market.payments.usecases.requests import standing

_AT_ONCE: Final = 100
_FIRST_RETRY: Final = timedelta(seconds=5)
_REMEMBERED_FOR: Final = timedelta(hours=20)
"""Providers know a repetition for a day at least; what was first sent longer ago is looked for before it is sent."""


async def take_due_payments(tx: Transaction) -> list[UUID]:
    """Payments that a worker is to look after now; nobody else takes them for a while."""
    return await rows.take_due(tx, tx.now + TAKEN_FOR, _AT_ONCE)


async def take_due_refunds(tx: Transaction) -> list[UUID]:
    """Refunds that a worker is to send now; nobody else takes them for a while."""
    return await refund_rows.take_due(tx, tx.now + TAKEN_FOR, _AT_ONCE)


async def tend(database: Database, provider: Provider, payment_id: UUID, then: Then | None = None) -> None:
    """Tell the provider what is wished for a payment, or ask what became of it; when to do so again follows.

    A page that nobody paid on in time is closed.
    """
    async with database.system() as tx:
        payment = await rows.by_id(tx, payment_id)
        overdue = payment is not None and is_overdue(payment, tx.now)
    if payment is None or payment.provider_ref is None:
        return
    at = whereabouts(payment, provider)
    problem = None
    try:
        match Wish.VOID if overdue else payment.wish:
            case Wish.CAPTURE:
                seen = await provider.capture(at)
            case Wish.VOID:
                seen = await provider.void(at)
            case None:
                seen = await provider.look(at)
        payment = await take_in(database, provider, seen, then)
    except Refused as refused:
        # Somebody was faster: what the provider has instead is what holds.
        problem = str(refused)
        payment = await take_in(database, provider, await provider.look(at), then)
    except Unavailable as away:
        problem = str(away)
    async with database.system() as tx:
        await _put_down(tx, payment.id, problem)


async def _put_down(tx: Transaction, payment_id: UUID, problem: str | None) -> None:
    payment = await standing(tx, payment_id)
    if next_look(payment, payment.known, tx.now) is None:
        await rows.leave(tx, payment_id)
        return
    attempts = await rows.attempts(tx, payment_id) + 1
    pause = wait(attempts, _FIRST_RETRY) if problem else wait(attempts)
    await rows.postpone(tx, payment_id, again(payment, tx.now, pause), problem)


async def send_refund(database: Database, provider: Provider, refund_id: UUID, then: Then | None = None) -> None:
    """Send one refund. Refused for good, it has failed; with the provider away, it is sent again later.

    Of what is refused somebody may have paid back a part past us, so the provider is asked what it has: whoever asks
    for the rest then knows how much that is.
    """
    async with database.system() as tx:
        refund = await refund_rows.by_id(tx, refund_id)
        if refund is None or refund.state is not RefundState.REQUESTED:
            return
        payment = await rows.by_id(tx, refund.payment_id)
        assert payment is not None, "a refund belongs to a payment"
        await refund_rows.begin_sending(tx, refund_id)
        sent_before = refund.first_sent_at is not None and tx.now - refund.first_sent_at > _REMEMBERED_FOR
    at = whereabouts(payment, provider)
    there = None
    try:
        try:
            seen = await provider.refund(at, refund_id, refund.amount_minor, sent_before=sent_before)
        except Refused as refused:
            seen = _failed(refund, str(refused))
            there = await provider.look(at)
    except Unavailable as away:
        async with database.system() as tx:
            await refund_rows.postpone(tx, refund_id, tx.now + wait(refund.attempts + 1, _FIRST_RETRY), str(away))
        return
    async with database.system() as tx:
        held = await apply_refund(tx, await standing(tx, payment.id), seen)
        if there is not None:
            held, _, _ = await apply(tx, provider.name, held, there)
        if then is not None:
            await then(tx, held)


def _failed(refund: Refund, problem: str) -> RefundSeen:
    return RefundSeen(
        provider_ref=None,
        reference=refund.id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        state=RefundState.FAILED,
        problem=problem,
    )


async def backlog(tx: Transaction) -> Backlog:
    """How far behind we are with the provider."""
    return await watching.backlog(tx)
