"""Payments and refunds that are due are put in the queue, where workers ask the provider about each."""

from datetime import date
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


class OneDay(msgspec.Struct, frozen=True):
    day: date


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

    days, reconciling = _reconciliation(provider, then)
    return PaymentWork(
        sweeps=(
            Sweep("due payments", 1.0, due_payments),
            Sweep("due refunds", 1.0, due_refunds),
            days,
        ),
        jobs=(tending, sending, reconciling),
    )


def _reconciliation(provider: Provider, then: Then | None) -> tuple[Sweep, Job[OneDay]]:
    """An hour after a day has ended its books are compared; days that were missed follow one by one."""

    async def reconcile(database: Database, one: OneDay) -> None:
        await payments.reconcile(database, provider, one.day, then)

    job = Job("payments.reconcile", OneDay, reconcile)

    async def due_days(tx: Transaction) -> int:
        day = await payments.due_day(tx, provider.name)
        if day is None:
            return 0
        lock = f"reconcile {provider.name}"
        return int(await defer(tx, job, OneDay(day), lock=lock, queueing_lock=lock) is not None)

    return Sweep("days to reconcile", 60.0, due_days), job
