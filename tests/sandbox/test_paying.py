"""A person pays on the sandbox's page, and our side learns of it by webhook, by the browser's return, or by asking."""

import re
from datetime import timedelta

import pytest

from highstreet.kit import sweeps
from highstreet.kit.errors import Conflict, Unavailable
from highstreet.kit.settings import Secret
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Capture, PaymentState
from highstreet.market.payments.jobs import payment_work
from highstreet.market.payments.providers.port import At, Page, PageWanted
from highstreet.market.payments.providers.sandbox import SandboxProvider
from tests.sandbox.shop import Shop, rows


async def test_a_person_pays_on_the_page_and_is_sent_back(shop: Shop) -> None:
    payment = await shop.order()
    address = await shop.open(payment)
    page = await shop.browser.get(address)
    assert page.status_code == 200
    assert "A massage for two" in page.text
    assert "€50" in page.text
    assert "no money moves" in page.text
    assert "form-action 'self' http://127.0.0.1" in page.headers["content-security-policy"]
    assert re.findall(r'name="answer" value="(\w+)"', page.text) == ["approve", "challenge", "decline"]
    paid = await shop.browser.post(address, data={"answer": "approve"})
    assert (paid.status_code, paid.headers["location"]) == (303, f"{shop.base}/back")
    assert await shop.carry() == 2
    final = await shop.standing(payment)
    assert (final.state, final.fee_minor) == (PaymentState.CAPTURED, 120)
    assert [each.state for each in shop.followed][-1] is PaymentState.CAPTURED


async def test_a_page_speaks_the_shoppers_language_and_shows_what_they_typed_as_text(shop: Shop) -> None:
    payment = await shop.order()
    address = await payments.open_page(
        shop.database, shop.provider, payment.id, f"{shop.base}/back", title="<b>Spa</b>", language="es"
    )
    page = (await shop.browser.get(address)).text
    assert "&lt;b&gt;Spa" in page
    assert "no se mueve dinero" in page


async def test_a_bank_may_ask_and_decline_and_the_page_stays_open(shop: Shop) -> None:
    payment = await shop.order()
    assert "whether this is you" in (await shop.pay(payment, "challenge")).text
    assert "The bank said no" in (await shop.pay(payment, "decline")).text
    assert (await shop.pay(payment)).status_code == 303
    assert (await shop.pay(payment, "decline")).status_code == 303  # too late to change one's mind
    await shop.carry()
    assert (await shop.standing(payment)).state is PaymentState.CAPTURED


async def test_an_answer_that_no_bank_gives_is_refused(shop: Shop) -> None:
    for answer in ("", "free", "<script>"):
        assert (await shop.pay(await shop.order(), answer)).status_code == 422


async def test_the_same_payment_opens_the_same_page(shop: Shop) -> None:
    payment = await shop.order()
    assert await shop.open(payment) == await shop.open(payment)
    assert len(await rows(shop.database, "SELECT id FROM sandbox.payments")) == 1


async def test_the_browsers_return_and_the_webhook_give_the_same_payment(shop: Shop) -> None:
    payment = await shop.order()
    await shop.pay(payment)
    returned = await payments.refresh(shop.database, shop.provider, payment.id, shop.follow)
    assert returned.state is PaymentState.CAPTURED
    await shop.carry()
    assert await shop.standing(payment) == returned


async def test_tipping_authorises_then_captures_or_voids(shop: Shop) -> None:
    taken, let_go = await shop.order(1, Capture.MANUAL), await shop.order(2, Capture.MANUAL)
    for payment in (taken, let_go):
        await shop.pay(payment)
    await shop.carry()
    assert (await shop.standing(taken)).state is PaymentState.AUTHORISED
    async with shop.database.system() as tx:
        await payments.request_capture(tx, taken.id)
        await payments.request_void(tx, let_go.id)
    for payment in (taken, let_go):
        await payments.tend(shop.database, shop.provider, payment.id, shop.follow)
    assert (await shop.standing(taken)).state is PaymentState.CAPTURED
    assert (await shop.standing(let_go)).state is PaymentState.VOIDED
    await shop.carry()
    assert (await shop.standing(let_go)).state is PaymentState.VOIDED


async def test_an_order_that_is_given_up_closes_the_page_and_a_faster_shopper_has_paid(shop: Shop) -> None:
    given_up, paid = await shop.order(1), await shop.order(2)
    for payment in (given_up, paid):
        await shop.open(payment)
    await shop.pay(paid)
    for payment in (given_up, paid):
        async with shop.database.system() as tx:
            await payments.request_void(tx, payment.id)
        await payments.tend(shop.database, shop.provider, payment.id, shop.follow)
    assert (await shop.standing(given_up)).state is PaymentState.VOIDED
    assert (await shop.standing(paid)).state is PaymentState.CAPTURED
    with pytest.raises(Conflict):
        await shop.open(given_up)


async def test_a_page_that_was_being_opened_when_the_order_was_given_up_is_shown_to_nobody_and_closed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await shop.order()
    make = shop.provider.open

    async def make_too_late(wanted: PageWanted, known: At | None) -> Page:
        page = await make(wanted, known)
        async with shop.database.system() as tx:
            assert (await payments.request_void(tx, payment.id)).state is PaymentState.VOIDED
        return page

    monkeypatch.setattr(shop.provider, "open", make_too_late)
    with pytest.raises(Conflict):
        await shop.open(payment)
    await payments.tend(shop.database, shop.provider, payment.id)
    assert await rows(shop.database, "SELECT state FROM sandbox.payments") == [{"state": "cancelled"}]
    assert await rows(shop.database, "SELECT wish, due_at FROM payments.payments") == [{"wish": None, "due_at": None}]


async def test_a_page_that_nobody_pays_on_closes_and_the_payment_expires(shop: Shop) -> None:
    payment = await shop.order()
    address = await shop.open(payment)
    shop.clock.advance(timedelta(days=1))
    assert "closed" in (await shop.browser.get(address)).text
    await shop.carry()
    assert (await shop.standing(payment)).state is PaymentState.EXPIRED


async def test_a_worker_asks_after_what_nothing_was_told_of_and_then_rests(shop: Shop) -> None:
    payment = await shop.order()
    await shop.control(next="drop", times=2)
    await shop.pay(payment)
    assert await shop.carry() == 0
    looking, _ = payment_work(shop.provider, shop.follow).sweeps[:2]
    assert await sweeps.sweep_once(shop.database, looking) == 0
    shop.clock.advance(timedelta(minutes=3))
    assert await sweeps.sweep_once(shop.database, looking) == 1
    await payments.tend(shop.database, shop.provider, payment.id, shop.follow)
    assert (await shop.standing(payment)).state is PaymentState.CAPTURED
    shop.clock.advance(timedelta(days=2))
    assert await sweeps.sweep_once(shop.database, looking) == 0


async def test_while_the_provider_is_away_nothing_is_lost_and_it_is_asked_ever_more_seldom(shop: Shop) -> None:
    payment = await shop.order(1, Capture.MANUAL)
    await shop.pay(payment)
    await shop.carry()
    async with shop.database.system() as tx:
        await payments.request_capture(tx, payment.id)
    away = SandboxProvider("http://127.0.0.1:1", Secret("any secret of this test, long enough"), shop.clock)
    with pytest.raises(Unavailable):
        await payments.refresh(shop.database, away, payment.id)
    waits: list[float] = []
    for _ in range(3):
        await payments.tend(shop.database, away, payment.id)
        (row,) = await rows(shop.database, "SELECT due_at, problem FROM payments.payments")
        waits.append((row["due_at"] - shop.clock.now()).total_seconds())
        assert "cannot be asked" in row["problem"]
    assert waits == [5, 10, 20]
    await away.aclose()
    await payments.tend(shop.database, shop.provider, payment.id)
    assert (await shop.standing(payment)).state is PaymentState.CAPTURED
