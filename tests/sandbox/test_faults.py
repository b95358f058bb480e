"""Every fault that a control has in store ends in the same payment, or in a webhook that is refused."""

from datetime import timedelta

import pytest

from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.disputes import DisputeState
from highstreet.market.payments.domain.payments import PaymentState
from tests.sandbox.shop import Shop, rows


async def _outcomes(shop: Shop) -> list[str]:
    return [row["outcome"] for row in await rows(shop.database, "SELECT outcome FROM payments.events ORDER BY id")]


async def test_the_next_attempts_are_answered_as_the_controls_say(shop: Shop) -> None:
    payment = await shop.order()
    await shop.control(next="decline")
    await shop.control(next="challenge")
    assert "The bank said no" in (await shop.pay(payment)).text
    assert "whether this is you" in (await shop.pay(payment)).text
    assert (await shop.pay(payment)).status_code == 303


async def test_a_named_payment_is_answered_at_once(shop: Shop) -> None:
    payment = await shop.order()
    name = (await shop.open(payment)).rsplit("/", 1)[1]
    assert (await shop.control(next="approve", payment=name)).status_code == 200
    await shop.carry()
    assert (await shop.standing(payment)).state is PaymentState.CAPTURED


async def test_a_delayed_webhook_comes_when_its_time_has_come(shop: Shop) -> None:
    payment = await shop.order()
    await shop.control(next="delay", times=2, seconds=3600)
    await shop.pay(payment)
    assert await shop.carry() == 0
    shop.clock.advance(timedelta(hours=1))
    assert await shop.carry() == 2
    assert (await shop.standing(payment)).state is PaymentState.CAPTURED


async def test_a_doubled_webhook_counts_once(shop: Shop) -> None:
    payment = await shop.order()
    await shop.control(next="duplicate", times=2)
    await shop.pay(payment)
    assert [await shop.carry() for _ in range(6)] == [2, 2, 2, 2, 2, 0]
    assert await _outcomes(shop) == ["applied", "applied"]
    assert len(shop.followed) == 2


async def test_a_webhook_that_is_overtaken_changes_nothing(shop: Shop) -> None:
    payment = await shop.order()
    await shop.control(next="reorder")
    await shop.pay(payment)
    assert await shop.carry() == 1
    assert (await shop.standing(payment)).state is PaymentState.CAPTURED
    shop.clock.advance(timedelta(seconds=2))
    assert await shop.carry() == 1
    assert (await shop.standing(payment)).state is PaymentState.CAPTURED
    assert await _outcomes(shop) == ["applied", "unchanged"]


async def test_a_forged_webhook_is_refused_and_not_sent_again(shop: Shop) -> None:
    payment = await shop.order()
    await shop.control(next="forge")
    await shop.pay(payment, "decline")
    assert await shop.carry() == 2
    (forged, _) = await rows(shop.database, "SELECT status, due_at FROM sandbox.webhooks ORDER BY number")
    assert (forged["status"], forged["due_at"]) == (400, None)
    assert (await shop.standing(payment)).state is PaymentState.REQUESTED


async def test_a_webhook_that_is_not_taken_is_sent_again(shop: Shop) -> None:
    payment = await shop.order()
    await shop.pay(payment)
    shop.courier.address = f"{shop.base}/webhooks/payments/stripe"
    assert await shop.carry() == 2
    assert await shop.carry() == 0
    shop.courier.address = f"{shop.base}/webhooks/payments/sandbox"
    shop.clock.advance(timedelta(seconds=1))
    assert await shop.carry() == 2
    assert (await shop.standing(payment)).state is PaymentState.CAPTURED


@pytest.mark.parametrize(("end", "state"), [("win", DisputeState.WON), ("lose", DisputeState.LOST)])
async def test_a_dispute_is_opened_and_decided(shop: Shop, end: str, state: DisputeState) -> None:
    payment = await shop.order()
    assert (await shop.control(next="dispute")).status_code == 404
    await shop.pay(payment)
    assert (await shop.control(next="dispute")).status_code == 200
    assert (await shop.control(next="dispute")).status_code == 409
    await shop.control(next="reorder")
    assert (await shop.control(next=end)).status_code == 200
    await shop.carry()
    shop.clock.advance(timedelta(minutes=2))
    await shop.carry()
    async with shop.database.system() as tx:
        (dispute,) = await payments.disputes_of(tx, payment.id)
    assert (dispute.state, dispute.amount_minor) == (state, 5000)
    facts = {row["name"] for row in await rows(shop.database, "SELECT name FROM kit.facts")}
    assert {"dispute.open", f"dispute.{state}"} <= facts


async def test_a_refund_that_somebody_makes_past_us_is_known_and_marked(shop: Shop) -> None:
    payment = await shop.order()
    await shop.pay(payment)
    await shop.control(next="refund")
    await shop.carry()
    final = await shop.standing(payment)
    assert (final.state, final.refunding_minor) == (PaymentState.REFUNDED, 5000)
    async with shop.database.system() as tx:
        assert [each.own for each in await payments.refunds_of(tx, payment.id)] == [False]


async def test_a_control_that_cannot_be_is_refused(shop: Shop) -> None:
    wrong: list[dict[str, object]] = [
        {},
        {"next": "explode"},
        {"next": "drop", "times": 0},
        {"next": "delay", "seconds": -1},
        {"next": "drop", "x": 1},
    ]
    for wanted in wrong:
        assert (await shop.control(**wanted)).status_code in {400, 422}
