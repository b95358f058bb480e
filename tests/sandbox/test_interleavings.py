"""Whatever shoppers, banks, workers and a bad line do, and in whatever order: both sides end with the same payment."""

import contextlib
import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from highstreet.kit.errors import Conflict
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Capture, Payment, PaymentState
from highstreet.market.payments.domain.refunds import RefundState
from tests.sandbox.shop import Shop, rows

ANSWERS: Final = ("approve", "decline", "challenge")
FAULTS: Final = ("delay", "duplicate", "reorder", "drop", "forge")
BANKS: Final = ("dispute", "win", "lose", "refund", "turn_away")
OURS: Final = ("capture", "void", "refund", "send", "tend", "return", "carry", "wait")
STEPS: Final = st.lists(st.sampled_from((*ANSWERS, *ANSWERS, *FAULTS, *BANKS, *OURS, *OURS)), min_size=10, max_size=30)
THERE: Final = {
    "open": {PaymentState.REQUESTED},
    "challenged": {PaymentState.REQUESTED},
    "authorised": {PaymentState.AUTHORISED},
    "captured": {PaymentState.CAPTURED, PaymentState.PARTLY_REFUNDED, PaymentState.REFUNDED},
    "cancelled": {PaymentState.VOIDED},
    "expired": {PaymentState.EXPIRED},
}
_numbers = itertools.count(1)


@given(STEPS, st.sampled_from(Capture))
@settings(max_examples=12, phases=(Phase.generate,), suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_both_sides_end_with_the_same_payment(shop: Shop, steps: list[str], capture: Capture) -> None:
    number = next(_numbers)
    payment = await shop.order(number, capture)
    page = await shop.open(payment)
    refunds = (UUID(int=number * 1000 + count) for count in itertools.count())
    for step in steps:
        before = await shop.standing(payment)
        await _take(shop, payment, page, step, refunds)
        _check_growth(before, await shop.standing(payment))
    for _ in range(2):
        await _send_refunds(shop, payment)
        await payments.tend(shop.database, shop.provider, payment.id)
    await _check_agreement(shop, payment, page.rsplit("/", 1)[1])
    shop.clock.advance(timedelta(days=2))  # the last webhooks arrive, and a page that nobody paid on closes
    while await shop.carry():
        pass
    await payments.tend(shop.database, shop.provider, payment.id)
    await _check_agreement(shop, payment, page.rsplit("/", 1)[1])


async def _take(shop: Shop, payment: Payment, page: str, step: str, refunds: Iterator[UUID]) -> None:
    if step in ANSWERS:
        await shop.browser.post(page, data={"answer": step})
    elif step in FAULTS:
        await shop.control(next=step, seconds=90)
    elif step in BANKS:
        await shop.control(next=step, payment=page.rsplit("/", 1)[1])
    else:
        with contextlib.suppress(Conflict):
            await _do_ours(shop, payment, step, refunds)


async def _do_ours(shop: Shop, payment: Payment, step: str, refunds: Iterator[UUID]) -> None:
    async with shop.database.system() as tx:
        match step:
            case "capture":
                await payments.request_capture(tx, payment.id)
            case "void":
                await payments.request_void(tx, payment.id)
            case "refund":
                await payments.request_refund(tx, payment.id, next(refunds), 1700)
            case _:
                pass
    match step:
        case "send":
            await _send_refunds(shop, payment)
        case "tend":
            await payments.tend(shop.database, shop.provider, payment.id)
        case "return":
            await payments.refresh(shop.database, shop.provider, payment.id)
        case "carry":
            await shop.carry()
        case _:
            shop.clock.advance(timedelta(seconds=61))


async def _send_refunds(shop: Shop, payment: Payment) -> None:
    async with shop.database.system() as tx:
        waiting = [each.id for each in await payments.refunds_of(tx, payment.id) if each.state == "requested"]
    for refund_id in waiting:
        await payments.send_refund(shop.database, shop.provider, refund_id)


def _check_growth(before: Payment, after: Payment) -> None:
    assert before.authorised_at in {None, after.authorised_at}
    assert before.captured_at in {None, after.captured_at}
    assert 0 <= after.refunded_minor <= after.refunding_minor
    assert after.refunded_minor <= after.amount_minor
    assert after.captured_at is None or after.authorised_at is not None


async def _check_agreement(shop: Shop, payment: Payment, name: str) -> None:
    ours = await shop.standing(payment)
    (theirs,) = await rows(shop.database, f"SELECT state FROM sandbox.payments WHERE id = '{name}'")
    assert ours.state in THERE[theirs["state"]], (ours, theirs)
    there = await rows(shop.database, f"SELECT id, state FROM sandbox.refunds WHERE payment_id = '{name}'")
    async with shop.database.system() as tx:
        here = {each.provider_ref: each.state for each in await payments.refunds_of(tx, payment.id)}
        disputes = {each.provider_ref: each.state.value for each in await payments.disputes_of(tx, payment.id)}
    assert {row["id"]: RefundState(row["state"]) for row in there} == {name: here[name] for name in here if name}
    known = await rows(shop.database, f"SELECT id, state FROM sandbox.disputes WHERE payment_id = '{name}'")
    assert {row["id"]: row["state"] for row in known} == disputes
    told = await rows(
        shop.database,
        f"SELECT name, count(*) AS times FROM kit.facts WHERE aggregate_id = '{payment.id}' AND name LIKE 'payment.%'"
        " GROUP BY name HAVING count(*) > 1",
    )
    assert told == []
