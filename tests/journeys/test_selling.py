"""In a real browser: a guest buys and shows vouchers on a phone, staff scan them, and the owner finds it all told."""

import asyncio
import re
from collections.abc import Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TypeVar
from uuid import UUID

import psycopg
import pytest
import segno
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
from highstreet.market.settlement import service as settlement
from highstreet.market.settlement.domain.payees import PayeeTerms
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.service import VoucherKeys
from tests.journeys.conftest import OpenTab
from tests.journeys.test_accessibility import CONTRAST, run_axe
from tests.web.storefront.street import LONG_JAPANESE_TITLE, NOW, Street, open_street

T = TypeVar("T")

OWNER, LONG = "owner@example.com", "four wobbly green teapots"
PHONE, DESK = 390, 1280
DATABASE = "selling"


@dataclass
class Held:
    """What the street was given beforehand."""

    merchant_id: UUID
    keys: VoucherKeys


HELD: list[Held] = []


async def with_an_owner(database: Database, settings: Settings) -> None:
    """An owner of the shop with a password, who works for another one as well."""
    async with database.system() as tx:
        live = (await catalog.changed_deals(tx, None)).published
        merchant = next(each.merchant_id for each in live if each.title == "Hot stone massage")
        assert merchant
        owner = await identity.prove(tx, to_address(OWNER), "en")
        other = await catalog.create_merchant(tx, MerchantDraft(name="The house of long names " * 6))
        for merchant_id in (merchant, other):
            await identity.grant(tx, owner.id, Role.MERCHANT_OWNER, merchant_id)
        visitor = Visitor("Firefox, Linux", "192.0.2.1")
        begun = await logins.begin(tx, owner.id, Method.LINK, visitor)
    keyring = identity.keyring_of(settings, secret_key(settings))
    await identity.choose_password(database, keyring, begun.login, LONG, None, visitor)
    HELD.append(Held(merchant, VoucherKeys(secret_key(settings))))


@pytest.fixture(scope="module")
def street(postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str) -> Generator[Street]:
    """A street of its own, which sells."""
    with open_street(DATABASE, postgres, administrator, migrated_template, with_an_owner, selling=True) as opened:
        yield opened
    HELD.clear()


def check(page: Page, name: str) -> None:
    """Nothing for axe to object to in either colours, and nothing wider than the screen."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType] -- one of the two it names
        found = run_axe(Axe(), page, CONTRAST) if scheme == "dark" else run_axe(Axe(), page)
        assert found.violations_count == 0, f"{name}, {scheme}\n{found.generate_report()}"
    page.emulate_media(color_scheme="light")
    size = page.viewport_size
    assert size
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name} is wider than the screen"


def beside(work: Coroutine[None, None, T]) -> T:
    """Playwright has a loop in this thread, so other work is done in another."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(partial(asyncio.run, work)).result()


async def signed_text(database_url: str, voucher_id: UUID) -> str:
    """What a scanner reads off a voucher."""
    [held] = HELD
    async with open_database(database_url, FixedClock(NOW), Random(8)) as database, database.system() as tx:
        voucher = await vouchers.voucher(tx, voucher_id)
        codes = await vouchers.codes_of(tx, held.keys, voucher.id, voucher.owner_account_id)
    return held.keys.signed_text(voucher, codes.bearer, NOW)


async def settle(database_url: str) -> None:
    [held] = HELD
    async with open_database(database_url, FixedClock(NOW), Random(8)) as database:
        async with database.transaction(OPERATOR) as tx:
            await settlement.agree(tx, held.merchant_id, "USD", PayeeTerms(destination="creditor 7"))
        async with database.system() as tx:
            assert await settlement.settle(tx, held.merchant_id, "USD", at_once=True)


def buy_three(page: Page) -> None:
    """As a guest, whose first try is not understood."""
    check(page, "deal")
    page.get_by_role("button", name="Buy For one").click()
    expect(page.get_by_role("heading", name="Checkout", exact=True)).to_be_visible()
    check(page, "checkout")
    page.get_by_label("How many").fill("3")
    page.get_by_role("button", name="Work it out").click()
    pay = page.get_by_role("button", name=re.compile(r"Go on to pay \$"))
    pay.click()
    expect(page.locator("#email-said")).to_contain_text("name@example.com")
    check(page, "checkout with a problem")
    page.get_by_label("Your e-mail address").fill("somebody@example.com")
    pay.click()
    page.get_by_role("button", name="Approve the payment").click()
    expect(page.get_by_role("heading", name="Here are your vouchers")).to_be_visible()
    check(page, "paid")


def show_two(page: Page, database_url: str) -> tuple[str, str]:
    """The short code of one voucher, and what is in the picture on another, each on its page."""
    to_vouchers = page.get_by_role("link", name="Hot stone massage")
    to_vouchers.first.click()
    short = page.locator(".short-code strong").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", short)
    box = page.locator(".code svg").bounding_box()
    assert box is not None
    assert box["width"] > PHONE / 2
    check(page, "voucher")
    page.go_back()
    to_vouchers.nth(1).click()
    text = beside(signed_text(database_url, UUID(page.url[-36:])))
    drawn = segno.make(text, error="m", boost_error=False, micro=False).svg_inline(border=4, omitsize=True)
    assert f'd="{page.locator(".code svg path").last.get_attribute("d")}"' in drawn, "the picture holds this text"
    return short, text


def give_back_the_last(page: Page, street: Street) -> None:
    page.get_by_role("link", name="Your order").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    check(page, "order")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Give back and get the money").click()
    expect(page.get_by_text("Nothing of it is left to give back.")).to_be_visible()
    check(page, "order given back")
    for path in ("/vouchers", "/orders"):
        page.goto(street.url + path)
        check(page, path)


FAKE_CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const drawn = document.createElement("canvas");
  const pen = drawn.getContext("2d");
  setInterval(() => pen.fillRect(0, 0, Math.random() * 300, 100), 20);
  return drawn.captureStream();
};
window.BarcodeDetector = class { async detect() { return [{ rawValue: "SEEN" }]; } };
"""


def go_to_work(page: Page) -> None:
    page.get_by_label("E-mail address").first.fill(OWNER)
    page.get_by_role("textbox", name="Password").fill(LONG)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="For whom do you work today?")).to_be_visible()
    check(page, "two merchants")
    page.get_by_role("link", name="The Copper Kettle").click()


def redeem_both(page: Page, short: str, seen: str) -> None:
    """One by its typed code after a code of nobody's, the other by the camera."""
    code = page.get_by_label("Code on the voucher")
    expect(code).to_be_focused()
    check(page, "scan")
    page.get_by_label("Where you are").select_option(index=1)
    code.fill("nothing of ours")
    code.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no voucher of yours with this code.")
    check(page, "refused")
    code.fill(short.lower())
    page.get_by_role("button", name="Redeem").click()
    expect(page.get_by_role("heading", name="Accepted")).to_be_visible()
    expect(page.get_by_text("1 visit", exact=True)).to_be_visible()
    expect(code).to_be_focused()
    expect(code).to_have_value("")
    page.get_by_text("Take it back").first.click()
    check(page, "accepted")
    page.add_init_script(FAKE_CAMERA.replace("SEEN", seen))
    page.get_by_role("link", name="Redeem", exact=True).click()
    page.get_by_label("Where you are").select_option(index=1)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.get_by_role("heading", name="Accepted")).to_be_visible()


def find_it_told(page: Page, database_url: str) -> None:
    page.get_by_role("link", name="Redeemed").click()
    expect(page.get_by_role("heading", name="Today 2")).to_be_visible()
    expect(page.get_by_text("Hot stone massage").first).to_be_visible()
    check(page, "redemptions")
    page.get_by_role("link", name="Statements").click()
    expect(page.get_by_text("There is no statement yet.")).to_be_visible()
    check(page, "no statements")
    beside(settle(database_url))
    page.reload()
    page.get_by_role("link", name="Statement 1").click()
    expect(page.get_by_role("row", name="Redeemed")).to_have_count(2)
    check(page, "statement")
    page.set_viewport_size({"width": DESK, "height": 900})
    check(page, "statement at a desk")


def write_a_deal(page: Page) -> str:
    """A draft whose first try is not understood, what can be taken of it, and how shoppers will see it; its address."""
    page.set_viewport_size({"width": PHONE, "height": 800})
    page.get_by_role("link", name="Deals", exact=True).click()
    check(page, "no deals being written")
    page.get_by_role("link", name="Write a new deal").click()
    page.get_by_label("Title").fill("Afternoon tea for two")
    page.get_by_label("Kind of deal").select_option("restaurants")
    page.get_by_label("What one gets", exact=True).fill("Tea and four cakes")
    page.get_by_label("Price (USD)").fill("24,50")
    page.get_by_label("At most so many in all").fill("forty")
    page.get_by_label("Last day of use").fill("2026-06-30")
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet.")
    expect(page.get_by_label("Title")).to_have_value("Afternoon tea for two")
    check(page, "a deal with problems")
    page.get_by_label("At most so many in all").fill("40")
    page.get_by_label("From", exact=True).fill("2026-03-10T09:00")
    page.get_by_label("Until", exact=True).fill("2026-04-10T09:00")
    page.get_by_role("button", name="Save the draft").last.click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    check(page, "a draft")
    page.get_by_role("link", name="What you can take, and sending it").click()
    for box in page.get_by_label("Monday").all():
        box.fill("4")
    page.get_by_label("What one voucher costs you (USD)").fill("9")
    page.get_by_role("button", name="Save and work it out").click()
    expect(page.get_by_role("heading", name="If all is sold that may be")).to_be_visible()
    check(page, "what can be taken")
    page.set_viewport_size({"width": DESK, "height": 900})
    check(page, "what can be taken, at a desk")
    address = page.url
    page.get_by_role("link", name="Afternoon tea for two").click()
    page.get_by_role("link", name="See it as shoppers will").click()
    expect(page.get_by_text("This is how shoppers will see it.")).to_be_visible()
    expect(page.get_by_role("button", name="Buy")).to_have_count(0)
    check(page, "a preview")
    preview = page.url
    page.goto(address)
    page.get_by_role("button", name="Send it for approval").click()
    expect(page.get_by_text("Sent for approval.")).to_be_visible()
    return preview


def test_what_a_shopper_buys_staff_scan_and_the_merchant_finds_on_a_statement(
    open_tab: OpenTab, street: Street, postgres: EmbeddedPostgres
) -> None:
    database_url = postgres.url(LOGIN, DATABASE)
    shopper = open_tab(PHONE).visit(street.deals["massage"])
    buy_three(shopper)
    short, seen = show_two(shopper, database_url)
    staff = open_tab(PHONE).visit("/merchant")
    go_to_work(staff)
    redeem_both(staff, short, seen)
    shopper.reload()
    expect(shopper.locator(".stamp")).to_have_text("Used")
    give_back_the_last(shopper, street)
    find_it_told(staff, database_url)
    shopper.goto(write_a_deal(staff))
    expect(shopper.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_a_long_japanese_voucher_keeps_within_a_phone(open_tab: OpenTab, street: Street) -> None:
    page = open_tab(PHONE, scripts=False).visit("/es" + street.deals["long_japanese"])
    page.get_by_role("button", name=re.compile("Comprar")).first.click()
    page.get_by_label("Su dirección de correo").first.fill("alguien@example.com")
    page.get_by_role("button", name=re.compile(r"Ir a pagar .*\d")).click()
    page.locator("button[value=approve]").click()
    page.locator(".slip h3 a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(LONG_JAPANESE_TITLE[:40])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
