"""What orders ask of payments, inside their own transactions: rows, and no word to a provider."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.payments.domain import facts
from highstreet.market.payments.domain.disputes import Dispute
from highstreet.market.payments.domain.payments import (
    PAID,
    Capture,
    Ending,
    Known,
    Payment,
    PaymentState,
    Wanted,
    Wish,
    check_request,
    join,
    steps,
)
from highstreet.market.payments.domain.refunds import Refund, RefundState
from highstreet.market.payments.domain.watching import wait
from highstreet.market.payments.repository import disputes as dispute_rows
from highstreet.market.payments.repository import payments as rows
from highstreet.market.payments.repository import refunds as refund_rows


async def request(
    tx: Transaction,
    order_id: UUID,
    amount_minor: int,
    currency: str,
    capture: Capture = Capture.AUTOMATIC,
    *,
    account_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> Payment:
    """A payment for an order: the one that it has, unless that has ended without money.

    `account_id` is whose payment it is, who may read it. After `expires_at` the provider's page closes. Raises
    InvalidInput for an amount that cannot be paid, and Conflict where the order is being paid on other terms.
    """
    check_request(amount_minor, currency)
    made = await rows.insert(
        tx,
        order_id=order_id,
        account_id=account_id,
        amount_minor=amount_minor,
        currency=currency,
        capture=capture,
        expires_at=expires_at,
    )
    if made is not None:
        return made
    standing_one = (await rows.of_order(tx, order_id))[-1]
    if (standing_one.amount_minor, standing_one.currency, standing_one.capture) != (amount_minor, currency, capture):
        raise Conflict(f"Order {order_id} is being paid already, and on other terms")
    return standing_one


async def request_many(tx: Transaction, wanted: Sequence[Wanted]) -> None:
    """A payment for each of many orders that have just been made, in one statement.

    Raises InvalidInput for an amount that cannot be paid.
    """
    for each in wanted:
        check_request(each.amount_minor, each.currency)
    if wanted:
        await rows.insert_many(tx, wanted)


async def standing(tx: Transaction, payment_id: UUID) -> Payment:
    """The payment as it is, held until the transaction ends. Needs the system's transaction; raises NotFound.

    Whoever holds a payment and its order takes the payment first: word of a provider finds the payment, then the order.
    """
    found = await rows.lock(tx, payment_id)
    if found is None:
        raise NotFound(f"There is no payment {payment_id}")
    return found


async def of_order(tx: Transaction, order_id: UUID) -> list[Payment]:
    """The payments of an order that the actor may see, oldest first; the last may still lead to something."""
    return await rows.of_order(tx, order_id)


async def refunds_of(tx: Transaction, payment_id: UUID) -> list[Refund]:
    return await refund_rows.of_payment(tx, payment_id)


async def disputes_of(tx: Transaction, payment_id: UUID) -> list[Dispute]:
    return await dispute_rows.of_payment(tx, payment_id)


async def request_refund(tx: Transaction, payment_id: UUID, refund_id: UUID, amount_minor: int) -> Refund:
    """Pay an amount back; a worker sends it. The same `refund_id` again is the same refund.

    The more refunds of the payment have failed, the longer it waits: whoever asks again each time never hurries.

    Raises Conflict when so much is not left of what was taken, or when that id is another refund.
    """
    if amount_minor < 1:
        raise InvalidInput.at("amount_minor", "a refund is of 1 minor unit or more")
    payment = await standing(tx, payment_id)
    known = await refund_rows.by_id(tx, refund_id)
    if known is not None:
        if (known.payment_id, known.amount_minor) != (payment_id, amount_minor):
            raise Conflict(f"Refund {refund_id} is of another payment or amount")
        return known
    if not await rows.claim_refund(tx, payment_id, amount_minor):
        left = payment.amount_minor - payment.refunding_minor if payment.state in PAID else 0
        raise Conflict(f"Of payment {payment_id} {left} minor units of {payment.currency} can be paid back")
    failed = sum(each.own and each.state is RefundState.FAILED for each in await refund_rows.of_payment(tx, payment_id))
    due_at = tx.now + wait(failed) if failed else tx.now
    assert await refund_rows.insert(tx, refund_id, payment_id, amount_minor, due_at), "the payment is held"
    made = await refund_rows.by_id(tx, refund_id)
    assert made is not None, "it was inserted above"
    return made


async def request_capture(tx: Transaction, payment_id: UUID) -> Payment:
    """Take money that was authorised; a worker asks for it. Raises Conflict where there is none to take."""
    payment = await standing(tx, payment_id)
    if payment.state in PAID or payment.wish is Wish.CAPTURE:
        return payment
    if payment.state is not PaymentState.AUTHORISED or payment.wish is not None:
        raise Conflict(f"Payment {payment_id} is {payment.wish or payment.state}, and cannot be captured")
    await rows.wish(tx, payment_id, Wish.CAPTURE)
    return await standing(tx, payment_id)


async def request_void(tx: Transaction, payment_id: UUID) -> Payment:
    """Let go of a payment before money was taken; a worker closes its page at the provider.

    A shopper may be faster: then it is captured all the same, and told of as such. Raises Conflict where it was
    captured, because that is paid back instead.
    """
    payment = await standing(tx, payment_id)
    if payment.state in PAID or payment.wish is Wish.CAPTURE:
        raise Conflict(f"Payment {payment_id} is {payment.state}; pay it back instead")
    if payment.ended is not None or payment.wish is Wish.VOID:
        return payment
    if payment.provider_ref is None:
        return await _end_unopened(tx, payment)
    await rows.wish(tx, payment_id, Wish.VOID)
    return await standing(tx, payment_id)


async def _end_unopened(tx: Transaction, payment: Payment) -> Payment:
    """Nobody was shown a page, so nobody can pay. A page that is being opened just now is closed by who opens it."""
    known = join(payment.known, Known(ended=Ending.VOIDED))
    ended = await rows.learn(tx, payment, known, due_at=None)
    await tell(tx, payment, ended)
    return ended


async def tell(tx: Transaction, before: Payment, after: Payment) -> None:
    """Record what has become true of a payment."""
    moves: Sequence[PaymentState] = steps(before.known, after.known)
    for state in moves:
        payload = facts.PaymentMoved(
            payment_id=after.id, order_id=after.order_id, amount_minor=after.amount_minor, currency=after.currency
        )
        await outbox.record(
            tx, aggregate=facts.AGGREGATE, aggregate_id=after.id, name=f"payment.{state}", payload=payload
        )
