"""Payments and refunds that are due are put in the queue, where workers ask the provider about each."""

from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.jobs import Job, defer
from highstreet.kit.sweeps import Sweep
from highstreet.market.payments import service as payments
from highstreet.market.payments.service import Provider, Then


class OnePayment(msgspec.Struct, frozen=True):
    payment_id: UUID


class OneRefund(msgspec.Struct, frozen=True):
    refund_id: UUID


class PaymentWork(NamedTuple):
    """What keeps payments going while no shopper looks."""

    sweeps: tuple[Sweep, ...]
    jobs: tuple[Job[Any], ...]


def payment_work(provider: Provider | None, then: Then | None = None) -> PaymentWork:
    """`then` follows on what the provider answers, in the transaction that applies it.

    The rows tell what is still to be done and when, so each job is tried once. Without a provider there is no work.
    """
    if provider is None:
        return PaymentWork(sweeps=(), jobs=())

    async def tend(database: Database, one: OnePayment) -> None:
        await payments.tend(database, provider, one.payment_id, then)

    async def send(database: Database, one: OneRefund) -> None:
        await payments.send_refund(database, provider, one.refund_id, then)

    tending = Job("payments.tend", OnePayment, tend, attempts=1)
    sending = Job("payments.refund", OneRefund, send, attempts=1)

    async def due_payments(tx: Transaction) -> int:
        taken = await payments.take_due_payments(tx)
        for payment_id in taken:
            await defer(tx, tending, OnePayment(payment_id), queueing_lock=f"payment {payment_id}")
        return len(taken)

    async def due_refunds(tx: Transaction) -> int:
        taken = await payments.take_due_refunds(tx)
        for refund_id in taken:
            await defer(tx, sending, OneRefund(refund_id), queueing_lock=f"refund {refund_id}")
        return len(taken)

    return PaymentWork(
        sweeps=(Sweep("due payments", 1.0, due_payments), Sweep("due refunds", 1.0, due_refunds)),
        jobs=(tending, sending),
    )
