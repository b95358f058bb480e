"""What became of one payment, for an operator."""

from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.payments.domain.disputes import Dispute
from highstreet.market.payments.domain.payments import Payment
from highstreet.market.payments.domain.reconciliation import Difference
from highstreet.market.payments.domain.refunds import Refund
from highstreet.market.payments.domain.seen import Received
from highstreet.market.payments.repository import disputes as dispute_rows
from highstreet.market.payments.repository import events as event_rows
from highstreet.market.payments.repository import payments as rows
from highstreet.market.payments.repository import reconciliation as difference_rows
from highstreet.market.payments.repository import refunds as refund_rows


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A payment with all that belongs to it, each in its order."""

    payment: Payment
    refunds: list[Refund]
    disputes: list[Dispute]
    events: list[Received]
    differences: list[Difference]


async def order_paid_by(tx: Transaction, name: str | UUID) -> UUID | None:
    """The order of a payment: by its id, that of one of its refunds, or by what its provider calls it."""
    if isinstance(name, str):
        payment = await rows.named(tx, name)
    else:
        refund = await refund_rows.by_id(tx, name)
        payment = await rows.by_id(tx, refund.payment_id if refund else name)
    return payment.order_id if payment else None


async def explain(tx: Transaction, payment_id: UUID) -> Explained:
    """Raises NotFound for a payment that is not there, or not the reader's to see."""
    payment = await rows.by_id(tx, payment_id)
    if payment is None:
        raise NotFound(f"There is no payment {payment_id}")
    return Explained(
        payment=payment,
        refunds=await refund_rows.of_payment(tx, payment_id),
        disputes=await dispute_rows.of_payment(tx, payment_id),
        events=await event_rows.of_payment(tx, payment_id),
        differences=await difference_rows.of_payment(tx, payment_id),
    )
