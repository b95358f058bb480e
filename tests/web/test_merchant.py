"""A merchant's pages as plain forms: staff redeem once however often they press, and only for their own merchant."""

import asyncio
import html
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from uuid import UUID, uuid5

import httpx
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.fine_print import MinimumAge
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import Method, Visitor
from highstreet.market.identity.domain.roles import Role
from highstreet.market.identity.usecases import logins
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import PayeeTerms
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import Voucher
from highstreet.web.app import create_app
from highstreet.web.cookies import login_cookie_name
from highstreet.web.runtime import Runtime
from tests.market.vouchers.conftest import Issue, Shop, administrator_here, issue, keys, publish, shop, world
from tests.web.serving import served

__all__ = ["administrator_here", "issue", "keys", "publish", "shop", "world"]


@pytest.fixture
def runtime(settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path) -> Runtime:
    return Runtime(settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings))


class Counter:
    """A browser at a merchant's pages, which follows no redirect by itself."""

    def __init__(self, client: httpx.AsyncClient, shop: Shop, runtime: Runtime) -> None:
        self.client, self.shop, self.runtime = client, shop, runtime
        self.home = f"/merchant/{shop.world.merchant}"

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(self.home + path)

    async def code(self, voucher: Voucher) -> str:
        async with self.runtime.database.system() as tx:
            found = await vouchers.codes_of(tx, self.runtime.voucher_keys, voucher.id, voucher.owner_account_id)
        return found.short

    async def form(self, **fields: object) -> dict[str, str]:
        """What the page to scan sends, with these fields filled in."""
        page = await self.get("/scan")
        return {**hidden(page), "location": str(self.shop.world.loop), **{k: str(v) for k, v in fields.items()}}

    async def scan(self, **fields: object) -> httpx.Response:
        return await self.client.post(f"{self.home}/scan", data=await self.form(**fields))

    async def accept(self, **fields: object) -> httpx.Response:
        """The page that says so."""
        done = await self.scan(**fields)
        assert (done.status_code, "done=" in done.headers.get("location", "")) == (303, True), done.text
        return await self.client.get(done.headers["location"])


def hidden(page: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    return {name: html.unescape(value) for name, value in found}


def verdict(page: httpx.Response) -> str:
    found = re.search(r'class="verdict (\w+)"', page.text)
    return found[1] if found else ""


async def person(runtime: Runtime, email: str, role: Role | None = None, scope: UUID | None = None) -> UUID:
    async with runtime.database.system() as tx:
        account = await identity.prove(tx, to_address(email), "en")
        if role:
            await identity.grant(tx, account.id, role, scope)
    return account.id


@asynccontextmanager
async def at_work(runtime: Runtime, url: str, account_id: UUID) -> AsyncGenerator[httpx.AsyncClient]:
    async with runtime.database.system() as tx:
        begun = await logins.begin(tx, account_id, Method.PASSWORD, Visitor("Firefox, Linux", "192.0.2.1"))
    cookies = {login_cookie_name(runtime.settings): begun.token}
    async with httpx.AsyncClient(base_url=url, cookies=cookies, headers={"accept": "text/html"}) as client:
        yield client


@pytest.fixture
async def url(runtime: Runtime) -> AsyncGenerator[str]:
    async with served(create_app(runtime)) as address:
        yield address


@pytest.fixture
async def counter(runtime: Runtime, url: str, shop: Shop) -> AsyncGenerator[Counter]:
    """A scanner of the shop at work."""
    scanner = await person(runtime, "scanner@example.com", Role.MERCHANT_SCANNER, shop.world.merchant)
    async with at_work(runtime, url, scanner) as client:
        yield Counter(client, shop, runtime)


async def test_a_voucher_is_accepted_seen_in_the_list_and_taken_back(counter: Counter, issue: Issue) -> None:
    voucher = await issue()
    accepted = await counter.accept(code=await counter.code(voucher))
    assert (accepted.status_code, verdict(accepted)) == (200, "yes")
    assert voucher.title in accepted.text
    assert f'value="{counter.shop.world.loop}" selected' in accepted.text, "the location is chosen once"
    assert accepted.headers["permissions-policy"].startswith("camera=(self)")
    again = await counter.scan(code=await counter.code(voucher))
    assert (again.status_code, verdict(again)) == (409, "no")
    assert "This voucher has been redeemed already." in again.text
    listed = await counter.get("/redemptions")
    assert voucher.title in listed.text
    form = {**hidden(accepted), "reason": "wrong voucher"}
    back = await counter.client.post(f"{counter.home}/redemptions/reversal", data=form)
    assert verdict(await counter.client.get(back.headers["location"])) == "undone"
    twice = await counter.client.post(f"{counter.home}/redemptions/reversal", data=form)
    assert (twice.status_code, verdict(twice)) == (409, "no")
    assert verdict(await counter.accept(code=await counter.code(voucher))) == "yes"


async def test_pressing_twice_redeems_once(counter: Counter, issue: Issue) -> None:
    voucher = await issue(uses=3)
    form = await counter.form(code=await counter.code(voucher))
    first, second = await asyncio.gather(
        *(counter.client.post(f"{counter.home}/scan", data=form) for _ in range(2)),
    )
    assert (first.status_code, second.status_code) == (303, 303)
    assert "done=" in first.headers["location"]
    assert first.headers["location"] == second.headers["location"]
    async with counter.runtime.database.system() as tx:
        assert (await vouchers.voucher(tx, voucher.id)).units_left == 2
    other = await counter.client.post(f"{counter.home}/scan", data={**form, "uses": "2"})
    assert (other.status_code, verdict(other)) == (422, "no")
    assert "Nothing was redeemed by it now" in other.text
    assert hidden(other)["nonce"] != form["nonce"]


async def test_what_is_missing_is_asked_for(counter: Counter, issue: Issue) -> None:
    purse, drink = await issue(balance_minor=1500), await issue(fine_print=(MinimumAge(years=18),))
    code = await counter.code(purse)
    asked = await counter.scan(code=code)
    assert (asked.status_code, 'name="amount"' in asked.text, code in asked.text) == (422, True, True)
    for text in ("ten", "-1", "0.001", "0"):
        assert (await counter.scan(code=code, amount=text)).status_code == 422, text
    spent = await counter.accept(code=code, amount="4,50")
    assert "$4.50" in spent.text
    assert "$10.50" in spent.text
    too_much = await counter.scan(code=code, amount="10.51")
    assert "There is not so much left on this voucher." in too_much.text
    asked = await counter.scan(code=await counter.code(drink))
    assert (asked.status_code, 'name="age"' in asked.text) == (409, True)
    assert (await counter.scan(code=await counter.code(drink), age="17")).status_code == 409
    assert (await counter.scan(code=await counter.code(drink), age="forty")).status_code == 422
    assert verdict(await counter.accept(code=await counter.code(drink), age="40")) == "yes"
    unknown = await counter.scan(code="<b>nothing</b>")
    assert (unknown.status_code, "<b>nothing" in unknown.text) == (409, False)
    assert (await counter.scan(code=" ")).status_code == 422


async def test_another_merchant_s_pages_are_closed(counter: Counter, issue: Issue, url: str) -> None:
    voucher, runtime = await issue(), counter.runtime
    code = await counter.code(voucher)
    done = await counter.scan(code=code)
    async with runtime.database.transaction(OPERATOR) as tx:
        other = await catalog.create_merchant(tx, MerchantDraft(name="Another one"))
    theirs = await person(runtime, "other@example.com", Role.MERCHANT_OWNER, other)
    shopper = await person(runtime, "shopper@example.com")
    for account_id in (theirs, shopper):
        async with at_work(runtime, url, account_id) as client:
            for path in ("", "/scan", "/redemptions", "/statements", f"/statements/{other}"):
                assert (await client.get(counter.home + path)).status_code == 403, path
            for path in ("/scan", "/redemptions/reversal"):
                assert (await client.post(counter.home + path, data=await counter.form(code=code))).status_code == 403
    async with at_work(runtime, url, theirs) as client:
        own = f"/merchant/{other}"
        redemption = done.headers["location"].partition("done=")[2]
        assert (await client.get(f"{own}/scan?done={redemption}")).status_code == 404
        assert (await client.get(f"{own}/scan?done=nothing")).status_code == 404
        form = hidden(await client.get(f"{own}/scan"))
        wrong = await client.post(f"{own}/scan", data={**form, "code": code})
        assert "There is no voucher of yours with this code." in wrong.text
        back = {**form, "id": redemption, "reason": "x"}
        assert (await client.post(f"{own}/redemptions/reversal", data=back)).status_code == 404
    assert (await counter.get("/statements")).status_code == 403, "a scanner reads no statements"
    await person(runtime, "other@example.com", Role.MERCHANT_SCANNER, counter.shop.world.merchant)
    async with at_work(runtime, url, theirs) as both:
        assert (await both.get(f"{counter.home}/scan?done={redemption}")).status_code == 200
        assert (await both.get(f"{own}/scan?done={redemption}")).status_code == 404, "it was at their other merchant"


async def test_forms_of_other_sites_and_of_nobody_do_nothing(counter: Counter, issue: Issue, url: str) -> None:
    voucher = await issue()
    form = await counter.form(code=await counter.code(voucher))
    forged = await counter.client.post(f"{counter.home}/scan", data={**form, "csrf": "0" * 64})
    foreign = await counter.client.post(f"{counter.home}/scan", data=form, headers={"origin": "https://evil.example"})
    assert (forged.status_code, foreign.status_code) == (403, 403)
    async with httpx.AsyncClient(base_url=url, headers={"accept": "text/html"}) as nobody:
        sent = await nobody.post(f"/es{counter.home}/scan", data=form)
        asked = await nobody.get(f"{counter.home}/redemptions")
    assert sent.headers["location"].startswith("/es/account/sign-in?next=%2Fes%2Fmerchant%2F")
    assert sent.headers["location"].endswith("%2Fscan")
    assert asked.headers["location"].endswith("%2Fredemptions")
    async with counter.runtime.database.system() as tx:
        assert (await vouchers.voucher(tx, voucher.id)).units_left == 1


async def test_who_works_for_several_chooses_and_who_works_for_none_is_told(
    counter: Counter, url: str, shop: Shop
) -> None:
    only = await counter.client.get("/merchant")
    assert (only.status_code, only.headers["location"]) == (303, counter.home)
    assert (await counter.get("")).headers["location"] == f"{counter.home}/scan"
    runtime = counter.runtime
    async with runtime.database.transaction(OPERATOR) as tx:
        long = await catalog.create_merchant(tx, MerchantDraft(name="A <b>merchant</b> " + "of a name " * 15))
    busy = await person(runtime, "busy@example.com", Role.MERCHANT_SCANNER, shop.world.merchant)
    await person(runtime, "busy@example.com", Role.MERCHANT_OWNER, long)
    async with at_work(runtime, url, busy) as client:
        chooser = await client.get("/es/merchant")
        assert f'href="/es/merchant/{long}"' in chooser.text
        assert f'href="/es/merchant/{shop.world.merchant}"' in chooser.text
        assert "<b>merchant" not in chooser.text
        assert "There is no statement yet." in (await client.get(f"/merchant/{long}/statements")).text
        assert "Nothing was redeemed today yet." in (await client.get(f"/merchant/{long}/redemptions")).text
    async with at_work(runtime, url, await person(runtime, "idle@example.com")) as client:
        assert "You work for no merchant yet" in (await client.get("/merchant")).text


async def test_sales_are_told_by_deal_and_saved(counter: Counter, issue: Issue, url: str, shop: Shop) -> None:
    runtime, merchant = counter.runtime, shop.world.merchant
    used, wrong, purse = await issue(), await issue(), await issue(balance_minor=1500)
    for voucher in (used, wrong):
        form = hidden(await counter.accept(code=await counter.code(voucher)))
    await counter.client.post(f"{counter.home}/redemptions/reversal", data={**form, "reason": "wrong voucher"})
    await counter.accept(code=await counter.code(purse), amount="7.50")
    async with runtime.database.system() as tx:
        await vouchers.refund(tx, [(await issue()).id])
    assert (await counter.get("/sales")).status_code == 403, "a scanner reads no sales"
    manager = await person(runtime, "manager@example.com", Role.MERCHANT_MANAGER, merchant)
    async with at_work(runtime, url, manager) as client:
        text = " ".join(re.sub(r"<[^>]*>", " ", (await client.get(f"{counter.home}/sales")).text).split())
        assert "Two pizzas of your choice 4 2 1 1 $18" in text
        saved = await client.get(f"{counter.home}/sales.csv")
        head, row = saved.text.splitlines()
        assert head == "deal,title,sold,open,redeemed,refunded,price,earned,currency"
        assert row == f"{shop.deal},Two pizzas of your choice,4,2,1,1,60.00,18.00,USD"
    async with runtime.database.transaction(OPERATOR) as tx:
        other = await catalog.create_merchant(tx, MerchantDraft(name="Another one"))
    async with at_work(runtime, url, await person(runtime, "o@example.com", Role.MERCHANT_OWNER, other)) as client:
        assert (await client.get(f"{counter.home}/sales.csv")).status_code == 403
        assert "Nothing was sold yet." in (await client.get(f"/merchant/{other}/sales")).text


async def test_a_manager_reads_statements_line_by_line(counter: Counter, issue: Issue, url: str, shop: Shop) -> None:
    runtime, merchant = counter.runtime, shop.world.merchant
    voucher = await issue()
    await counter.accept(code=await counter.code(voucher))
    async with runtime.database.transaction(OPERATOR) as tx:
        await settlement.agree(tx, merchant, "USD", PayeeTerms(destination="creditor 7"))
    async with runtime.database.system() as tx:
        assert await settlement.settle(tx, merchant, "USD", at_once=True)
    manager = await person(runtime, "manager@example.com", Role.MERCHANT_MANAGER, merchant)
    async with at_work(runtime, url, manager) as client:
        listed = await client.get(f"{counter.home}/statements")
        [path] = re.findall(r'href="([^"]*/statements/[^"?]+)"', listed.text)
        shown = await client.get(path)
        text = " ".join(re.sub(r"<[^>]*>", " ", shown.text).split())
        assert f"Redeemed {voucher.id.hex[-8:].upper()} 1 $15 $2.70 $0.30 $12" in text
        assert (await client.get(f"{path}?after=1")).status_code == 200
        assert (await client.get(f"{path}?after=x")).status_code == 422
        assert (await client.get(f"{counter.home}/statements?before=x")).status_code == 422
        for form in ("pdf", "csv"):
            [file] = re.findall(rf'href="([^"]*form={form})"', shown.text)
            assert (await client.get(file)).status_code == 200
        missing = uuid5(merchant, "no statement")
        assert (await client.get(f"{counter.home}/statements/{missing}")).status_code == 404
        assert (await client.get(f"/es{path}")).text.count("Canjeado") > 1
