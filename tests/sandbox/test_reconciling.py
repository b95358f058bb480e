"""The provider's books are held against ours by day: what was lost is caught up with, what differs is shown."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from highstreet.kit import sweeps
from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.ledger import service as ledger
from highstreet.market.payments import checks
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Capture, Payment, PaymentState
from highstreet.market.payments.domain.reconciliation import DifferenceKind, Reconciliation
from highstreet.market.payments.domain.records import Record
from highstreet.market.payments.jobs import payment_work
from highstreet.market.payments.providers.port import PageWanted
from tests.market.payments.conftest import event, said
from tests.sandbox.shop import Shop
from tests.sandbox.signing import signed_webhook

DAY = date(2026, 3, 2)


async def reconcile(shop: Shop) -> Reconciliation:
    if shop.clock.now().date() == DAY:
        shop.clock.advance(timedelta(days=1))
    return await payments.reconcile(shop.database, shop.provider, DAY, shop.follow)


async def found(shop: Shop) -> list[tuple[DifferenceKind, int | None, int | None]]:
    async with shop.database.system() as tx:
        open_ones = await payments.differences(tx)
    return [(each.kind, each.ours_minor, each.theirs_minor) for each in open_ones]


async def paid(shop: Shop, number: int = 1) -> Payment:
    payment = await shop.order(number)
    await shop.pay(payment)
    await shop.carry()
    return payment


async def test_what_every_webhook_was_lost_of_is_caught_up_with(shop: Shop) -> None:
    await shop.control(next="drop", times=10)
    payment = await paid(shop)
    await shop.control(next="refund")
    assert (await shop.standing(payment)).state is PaymentState.REQUESTED
    done = await reconcile(shop)
    assert (await shop.standing(payment)).state is PaymentState.REFUNDED
    assert [each.state for each in shop.followed] == [PaymentState.REFUNDED]
    assert (done.records, await found(shop)) == (2, [(DifferenceKind.PAST_US, None, -5000)])


async def test_fees_and_payouts_are_booked_from_the_records_and_once(shop: Shop) -> None:
    await paid(shop)
    await shop.control(next="pay_out")
    for _ in range(2):
        assert (await reconcile(shop)).differences == 0
    async with shop.database.system() as tx:
        held = {each.code.value: each.debit_minor for each in await ledger.trial_balance(tx)}
    assert held == {"provider_fees": 120, "bank": 4880, "provider_clearing": -5000}


async def test_money_that_we_know_nothing_of_and_another_amount_are_shown(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await paid(shop)
    wanted = PageWanted(
        payment_id=UUID(int=77),
        amount_minor=900,
        currency="EUR",
        capture=Capture.AUTOMATIC,
        title="Another shop's",
        return_url=shop.base,
        language="en",
        created_at=shop.clock.now(),
        expires_at=None,
    )
    page = await shop.provider.open(wanted, None)
    await shop.browser.post(page.url, data={"answer": "approve"})
    books = shop.provider.records

    async def wrong(since: datetime, until: datetime) -> AsyncIterator[Record]:
        async for each in books(since, until):
            yield msgspec.structs.replace(each, amount_minor=min(each.amount_minor, 4999))

    monkeypatch.setattr(shop.provider, "records", wrong)
    await reconcile(shop)
    assert await found(shop) == [(DifferenceKind.AMOUNT, 5000, 4999), (DifferenceKind.UNKNOWN_HERE, None, 900)]


async def test_money_that_the_provider_knows_nothing_of_is_shown_until_its_record_comes(shop: Shop) -> None:
    payment = await shop.order()
    await shop.open(payment)
    standing = await shop.standing(payment)
    captured = said(standing, "captured", id=standing.provider_ref)
    headers, body = signed_webhook(shop, event(1, captured, shop.clock))
    answer = await shop.browser.post(f"{shop.base}/webhooks/payments/sandbox", content=body, headers=headers)
    assert answer.status_code == 200
    await reconcile(shop)
    assert await found(shop) == [(DifferenceKind.UNKNOWN_THERE, 5000, None)]


async def test_a_webhook_that_contradicts_its_payment_is_shown_and_settled_with_a_word(shop: Shop) -> None:
    payment = await shop.order()
    headers, body = signed_webhook(shop, event(1, said(payment, "captured", amount_minor=1), shop.clock))
    await shop.browser.post(f"{shop.base}/webhooks/payments/sandbox", content=body, headers=headers)
    await reconcile(shop)
    async with shop.database.system() as tx:
        (difference,) = await payments.differences(tx)
        assert difference.kind is DifferenceKind.CONTRADICTION
        with pytest.raises(InvalidInput):
            await payments.settle_difference(tx, difference.id, " ")
        await payments.settle_difference(tx, difference.id, "A test of the provider's")
        with pytest.raises(NotFound):
            await payments.settle_difference(tx, difference.id, "Again")
        told = await payments.explain(tx, payment.id)
    assert [each.outcome for each in told.events] == ["mismatch"]
    assert [each.note for each in told.differences] == ["A test of the provider's"]
    await reconcile(shop)
    assert await found(shop) == []


async def test_each_day_is_compared_once_it_is_over_and_missed_days_follow(shop: Shop) -> None:
    (days, (job,)) = (payment_work(shop.provider).sweeps[2], payment_work(shop.provider).jobs[2:])
    assert await sweeps.sweep_once(shop.database, days) == 0
    await paid(shop)
    with pytest.raises(InvalidInput):
        await payments.reconcile(shop.database, shop.provider, DAY)
    shop.clock.advance(timedelta(days=3))
    for expected in (DAY, DAY + timedelta(days=1), DAY + timedelta(days=2), None):
        async with shop.database.system() as tx:
            assert await payments.due_day(tx, "sandbox") == expected
        if expected:
            await job.run(shop.database, job.payload(expected))
    async with shop.database.system() as tx:
        assert [each.records for each in await payments.reconciliations(tx)] == [0, 0, 1]


async def test_the_doctor_sees_whether_the_provider_answers_and_what_is_open(shop: Shop) -> None:
    (outside, backlog, books) = checks.CHECKS
    assert (await outside.look(shop.settings, shop.clock)).level == "ok"
    payment = await paid(shop)
    async with shop.database.system() as tx:
        assert (await backlog.look(tx)).level == "ok"
        assert (await books.look(tx)).level == "ok"
    await shop.control(next="refund")
    await shop.carry()
    await reconcile(shop)
    async with shop.database.system() as tx:
        await payments.request(tx, UUID(int=2), 100, "EUR")
        assert "1 differences" in (await books.look(tx)).says
    late = await shop.order(3)
    await shop.open(late)
    shop.clock.advance(timedelta(hours=1))
    async with shop.database.system() as tx:
        assert "waited for" in (await backlog.look(tx)).says
    assert payment.id != late.id
