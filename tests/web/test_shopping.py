"""The shopper's pages over HTTP, as a browser without JavaScript uses them."""

import html
import re
from collections.abc import AsyncGenerator, Mapping
from datetime import time, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from highstreet import main
from highstreet.kit import outbox
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR
from highstreet.kit.mail import queue
from highstreet.kit.sweeps import sweep_once
from highstreet.market.bookings import service as bookings
from highstreet.market.bookings.domain import Plan
from highstreet.market.ledger.domain.credits import CreditOrigin
from highstreet.market.orders import service as orders
from highstreet.market.orders.jobs import SEATS
from highstreet.market.promotions import service as promotions
from highstreet.market.promotions.domain.promotions import Draft
from highstreet.market.vouchers import service as vouchers
from tests.market.catalog.conftest import World
from tests.market.orders.conftest import Deal, Offer, check_books, check_stock, offer
from tests.web.test_buying import Arrive, Shop, arrive, publish, shop, world

__all__ = ["arrive", "offer", "publish", "shop", "world"]

_INPUT = re.compile(r"<input\b[^>]*>|<textarea\b[^>]*>.*?</textarea>", re.DOTALL)
_GUEST = {"email": "somebody@example.com"}


@pytest.fixture
async def browser(shop: Shop) -> AsyncGenerator[httpx.AsyncClient]:
    async with shop.browser(accept="text/html") as client:
        yield client


def fields(page: str, action: str) -> dict[str, str]:
    """What a browser would send of the form that goes to `action`, before anybody types."""
    form = next(each for each in re.findall(r"<form\b.*?</form>", page, re.DOTALL) if f'action="{action}"' in each)
    found: dict[str, str] = {}
    for tag in _INPUT.findall(form):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    return found


async def checkout(browser: httpx.AsyncClient, option: UUID, quantity: int = 1) -> dict[str, str]:
    page = await browser.get(f"/checkout?option={option}&quantity={quantity}")
    assert page.status_code == 200, page.text
    assert page.headers["cache-control"] == "no-store"
    return {**fields(page.text, "/checkout"), "do": "buy"}


async def order(browser: httpx.AsyncClient, option: UUID, quantity: int = 1) -> str:
    """A guest's order; the path of its pay page."""
    sent = await browser.post("/checkout", data={**await checkout(browser, option, quantity), **_GUEST})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


async def buy(browser: httpx.AsyncClient, option: UUID, quantity: int = 1) -> str:
    """The page to which the provider leads back, paid."""
    away = await browser.get(await order(browser, option, quantity))
    back = await browser.post(away.headers["location"], data={"answer": "approve"})
    page = await browser.get(back.headers["location"])
    assert "Thank you, it is paid" in page.text
    return page.text


def order_path(page: str) -> str:
    found = re.search(r'href="(/orders/[0-9a-f-]{36})"', page)
    assert found
    return found[1]


def voucher_paths(page: str) -> list[str]:
    return re.findall(r'href="(/vouchers/[0-9a-f-]{36}(?:\?[^"]*)?)"', page)


async def test_a_guest_buys_by_forms_alone_and_sees_code_and_qr(
    shop: Shop, offer: Offer, browser: httpx.AsyncClient
) -> None:
    deal = await offer(10)
    about = (await browser.get(f"/deals/a-deal-{deal.id}", follow_redirects=True)).text
    assert f'value="{deal.options[0]}"' in about
    page = await buy(browser, deal.options[0], 2)
    assert "Here are your vouchers" in page
    paths = voucher_paths(page)
    assert len(paths) == 2
    voucher = (await browser.get(paths[0])).text
    assert "<svg" in voucher
    assert re.search(r"<strong>[0-9A-Z]{5}-[0-9A-Z]{5}</strong>", voucher)
    wallet = (await browser.get("/vouchers")).text
    assert voucher_paths(wallet) == list(reversed(paths)) or set(voucher_paths(wallet)) == set(paths)
    assert order_path(page) in (await browser.get("/orders")).text
    await check_books(shop.runtime.database)


async def test_a_form_that_is_sent_twice_orders_once(offer: Offer, browser: httpx.AsyncClient, shop: Shop) -> None:
    deal = await offer(10)
    sent = {**await checkout(browser, deal.options[0]), **_GUEST}
    async with shop.browser() as second:
        answers = [await each.post("/checkout", data=sent) for each in (browser, second)]
    assert {answer.status_code for answer in answers} == {303}
    assert answers[0].headers["location"] == answers[1].headers["location"]
    await check_stock(shop.runtime.database)


async def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_typed_is_lost(
    offer: Offer, browser: httpx.AsyncClient
) -> None:
    deal = await offer(10)
    typed = {
        **await checkout(browser, deal.options[0]),
        "email": "somebody at example",
        "gift": "yes",
        "gift_name": "Grace & <b>Co</b>",
        "gift_email": "nowhere",
        "gift_message": "ようこそ",
        "gift_date": "2020-02-31",
        "quantity": "0",
    }
    page = await browser.post("/checkout", data=typed)
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 4
    for kept in ("somebody at example", "Grace &amp; &lt;b&gt;Co&lt;/b&gt;", "nowhere", "ようこそ", 'value="0"'):
        assert kept in page.text
    spanish = await browser.post("/es/checkout", data=typed)
    assert "Indique una dirección" in spanish.text


async def test_an_expired_quote_is_renewed_by_one_click(
    offer: Offer, browser: httpx.AsyncClient, clock: FixedClock
) -> None:
    deal = await offer(10)
    sent = {**await checkout(browser, deal.options[0]), **_GUEST}
    clock.advance(timedelta(minutes=16))
    late = await browser.post("/checkout", data=sent)
    assert late.status_code == 409
    assert "You saw $15" in late.text
    again = await browser.post("/checkout", data={**fields(late.text, "/checkout"), "do": "buy"})
    assert again.status_code == 303


async def test_another_quantity_shows_its_total_before_anything_is_ordered(
    offer: Offer, browser: httpx.AsyncClient
) -> None:
    deal = await offer(10)
    sent = {**await checkout(browser, deal.options[0]), **_GUEST, "quantity": "3"}
    page = await browser.post("/checkout", data=sent)
    assert page.status_code == 200
    assert "The total has changed" in page.text
    assert "$45" in page.text
    assert (await browser.post("/checkout", data={**fields(page.text, "/checkout"), "do": "buy"})).status_code == 303


async def test_a_code_and_credit_are_taken_off_before_anybody_pays(
    offer: Offer, browser: httpx.AsyncClient, shop: Shop
) -> None:
    deal, database = await offer(10), shop.runtime.database
    draft = Draft(
        code="SPRING",
        title="Spring",
        currency="USD",
        rate=2_000,
        person_limit=None,
        valid_from=shop.runtime.clock.now() - timedelta(days=1),
        valid_until=shop.runtime.clock.now() + timedelta(days=1),
    )
    async with database.transaction(OPERATOR) as tx:
        await promotions.create(tx, draft)
    sent = {**await checkout(browser, deal.options[0]), **_GUEST, "code": "spring, winter"}
    told = await browser.post("/checkout", data=sent)
    assert told.status_code == 200, "nobody is sent to pay a price that they have not seen"
    assert "WINTER: There is no such code." in told.text
    assert "Go on to pay $12" in told.text
    again = {**fields(told.text, "/checkout"), "do": "buy"}
    assert (await browser.post("/es/checkout", data={**again, "code": "winter"})).text.count(
        "No existe ese código"
    ) == 1
    paid = await browser.post("/checkout", data=again)
    assert paid.status_code == 303
    async with database.system() as tx:
        [mine] = await tx.fetch_all(dict[str, UUID], "SELECT account_id FROM orders.orders")
        await promotions.grant_credit(
            tx,
            mine["account_id"],
            currency="USD",
            amount_minor=2_000,
            origin=CreditOrigin.GOODWILL,
            reason="It rained.",
        )
    page = await browser.get(f"/checkout?option={deal.options[0]}")
    assert "Use your credit of $20" in page.text
    told = await browser.post("/checkout", data={**fields(page.text, "/checkout"), "credit": "yes", "do": "count"})
    assert "Nothing is left to pay." in told.text
    free = await browser.post("/checkout", data={**fields(told.text, "/checkout"), "do": "buy"})
    assert "Here are your vouchers" in (await browser.get(free.headers["location"])).text
    paper = await browser.get(f"{voucher_paths((await browser.get('/vouchers')).text)[0]}/pdf")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    async with shop.browser(accept="text/html") as stranger:
        await order(stranger, deal.options[0])
        assert (await stranger.get(paper.request.url.path)).status_code == 404
    await check_books(database)


async def test_sold_out_in_the_meantime_is_told_kindly(
    offer: Offer, browser: httpx.AsyncClient, arrive: Arrive
) -> None:
    deal = await offer(1)
    sent = {**await checkout(browser, deal.options[0]), **_GUEST}
    await (await arrive()).buy((deal.options[0], 1))
    page = await browser.post("/checkout", data=sent)
    assert page.status_code == 409
    assert "It has just sold out" in page.text
    assert "Go on to pay $" not in page.text
    assert (await browser.get(f"/checkout?option={uuid4()}")).status_code == 404


async def test_a_form_from_elsewhere_or_without_its_word_orders_nothing(
    offer: Offer, browser: httpx.AsyncClient
) -> None:
    deal = await offer(10)
    sent = {**await checkout(browser, deal.options[0]), **_GUEST}
    foreign = await browser.post("/checkout", data=sent, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    page = await buy(browser, deal.options[0])
    again = await browser.post("/checkout", data={**sent, "csrf": "wrong"})
    assert again.status_code == 409
    refund = await browser.post(f"{order_path(page)}/refund", data={})
    assert refund.status_code == 403


async def test_a_foreign_order_and_a_foreign_voucher_are_not_there(
    offer: Offer, browser: httpx.AsyncClient, shop: Shop
) -> None:
    deal: Deal = await offer(10)
    page = await buy(browser, deal.options[0])
    path, voucher = order_path(page), voucher_paths(page)[0]
    async with shop.browser(accept="text/html") as stranger:
        assert (await stranger.get(path)).headers["location"].startswith("/account/sign-in")
        await order(stranger, deal.options[0])
        for foreign in (path, voucher, f"{path}?key=AAAA", f"{voucher}?key=AAAA", f"/orders/{uuid4()}"):
            assert (await stranger.get(foreign)).status_code == 404, foreign
        own = order_paths(await stranger.get("/orders"))[0]
        word = fields((await stranger.get(own)).text, f"{own}/cancel")
        for action in ("refund", "cancel"):
            assert (await stranger.post(f"{path}/{action}", data=word)).status_code == 404


def order_paths(answer: httpx.Response) -> list[str]:
    return re.findall(r'href="(/orders/[0-9a-f-]{36})"', answer.text)


async def test_the_secret_address_of_an_order_shows_it_and_its_vouchers_to_whoever_has_it(
    offer: Offer, browser: httpx.AsyncClient, shop: Shop
) -> None:
    deal = await offer(10)
    path = order_path(await buy(browser, deal.options[0]))
    secret = orders.OrderLinks(shop.runtime.secret).path(UUID(path.rpartition("/")[2]))
    async with shop.browser(accept="text/html") as phone:
        page = await phone.get(secret)
        assert page.status_code == 200
        assert page.headers["referrer-policy"] == "same-origin"
        (voucher,) = voucher_paths(page.text)
        assert "<svg" in (await phone.get(html.unescape(voucher))).text
        back = await phone.post(f"{path}/refund", data=returning(page.text, path))
        assert back.status_code == 303
        assert "All of it was given back" in (await phone.get(back.headers["location"])).text


def returning(page: str, path: str) -> Mapping[str, str]:
    return fields(page, f"{path}/refund")


async def test_what_is_given_back_twice_comes_back_once(offer: Offer, browser: httpx.AsyncClient, shop: Shop) -> None:
    deal = await offer(10)
    path = order_path(await buy(browser, deal.options[0]))
    page = (await browser.get(path)).text
    none = {name: value for name, value in returning(page, path).items() if not name.startswith("voucher-")}
    assert (await browser.post(f"{path}/refund", data=none)).status_code == 422
    answers = [await browser.post(f"{path}/refund", data=returning(page, path)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "Nothing was changed now" in answers[1].text
    after = (await browser.get(path)).text
    assert "All of it was given back" in after
    assert "−$15" in after
    await check_books(shop.runtime.database)
    await check_stock(shop.runtime.database)


async def test_the_seats_of_a_voucher_that_is_given_back_are_free_again(
    offer: Offer, browser: httpx.AsyncClient, shop: Shop, world: World
) -> None:
    deal, database = await offer(10), shop.runtime.database
    page = await buy(browser, deal.options[0])
    path, voucher_id = order_path(page), UUID(voucher_paths(page)[0][-36:])
    day = shop.runtime.clock.now().date() + timedelta(days=2)
    async with database.transaction(OPERATOR) as tx:
        await bookings.add_slots(
            tx,
            Plan(
                location_id=world.loop,
                option_id=deal.options[0],
                first_day=day,
                last_day=day,
                weekdays=(1, 2, 3, 4, 5, 6, 7),
                times=(time(12),),
                length_minutes=60,
                capacity=1,
            ),
        )
    async with database.system() as tx:
        [slot] = await bookings.free_slots(tx, deal.options[0], location_id=None, since=tx.now, days=7)
        mine = (await vouchers.voucher(tx, voucher_id)).owner_account_id
        await bookings.book(tx, slot.id, voucher_id=voucher_id, option_id=deal.options[0], account_id=mine)
        assert await bookings.free_slots(tx, deal.options[0], location_id=None, since=tx.now, days=7) == []
    await browser.post(f"{path}/refund", data=returning((await browser.get(path)).text, path))
    async with database.system() as tx:
        told = "SELECT id FROM kit.facts WHERE aggregate_id = %s AND name = ANY(%s)"
        [fact] = await tx.fetch_all(dict[str, UUID], told, [str(voucher_id), list(SEATS.facts)])
        await SEATS.handle(tx, await outbox.fact(tx, fact["id"]))
        [again] = await bookings.free_slots(tx, deal.options[0], location_id=None, since=tx.now, days=7)
    assert (again.id, again.left) == (slot.id, 1)


async def test_who_comes_back_before_word_of_the_payment_waits_on_a_page_that_looks_again(
    offer: Offer, browser: httpx.AsyncClient
) -> None:
    deal = await offer(10)
    pay = await order(browser, deal.options[0])
    await browser.get(pay)
    back = await browser.get(pay.replace("?", "/back?"))
    assert "looks again by itself" in back.text
    seconds, _, address = back.headers["refresh"].partition("; url=")
    assert seconds == "5"
    last = await browser.get(address.replace("look=1", "look=24"))
    assert "refresh" not in last.headers
    path = order_paths(await browser.get("/orders"))[0]
    form = fields((await browser.get(path)).text, f"{path}/cancel")
    assert (await browser.post(f"{path}/cancel", data=form)).status_code == 303
    assert (await browser.post(f"{path}/cancel", data=form)).status_code == 409


async def test_a_voucher_is_given_away_claimed_once_and_its_old_page_gone(
    offer: Offer, browser: httpx.AsyncClient, shop: Shop
) -> None:
    deal = await offer(10)
    (voucher,) = voucher_paths(await buy(browser, deal.options[0]))
    form = fields((await browser.get(voucher)).text, f"{voucher}/gift")
    wrong = await browser.post(f"{voucher}/gift", data={**form, "email": "nowhere"})
    assert wrong.status_code == 422
    given = await browser.post(f"{voucher}/gift", data={**form, "name": "Grace", "message": "Enjoy"})
    assert given.status_code == 303
    assert (await browser.post(f"{voucher}/gift", data=form)).status_code == 409
    link = re.search(r'readonly value="([^"]*)"', (await browser.get(voucher)).text)
    assert link
    async with shop.browser(accept="text/html") as friend:
        page = (await friend.get(html.unescape(link[1]))).text
        assert "Enjoy" in page
        assert (await friend.post("/gift", data={**fields(page, "/gift"), "email": "?"})).status_code == 422
        mine = await friend.post("/gift", data={**fields(page, "/gift"), "email": "grace@example.com"})
        assert mine.status_code == 303
        shown = (await friend.get(mine.headers["location"])).text
        assert "<svg" in shown
        assert "Your order" not in shown
        assert (await friend.get(html.unescape(link[1]))).status_code == 404
    assert (await browser.get(voucher)).status_code == 404


async def test_receipt_refund_and_gift_are_mailed_with_links_that_work_for_a_guest(
    offer: Offer, browser: httpx.AsyncClient, shop: Shop, clock: FixedClock
) -> None:
    runtime = shop.runtime
    deal = await offer(10)
    sent = await checkout(browser, deal.options[0], 2)
    gift = {"gift": "yes", "gift_name": "Grace", "gift_email": "grace@example.com", "gift_date": "2026-03-04"}
    placed = await browser.post("/checkout", data={**sent, **_GUEST, **gift})
    away = await browser.get(placed.headers["location"])
    back = await browser.post(away.headers["location"], data={"answer": "approve"})
    path = order_path((await browser.get(back.headers["location"])).text)
    form = returning((await browser.get(path)).text, path)
    first = next(name for name in re.findall(r'name="(voucher-[^"]*)"', (await browser.get(path)).text))
    assert (await browser.post(f"{path}/refund", data={**form, first: "yes"})).status_code == 303
    sweep = main.gift_mails_of(runtime.settings)
    assert await sweep_once(runtime.database, sweep) == 0
    clock.advance(timedelta(days=3))
    assert (await sweep_once(runtime.database, sweep), await sweep_once(runtime.database, sweep)) == (2, 0)
    writer = main.receipts(runtime.settings)
    async with runtime.database.system() as tx:
        told = "SELECT id FROM kit.facts WHERE aggregate_id = %s AND name = ANY(%s) ORDER BY id"
        wanted = [path.rpartition("/")[2], list(writer.facts)]
        for row in await tx.fetch_all(dict[str, UUID], told, wanted):
            await writer.handle(tx, await outbox.fact(tx, row["id"]))
    async with runtime.database.system() as tx:
        mails = await queue.readable(tx, runtime.mail)
    by_kind = {mail.kind: mail for mail in mails}
    assert set(by_kind) == {"orders.receipt", "orders.refund", "vouchers.gift"}
    assert (by_kind["orders.receipt"].recipient, by_kind["vouchers.gift"].recipient) == (
        _GUEST["email"],
        "grace@example.com",
    )
    assert ("=", "30.00 USD") in by_kind["orders.receipt"].letter.rows
    assert ("−", "15.00 USD") in by_kind["orders.refund"].letter.rows
    async with shop.browser(accept="text/html") as phone:
        for kind, mail in by_kind.items():
            link = mail.letter.link
            assert link
            assert (await phone.get(link)).status_code == 200, kind
