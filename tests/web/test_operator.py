"""An operator's pages over HTTP: what each role sees, and what the books say of an order that was paid and refunded."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import msgspec
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.kit.errors import Forbidden
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import DealState
from highstreet.market.identity.domain.roles import Role
from highstreet.market.orders.domain.orders import Order
from highstreet.market.vouchers import service as vouchers
from highstreet.web.app import create_app
from highstreet.web.checkout import open_checkout
from highstreet.web.runtime import Runtime
from tests.market.catalog.conftest import World, pizza
from tests.market.orders.conftest import (
    Deal,
    Offer,
    administrator_here,
    check_books,
    offer,
    paid,
    payment_of,
    placed,
    publish,
    wants,
    world,
)
from tests.web.serving import served
from tests.web.test_merchant import at_work, hidden, person

__all__ = ["administrator_here", "offer", "publish", "world"]

_TAGS = re.compile(r"<[^>]*>")


def words(page: httpx.Response) -> str:
    """What a page says, without its form."""
    return " ".join(_TAGS.sub(" ", page.text).split())


@dataclass
class Desk:
    """An installation with an order of two vouchers that was paid."""

    url: str
    runtime: Runtime
    deal: Deal
    order: Order
    admin: httpx.AsyncClient
    admin_id: UUID

    async def operator(self, role: Role) -> UUID:
        return await person(self.runtime, f"{role}@example.com", role)


@pytest.fixture
async def desk(
    settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path, offer: Offer
) -> AsyncGenerator[Desk]:
    settings = msgspec.structs.replace(settings, public_url="http://127.0.0.1")
    runtime = Runtime(
        settings,
        database,
        clock,
        Follower(database, tmp_path),
        rng,
        open_blobs(settings),
        checkout=open_checkout(settings, database),
    )
    deal = await offer(10)
    order = await paid(database, await placed(database, await wants(database, (deal.options[0], 2))))
    admin = await person(runtime, "admin@example.com", Role.OPERATOR_ADMIN)
    async with served(create_app(runtime)) as url, at_work(runtime, url, admin) as client:
        yield Desk(url, runtime, deal, order, client, admin)


async def test_the_books_lead_from_the_trial_balance_to_each_entry(desk: Desk) -> None:
    books = await desk.admin.get("/operator/ledger")
    assert "Open vouchers 1 $30.00" in words(books)
    assert "Sum $30.00 $30.00" in words(books)
    assert "Debits and credits are the same." in words(books)
    account = await desk.admin.get("/operator/ledger/voucher_liability?currency=USD")
    assert "Paid by a buyer" in account.text
    assert "$30.00 $30.00" in words(account), "credited, and held since"
    [path] = set(re.findall(r'href="(/operator/ledger/entries/[^"]+)"', account.text))
    entry = await desk.admin.get(path)
    assert "Held by payment providers $30.00 Open vouchers $30.00" in words(entry)
    assert f"/operator/orders?q={desk.order.id}" in entry.text
    shown = "currency=USD&since=2026-03-02&until=2026-03-02&kind=capture"
    saved = await desk.admin.get(f"/operator/ledger/voucher_liability/lines.csv?{shown}")
    assert saved.headers["content-type"].startswith("text/csv")
    [head, row] = saved.text.splitlines()
    assert len(head.split(",")) == len(row.split(","))
    assert row.endswith(",-30.00,-30.00,USD")
    for empty in ("until=2026-03-01", "since=2026-03-03", "kind=redemption"):
        assert "Nothing moved." in (await desk.admin.get(f"{account.url.path}?currency=USD&{empty}")).text
    for wrong in ("since=yesterday", "until=9999-12-31", "kind=gift", "before=1", "party=me", "currency=dollars"):
        assert (await desk.admin.get(f"{account.url.path}?currency=USD&{wrong}")).status_code == 422, wrong
    assert (await desk.admin.get("/operator/ledger/piggy_bank?currency=USD")).status_code == 404
    assert (
        "There is no such account yet." in (await desk.admin.get("/operator/ledger/merchant_payable?currency=USD")).text
    )


async def test_an_order_is_found_by_whatever_somebody_can_name_of_it(desk: Desk) -> None:
    path = f"/operator/orders/{desk.order.id}"
    async with desk.runtime.database.system() as tx:
        [first, _] = await vouchers.vouchers_of_order(tx, desk.order.id)
        codes = await vouchers.codes_of(tx, desk.runtime.voucher_keys, first.id, first.owner_account_id)
    payment = await payment_of(desk.runtime.database, desk.order)
    assert payment.provider_ref is None, "nobody opened its page"
    async with desk.runtime.database.system() as tx:
        await tx.execute(
            "UPDATE payments.payments SET provider = 'sandbox', provider_ref = 'cs_7' WHERE id = %s", [payment.id]
        )
    names = (desk.order.id, first.id, payment.id, codes.short.lower(), codes.bearer, "somebody@example.com", "cs_7")
    for name in names:
        found = await desk.admin.get("/operator/orders", params={"q": str(name)})
        assert (found.status_code, found.headers.get("location")) == (303, path), name
    for name in ("", "nothing", "no@where", "nobody@example.com", str(desk.deal.id), "' OR true --", "\x00"):
        found = await desk.admin.get("/operator/orders", params={"q": name})
        assert (found.status_code, str(desk.order.id) in found.text) == (200, False), name
    async with at_work(desk.runtime, desk.url, await desk.operator(Role.OPERATOR_FINANCE)) as finance:
        unseen = await finance.get("/operator/orders", params={"q": "somebody@example.com"})
        assert "Nothing was found" in unseen.text, "who may not manage accounts learns of none"
        page = await finance.get(path)
        assert "Your role does not show vouchers." in page.text
        assert "somebody@example.com" not in page.text


async def test_an_operator_refunds_and_voids_with_a_reason_that_the_timeline_keeps(
    desk: Desk, clock: FixedClock
) -> None:
    path = f"/operator/orders/{desk.order.id}"
    page = await desk.admin.get(path)
    said = words(page).partition("What happened")[2]
    told = ("Ordered", "Payment taken", "Paid", "Made out", "Booked: Paid by a buyer")
    assert sorted(told, key=said.index) == list(told), "in the order in which it happened"
    chosen = re.findall(r'id="refund-[^"]+" name="(voucher-[^"]+)"', page.text)
    assert len(chosen) == 2
    csrf = hidden(page)["csrf"]
    form = {"csrf": csrf, chosen[0]: "yes", "reason": "It rained <b>in</b>", "sure": "yes"}
    for lacking in ("reason", "sure", chosen[0]):
        lack = {name: value for name, value in form.items() if name != lacking}
        assert (await desk.admin.post(f"{path}/refund", data=lack)).status_code == 422, lacking
        assert (await desk.admin.post(f"{path}/void", data=lack)).status_code == 422, lacking
    assert (await desk.admin.post(f"{path}/refund", data={**form, "csrf": "0"})).status_code == 403
    clock.advance(timedelta(minutes=1))
    done = await desk.admin.post(f"{path}/refund", data=form)
    assert (done.status_code, done.headers["location"]) == (303, path)
    assert (await desk.admin.post(f"{path}/refund", data=form)).status_code == 409, "once"
    clock.advance(timedelta(minutes=1))
    voided = await desk.admin.post(f"{path}/void", data={**form, chosen[0]: "", chosen[1]: "yes"})
    assert voided.status_code == 409, "one of them is closed, so none is declared void"
    ticked = {"csrf": csrf, chosen[1]: "yes", "reason": "A fraud", "sure": "yes"}
    assert (await desk.admin.post(f"{path}/void", data=ticked)).status_code == 303
    after = await desk.admin.get(path)
    assert "It rained &lt;b&gt;in&lt;/b&gt;" in after.text
    said = words(after).partition("What happened")[2]
    told = ("Payment taken", "Refund asked for", "It rained", "Made void", "A fraud")
    assert sorted(told, key=said.index) == list(told)
    await check_books(desk.runtime.database)
    async with at_work(desk.runtime, desk.url, await desk.operator(Role.OPERATOR_EDITOR)) as editor:
        assert (await editor.get(path)).status_code == 403
        assert (await editor.post(f"{path}/refund", data=form)).status_code == 403


async def test_a_difference_is_shown_and_settled_with_a_word(desk: Desk) -> None:
    assert "The books agree" in (await desk.admin.get("/operator/differences")).text
    async with desk.runtime.database.system() as tx:
        own_id = tx.new_id()
        await tx.execute(
            """
            INSERT INTO payments.differences (
                id, provider, day, kind, subject, ours_minor, theirs_minor, currency, found_at
            ) VALUES (%s, 'sandbox', '2026-03-01', 'unknown_here', 're_1', NULL, -1500, 'USD', %s)
            """,
            [own_id, tx.now],
        )
    assert "1 open difference" in words(await desk.admin.get("/operator"))
    page = await desk.admin.get("/operator/differences")
    assert "re_1 Here nothing At the provider -$15.00" in words(page)
    form = {"csrf": hidden(page)["csrf"], "note": "The provider's mistake"}
    assert (await desk.admin.post(f"/operator/differences/{own_id}", data={**form, "note": " "})).status_code == 422
    assert (await desk.admin.post(f"/operator/differences/{own_id}", data=form)).status_code == 303
    assert (await desk.admin.post(f"/operator/differences/{own_id}", data=form)).status_code == 404
    assert "The provider&#39;s mistake" in (await desk.admin.get("/operator/differences?all=yes")).text
    assert "The books agree" in (await desk.admin.get("/operator/differences")).text


async def test_who_may_not_sees_nothing(desk: Desk) -> None:
    pages = {
        "/operator/ledger": {Role.OPERATOR_FINANCE},
        "/operator/ledger/bank?currency=USD": {Role.OPERATOR_FINANCE},
        "/operator/ledger/bank/lines.csv?currency=USD": {Role.OPERATOR_FINANCE},
        "/operator/differences": {Role.OPERATOR_FINANCE},
        "/operator/orders": {Role.OPERATOR_FINANCE, Role.OPERATOR_SUPPORT},
        f"/operator/orders/{desk.order.id}": {Role.OPERATOR_FINANCE, Role.OPERATOR_SUPPORT},
        "/operator": {Role.OPERATOR_FINANCE, Role.OPERATOR_SUPPORT, Role.OPERATOR_EDITOR},
    }
    for role in (Role.OPERATOR_FINANCE, Role.OPERATOR_SUPPORT, Role.OPERATOR_EDITOR):
        async with at_work(desk.runtime, desk.url, await desk.operator(role)) as client:
            for path, roles in pages.items():
                assert (await client.get(path)).status_code == (200 if role in roles else 403), (role, path)
    async with at_work(desk.runtime, desk.url, await person(desk.runtime, "shopper@example.com")) as client:
        for path in pages:
            assert (await client.get(path)).status_code == 403, path
    async with httpx.AsyncClient(base_url=desk.url, headers={"accept": "text/html"}) as nobody:
        for path in pages:
            asked = await nobody.get(f"/es{path}")
            assert asked.headers["location"].startswith("/es/account/sign-in?next=%2Fes%2Foperator"), path


async def test_a_reviewer_approves_or_refuses_what_waits_and_the_deal_keeps_who_it_was(
    desk: Desk, world: World, clock: FixedClock
) -> None:
    database = desk.runtime.database
    assert "No deal waits" in (await desk.admin.get("/operator/approvals")).text
    drafted = pizza(world, title="Pizza & <wine>", starts_at=clock.now(), ends_at=None)
    async with database.system() as tx:
        first = await catalog.create_deal(tx, drafted)
        later = await catalog.create_deal(tx, pizza(world, starts_at=clock.now() + timedelta(days=2), ends_at=None))
        refused = await catalog.create_deal(tx, drafted)
        for each in (first, later, refused):
            await catalog.submit(tx, each)
    assert "3 deals to approve" in words(await desk.admin.get("/operator"))
    assert str(first) in (await desk.admin.get("/operator/approvals")).text
    page = await desk.admin.get(f"/operator/approvals/{first}")
    assert "Pizza &amp; &lt;wine&gt;" in page.text
    assert "The merchant has not stated what it can take." in words(page)
    assert re.search(rf'href="/deals/[a-z-]+-{first}/preview"', page.text)
    form = {"csrf": hidden(page)["csrf"]}
    finance_id = await desk.operator(Role.OPERATOR_FINANCE)
    async with at_work(desk.runtime, desk.url, finance_id) as finance:
        assert (await finance.get("/operator/approvals")).status_code == 403
        own = {"csrf": hidden(await finance.get("/operator/orders"))["csrf"]}
        assert (await finance.post(f"/operator/approvals/{first}/approve", data=own)).status_code == 403
    with pytest.raises(Forbidden):
        async with database.system(by=Actor(ActorKind.OPERATOR, finance_id)) as tx:
            await catalog.approve(tx, first)
    stale = {**form, "seen": "0" * 64}
    assert (await desk.admin.post(f"/operator/approvals/{first}/approve", data=stale)).status_code == 409, (
        "not as shown"
    )
    for each, state in ((first, DealState.LIVE), (later, DealState.SCHEDULED)):
        form = hidden(await desk.admin.get(f"/operator/approvals/{each}"))
        assert (await desk.admin.post(f"/operator/approvals/{each}/approve", data=form)).status_code == 303
        async with database.system() as tx:
            last = (await catalog.history(tx, each))[-2:]
        assert [(step.after, step.actor_kind, step.actor_id) for step in last] == [
            (DealState.APPROVED, "operator", desk.admin_id),
            (state, "operator", desk.admin_id),
        ]
    assert (await desk.admin.post(f"/operator/approvals/{first}/approve", data=form)).status_code == 409, "once"
    path = f"/operator/approvals/{refused}/refuse"
    assert (await desk.admin.post(path, data={**form, "reason": " "})).status_code == 422
    assert (await desk.admin.post(path, data={**form, "reason": "No <price> list"})).status_code == 303
    assert "No &lt;price&gt; list" in (await desk.admin.get(f"/operator/approvals/{refused}")).text
    assert "No deal waits" in (await desk.admin.get("/operator/approvals")).text
    assert (await desk.admin.get(f"/operator/approvals/{desk.order.id}")).status_code == 404
