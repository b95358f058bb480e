"""The second transaction of an order: what a payment's state means for it.

It may be told of the same payment again and again, and in any order: what was done is not done twice. The payment is
held before the order, as word of a provider finds them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.payments import CreditUsed, capture, late_payment, refund_settled
from highstreet.market.ledger.domain.vouchers import sales_tax
from highstreet.market.orders.domain import facts
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.domain.states import HoldState, OrderState
from highstreet.market.orders.domain.vouchers import Sale, vouchers_of
from highstreet.market.orders.repository import orders as rows
from highstreet.market.orders.repository import stock as stock_rows
from highstreet.market.orders.usecases.telling import tell_moved
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import PAID, Capture, Payment, PaymentState
from highstreet.market.promotions import service as promotions
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.service import VoucherKeys


async def settle(tx: Transaction, keys: VoucherKeys, payment_id: UUID) -> Order:
    """Bring an order to where its payment is: paid, authorised, or paid too late and refunded.

    Needs the system's transaction. Answers the order as it is then. Raises NotFound for a payment that is not there.
    """
    payment = await payments.standing(tx, payment_id)
    order = await rows.lock(tx, payment.order_id)
    if order is None:
        raise NotFound(f"There is no order {payment.order_id}.")
    if payment.state in PAID:
        return await _settle_paid(tx, keys, order, payment)
    if payment.state is PaymentState.AUTHORISED:
        return await _settle_authorised(tx, order, payment)
    return order


async def settle_free(tx: Transaction, keys: VoucherKeys, order_ids: Sequence[UUID]) -> None:
    """Pay orders that cost nothing, in the transaction that placed them."""
    for order in await rows.several(tx, order_ids):
        claimed = await rows.end_hold(tx, order.id, HoldState.CLAIMED)
        assert claimed, "it was held just now"
        await _pay(tx, keys, order, OrderState.HELD, None)


async def _settle_paid(tx: Transaction, keys: VoucherKeys, order: Order, payment: Payment) -> Order:
    if order.state is OrderState.HELD and await rows.end_hold(tx, order.id, HoldState.CLAIMED):
        return await _pay(tx, keys, order, OrderState.HELD, payment.id)
    if order.state is OrderState.AUTHORISED and order.payment_id == payment.id:
        return await _pay(tx, keys, order, OrderState.AUTHORISED, payment.id)
    if order.payment_id != payment.id or order.state is OrderState.VOIDED:
        await _send_back(tx, order, payment)
    return order


async def _settle_authorised(tx: Transaction, order: Order, payment: Payment) -> Order:
    """Money was set aside for a deal that has yet to tip. A bank may also say so of what it is about to take."""
    if payment.capture is Capture.AUTOMATIC:
        return order
    if order.state is OrderState.HELD and await rows.end_hold(tx, order.id, HoldState.CLAIMED):
        await rows.pay(tx, order.id, OrderState.HELD, OrderState.AUTHORISED, payment.id)
        await tell_moved(tx, [order], OrderState.HELD, OrderState.AUTHORISED, payment_id=payment.id)
        return await _again(tx, order.id)
    if order.payment_id != payment.id and payment.wish is None:
        await payments.request_void(tx, payment.id)
        await _tell_late(tx, order, payment, None)
    return order


async def _pay(tx: Transaction, keys: VoucherKeys, order: Order, before: OrderState, payment_id: UUID | None) -> Order:
    """All that a paid order is: its state, its units, its vouchers, its entry in the books, and the word of it."""
    paid = await rows.pay(tx, order.id, before, OrderState.PAID, payment_id)
    assert paid, "the order is locked, and was in that state"
    units = Counter[UUID]()
    for line in order.lines:
        units[line.option_id] += line.quantity
    sales = await _sales(tx, order)
    wanted = [voucher for line in order.lines for voucher in vouchers_of(order, line, sales[line.deal_id], tx.now)]
    issued = await vouchers.issue(tx, keys, wanted)
    used = CreditUsed(order.account_id, order.credit_minor) if order.credit_minor else None
    booked = capture(
        order_id=order.id,
        payment_id=payment_id,
        currency=order.currency,
        paid_minor=order.due_minor + order.credit_minor,
        used=used,
    )
    await ledger.post_many(tx, [booked, *(sales_tax(voucher.money(voucher.left)) for voucher in issued)])
    if order.promotion_minor or order.credit_minor:
        await promotions.keep(tx, [order.id])
    await tell_moved(tx, [order], before, OrderState.PAID, payment_id=payment_id)
    await stock_rows.claim(tx, units)
    return await _again(tx, order.id)


async def _sales(tx: Transaction, order: Order) -> Mapping[UUID, Sale]:
    """What each deal of an order promised, by the terms that it was sold by."""
    offers = await catalog.offers(tx, [line.option_id for line in order.lines])
    sales: dict[UUID, Sale] = {}
    for line in order.lines:
        if line.deal_id in sales:
            continue
        version = await catalog.terms(tx, line.deal_id, line.terms_version)
        assert version is not None, "the line refers to it"
        offer = offers[line.option_id]
        sales[line.deal_id] = Sale(
            terms=version.terms,
            policy=await ledger.policy(tx, offer.jurisdiction or "*", tx.now),
            time_zone=offer.time_zone or "UTC",
        )
    return sales


async def _send_back(tx: Transaction, order: Order, payment: Payment) -> None:
    """Money for an order that had been given up, or that was paid already, goes back as it came."""
    left_minor = payment.amount_minor - payment.refunding_minor
    if left_minor <= 0:
        return
    refund_id = tx.new_id()
    await payments.request_refund(tx, payment.id, refund_id, left_minor)
    owed = late_payment(
        order_id=order.id, payment_id=payment.id, currency=payment.currency, amount_minor=payment.amount_minor
    )
    clearing = Account(AccountCode.PROVIDER_CLEARING)
    sent = refund_settled(refund_id=refund_id, given_to=clearing, currency=payment.currency, amount_minor=left_minor)
    await ledger.post_many(tx, [owed, sent])
    await _tell_late(tx, order, payment, refund_id)


async def _tell_late(tx: Transaction, order: Order, payment: Payment, refund_id: UUID | None) -> None:
    late = facts.PaidTooLate(
        order_id=order.id,
        account_id=order.account_id,
        payment_id=payment.id,
        refund_id=refund_id,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
    )
    await outbox.record(tx, aggregate=facts.AGGREGATE, aggregate_id=order.id, name=facts.PAID_TOO_LATE, payload=late)


async def _again(tx: Transaction, order_id: UUID) -> Order:
    order = await rows.find(tx, order_id)
    assert order is not None, "it is locked"
    return order
