"""A refund is paid once, wherever the worker that sends it is killed."""

from datetime import timedelta
from uuid import UUID

import pytest

from highstreet.kit import sweeps
from highstreet.kit.database import Database, Transaction
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Payment, PaymentState
from highstreet.market.payments.domain.refunds import RefundSeen, RefundState
from highstreet.market.payments.jobs import payment_work
from highstreet.market.payments.providers.port import At
from tests.sandbox.shop import Shop, rows

REFUND = UUID(int=99)


class Killed(BaseException):
    """The worker is gone, at once."""


@pytest.fixture
async def paid(shop: Shop) -> Payment:
    payment = await shop.order()
    await shop.pay(payment)
    await shop.carry()
    async with shop.database.system() as tx:
        await payments.request_refund(tx, payment.id, REFUND, 2000)
    return payment


async def _refund(shop: Shop, payment: Payment) -> RefundState:
    async with shop.database.system() as tx:
        (refund,) = await payments.refunds_of(tx, payment.id)
    return refund.state


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_worker_that_is_killed_before_or_after_the_provider_was_asked_pays_once(
    shop: Shop, paid: Payment, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = shop.provider.refund

    async def killed(at: At, refund_id: UUID, amount_minor: int, *, sent_before: bool) -> RefundSeen:
        if moment == "after":
            await ask(at, refund_id, amount_minor, sent_before=sent_before)
        raise Killed

    sending = payment_work(shop.provider).sweeps[1]
    assert await sweeps.sweep_once(shop.database, sending) == 1
    monkeypatch.setattr(shop.provider, "refund", killed)
    with pytest.raises(Killed):
        await payments.send_refund(shop.database, shop.provider, REFUND)
    monkeypatch.undo()
    assert await _refund(shop, paid) is RefundState.REQUESTED
    assert await sweeps.sweep_once(shop.database, sending) == 0  # the dead worker has it for a while
    shop.clock.advance(timedelta(minutes=3))
    assert await sweeps.sweep_once(shop.database, sending) == 1
    for _ in range(2):
        await payments.send_refund(shop.database, shop.provider, REFUND)
    assert await _refund(shop, paid) is RefundState.SUCCEEDED
    assert len(await rows(shop.database, "SELECT id FROM sandbox.refunds")) == 1
    await shop.carry()
    final = await shop.standing(paid)
    assert (final.state, final.refunded_minor) == (PaymentState.PARTLY_REFUNDED, 2000)


async def test_the_webhook_of_a_refund_may_come_before_its_answer(shop: Shop, paid: Payment) -> None:
    at = At(paid.id, (await shop.standing(paid)).provider_ref or "", None, "EUR")
    await shop.provider.refund(at, REFUND, 2000, sent_before=False)
    await shop.carry()
    assert await _refund(shop, paid) is RefundState.SUCCEEDED
    await payments.send_refund(shop.database, shop.provider, REFUND)
    assert (await shop.standing(paid)).refunded_minor == 2000


async def test_what_the_provider_refuses_for_good_has_failed_and_frees_the_money(shop: Shop, paid: Payment) -> None:
    await shop.control(next="refund")  # all of it, past us
    await payments.send_refund(shop.database, shop.provider, REFUND)
    async with shop.database.system() as tx:
        states = {refund.id: refund.state for refund in await payments.refunds_of(tx, paid.id)}
    assert states.pop(REFUND) is RefundState.FAILED
    assert list(states.values()) == [RefundState.SUCCEEDED]
    final = await shop.standing(paid)
    assert (final.state, final.refunding_minor) == (PaymentState.REFUNDED, final.amount_minor)


async def test_whoever_asks_again_at_each_failure_does_not_hurry(shop: Shop, paid: Payment) -> None:
    await shop.control(next="refund")  # all of it, past us
    asked: list[UUID] = []

    async def ask_again(tx: Transaction, payment: Payment) -> None:
        asked.append(tx.new_id())
        if payment.refunding_minor < payment.amount_minor:
            await payments.request_refund(tx, payment.id, asked[-1], payment.amount_minor - payment.refunding_minor)

    await payments.send_refund(shop.database, shop.provider, REFUND, ask_again)
    assert len(asked) == 1
    due = payment_work(shop.provider).sweeps[1]
    assert await sweeps.sweep_once(shop.database, due) == 0
    await shop.control(next="turn_away")
    await shop.carry()
    async with shop.database.system() as tx:
        await ask_again(tx, await payments.standing(tx, paid.id))
    assert await sweeps.sweep_once(shop.database, due) == 0
    shop.clock.advance(timedelta(minutes=3))
    assert await sweeps.sweep_once(shop.database, due) == 1


async def test_a_refund_that_the_bank_turns_away_fails_after_it_had_succeeded(shop: Shop, paid: Payment) -> None:
    await payments.send_refund(shop.database, shop.provider, REFUND)
    await shop.control(next="turn_away")
    await shop.carry()
    assert await _refund(shop, paid) is RefundState.FAILED
    assert (await shop.standing(paid)).state is PaymentState.CAPTURED


async def test_two_workers_send_one_refund(shop: Shop, paid: Payment, database: Database) -> None:
    for _ in range(2):
        await payments.send_refund(database, shop.provider, REFUND)
    assert await rows(database, "SELECT sum(-amount_minor) AS paid FROM sandbox.records WHERE kind = 'refund'") == [
        {"paid": 2000}
    ]
    assert (await shop.standing(paid)).refunded_minor == 2000
