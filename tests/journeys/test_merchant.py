"""In a real browser, at phone size: staff redeem what a shopper holds, and the owner finds it on a statement."""

import asyncio
from collections.abc import Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from random import Random
from uuid import UUID

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database, open_database
from highstreet.kit.postgres.server import LOGIN, EmbeddedPostgres
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.merchants import MerchantDraft
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import Method, Visitor
from highstreet.market.identity.domain.roles import Role
from highstreet.market.identity.usecases import logins
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.ledger.domain.entries import EntryKind, credit, debit, entry
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import PayeeTerms
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.vouchers import NewVoucher
from tests.journeys.conftest import OpenTab, Tab
from tests.web.storefront.street import NOW, Street, open_street

OWNER, LONG = "owner@example.com", "four wobbly green teapots"
PHONE, DESK = 390, 1280
DATABASE = "merchants"


@dataclass
class Held:
    """What the street was given beforehand."""

    merchant_id: UUID
    code: str


HELD: list[Held] = []


async def with_a_voucher(database: Database, settings: Settings) -> None:
    """A shopper's voucher, and an owner of the shop with a password, who works for another one as well."""
    async with database.system() as tx:
        live = (await catalog.changed_deals(tx, None)).published
        deal = next(each for each in live if each.title == "Tasting menu for two")
        assert deal.merchant_id
        shopper = await identity.begin_guest(tx, "shopper@example.com", "en")
        keys = vouchers.VoucherKeys(secret_key(settings))
        wanted = NewVoucher(
            order_id=shopper.id, line_id=shopper.id, owner_account_id=shopper.id, deal_id=deal.id,
            option_id=deal.options[0].id, merchant_id=deal.merchant_id, currency="USD", price_minor=6000,
            paid_minor=6000, commission_minor=1200, commission_tax_minor=120, terms_version=1,
            title="Tasting menu for two: for two",
        )  # fmt: skip
        [voucher] = await vouchers.issue(tx, keys, [wanted])
        captured = [debit(AccountCode.PROVIDER_CLEARING, 6000), credit(AccountCode.VOUCHER_LIABILITY, 6000)]
        await ledger.post(tx, entry(f"capture:{voucher.id}", EntryKind.CAPTURE, "USD", captured))
        codes = await vouchers.codes_of(tx, keys, voucher.id, shopper.id)
        owner = await identity.prove(tx, to_address(OWNER), "en")
        other = await catalog.create_merchant(tx, MerchantDraft(name="The house of long names " * 6))
        for merchant_id in (deal.merchant_id, other):
            await identity.grant(tx, owner.id, Role.MERCHANT_OWNER, merchant_id)
        visitor = Visitor("Firefox, Linux", "192.0.2.1")
        begun = await logins.begin(tx, owner.id, Method.LINK, visitor)
    keyring = identity.keyring_of(settings, secret_key(settings))
    await identity.choose_password(database, keyring, begun.login, LONG, None, visitor)
    HELD.append(Held(deal.merchant_id, codes.short))


@pytest.fixture(scope="module")
def street(postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str) -> Generator[Street]:
    """A street of its own, since this journey changes something."""
    with open_street(DATABASE, postgres, administrator, migrated_template, with_a_voucher) as opened:
        yield opened
    HELD.clear()


async def settle(database_url: str, merchant_id: UUID) -> None:
    async with open_database(database_url, FixedClock(NOW), Random(8)) as database:
        async with database.transaction(OPERATOR) as tx:
            await settlement.agree(tx, merchant_id, "USD", PayeeTerms(destination="creditor 7"))
        async with database.system() as tx:
            assert await settlement.settle(tx, merchant_id, "USD", at_once=True)


def beside(work: Coroutine[None, None, None]) -> None:
    """Playwright has a loop in this thread, so other work is done in another."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(partial(asyncio.run, work)).result()


def check(page: Page) -> None:
    axe = Axe().run(page)  # pyright: ignore[reportUnknownMemberType] -- its options are untyped
    assert axe.violations_count == 0, f"{page.url}\n{axe.generate_report()}"
    width = page.viewport_size
    assert width
    assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], page.url


def sign_in(tab: Tab) -> Page:
    page = tab.visit("/merchant")
    page.get_by_label("E-mail address").first.fill(OWNER)
    page.get_by_role("textbox", name="Password").fill(LONG)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="For whom do you work today?")).to_be_visible()
    return page


def test_staff_redeem_a_voucher_and_the_owner_finds_it_on_a_statement(
    open_tab: OpenTab, postgres: EmbeddedPostgres
) -> None:
    tab = open_tab(PHONE)
    page, [held] = sign_in(tab), HELD
    check(page)
    page.get_by_role("link", name="The Copper Kettle").click()
    code = page.get_by_label("Code on the voucher")
    expect(code).to_be_focused()
    check(page)
    page.get_by_label("Where you are").select_option(index=1)
    code.fill("nothing of ours")
    code.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no voucher of yours with this code.")
    check(page)
    code.fill(held.code.lower())
    page.get_by_role("button", name="Redeem").click()
    expect(page.get_by_role("heading", name="Accepted")).to_be_visible()
    expect(page.get_by_text("1 visit", exact=True)).to_be_visible()
    expect(code).to_be_focused()
    expect(code).to_have_value("")
    page.get_by_text("Take it back").first.click()
    check(page)
    page.get_by_role("link", name="Redeemed").click()
    expect(page.get_by_role("heading", name="Today 1")).to_be_visible()
    expect(page.get_by_text("Tasting menu for two: for two")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Statements").click()
    expect(page.get_by_text("There is no statement yet.")).to_be_visible()
    check(page)
    beside(settle(postgres.url(LOGIN, DATABASE), held.merchant_id))
    page.reload()
    page.get_by_role("link", name="Statement 1").click()
    expect(page.get_by_role("row", name="Redeemed")).to_contain_text("$48")
    check(page)
    page.set_viewport_size({"width": DESK, "height": 900})
    check(page)


FAKE_CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const drawn = document.createElement("canvas");
  const pen = drawn.getContext("2d");
  setInterval(() => pen.fillRect(0, 0, Math.random() * 300, 100), 20);
  return drawn.captureStream();
};
window.BarcodeDetector = class { async detect() { return [{ rawValue: "seen by the camera" }]; } };
"""


def test_the_camera_sends_what_it_sees(open_tab: OpenTab) -> None:
    tab = open_tab(PHONE)
    page = sign_in(tab)
    page.add_init_script(FAKE_CAMERA)
    page.get_by_role("link", name="The Copper Kettle").click()
    page.get_by_label("Where you are").select_option(index=1)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no voucher of yours with this code.")
    expect(page.get_by_label("Code on the voucher")).to_have_value("seen by the camera")
