"""An operator's pages over HTTP: what each role sees, and what the books say of an order that was paid and refunded."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import msgspec
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.settings import Settings
from highstreet.market.identity.domain.roles import Role
from highstreet.market.orders.domain.orders import Order
from highstreet.web.app import create_app
from highstreet.web.checkout import open_checkout
from highstreet.web.runtime import Runtime
from tests.market.orders.conftest import Deal, Offer, administrator_here, offer, paid, placed, publish, wants, world
from tests.web.serving import served
from tests.web.test_merchant import at_work, person

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
        yield Desk(url, runtime, deal, order, client)


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


async def test_who_may_not_sees_nothing(desk: Desk) -> None:
    pages = {
        "/operator/ledger": {Role.OPERATOR_FINANCE},
        "/operator/ledger/bank?currency=USD": {Role.OPERATOR_FINANCE},
        "/operator/ledger/bank/lines.csv?currency=USD": {Role.OPERATOR_FINANCE},
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
