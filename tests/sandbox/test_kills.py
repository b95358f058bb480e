"""A worker that is killed for good, while the provider does what it was asked, has paid back once."""

import asyncio
import signal
import sys
from datetime import timedelta
from uuid import UUID

import pytest

from highstreet.kit import sweeps
from highstreet.kit.database import Transaction
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.refunds import RefundState
from highstreet.market.payments.jobs import payment_work
from highstreet.sandbox import repository
from highstreet.sandbox.domain import RefundOut
from tests.sandbox.shop import Shop, rows

REFUND = UUID(int=99)

WORKER = """
import asyncio, random, sys
from uuid import UUID
from highstreet.kit.clock import SystemClock
from highstreet.kit.database import open_database
from highstreet.kit.settings import Environment, Secret, Settings
from highstreet.market.payments import service as payments

async def work(url, base, secret):
    settings = Settings(env=Environment.TEST, public_url=base, secret_key=Secret(secret))
    clock = SystemClock()
    async with open_database(url, clock, random.Random()) as database:
        async with payments.open_provider(settings, clock) as provider:
            await payments.send_refund(database, provider, UUID(int=99))

asyncio.run(work(*sys.argv[1:]))
"""


async def test_a_worker_that_is_killed_while_it_waits_for_the_provider_has_paid_back_once(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await shop.order()
    await shop.pay(payment)
    await shop.carry()
    async with shop.database.system() as tx:
        await payments.request_refund(tx, payment.id, REFUND, 2000)
    due = payment_work(shop.provider).sweeps[1]
    assert await sweeps.sweep_once(shop.database, due) == 1

    assert shop.settings.secret_key is not None
    arguments = [database_url, shop.base, shop.settings.secret_key.reveal()]
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, *arguments)
    make = repository.insert_refund

    async def make_and_kill(tx: Transaction, refund: RefundOut, key: str | None) -> None:
        worker.kill()
        await worker.wait()
        await make(tx, refund, key)

    monkeypatch.setattr(repository, "insert_refund", make_and_kill)
    assert await worker.wait() == -signal.SIGKILL
    async with shop.database.system() as tx:
        (refund,) = await payments.refunds_of(tx, payment.id)
    assert (refund.state, refund.attempts) == (RefundState.REQUESTED, 1)

    monkeypatch.undo()
    shop.clock.advance(timedelta(minutes=3))
    assert await sweeps.sweep_once(shop.database, due) == 1
    await payments.send_refund(shop.database, shop.provider, REFUND)
    (paid,) = await rows(shop.database, "SELECT sum(amount_minor) AS minor FROM sandbox.refunds")
    assert paid["minor"] == (await shop.standing(payment)).refunded_minor == 2000
