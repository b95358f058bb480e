"""In a real browser, at phone size and without a script: a guest buys, pays, and shows the voucher."""

import re
from collections.abc import Generator

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from highstreet.kit.postgres.server import EmbeddedPostgres
from tests.journeys.conftest import OpenTab
from tests.journeys.test_accessibility import CONTRAST, run_axe
from tests.web.storefront.street import LONG_JAPANESE_TITLE, Street, open_street

PHONE = 390


@pytest.fixture(scope="module")
def street(postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str) -> Generator[Street]:
    """A street of its own, which sells."""
    with open_street("buying", postgres, administrator, migrated_template, selling=True) as opened:
        yield opened


def check(page: Page, name: str) -> None:
    """Nothing for axe to object to in either colours, and nothing wider than the phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType] -- one of the two it names
        found = run_axe(Axe(), page, CONTRAST) if scheme == "dark" else run_axe(Axe(), page)
        assert found.violations_count == 0, f"{name}, {scheme}\n{found.generate_report()}"
    page.emulate_media(color_scheme="light")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, f"{name} is wider than the screen"


def test_a_guest_buys_pays_and_shows_the_voucher(open_tab: OpenTab, street: Street) -> None:
    page = open_tab(PHONE).visit(street.deals["full"])
    check(page, "deal")
    page.get_by_role("button", name="Buy For two").click()
    expect(page.get_by_role("heading", name="Checkout", exact=True)).to_be_visible()
    check(page, "checkout")
    pay = page.get_by_role("button", name=re.compile(r"Go on to pay \$"))
    pay.click()
    said = page.locator("#email-said")
    expect(said).to_contain_text("name@example.com")
    check(page, "checkout with a problem")
    page.get_by_label("Your e-mail address").fill("somebody@example.com")
    pay.click()
    page.get_by_role("button", name="Approve the payment").click()
    expect(page.get_by_role("heading", name="Here are your vouchers")).to_be_visible()
    check(page, "paid")
    page.get_by_role("link", name="Tasting menu for two").click()
    expect(page.locator(".code svg")).to_be_visible()
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", page.locator(".short-code strong").inner_text())
    box = page.locator(".code svg").bounding_box()
    assert box is not None
    assert box["width"] > PHONE / 2
    check(page, "voucher")
    page.get_by_role("link", name="Your order").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    check(page, "order")
    page.get_by_role("button", name="Give back and get the money").click()
    expect(page.get_by_text("All of it was given back.")).to_be_visible()
    check(page, "order given back")
    for path in ("/vouchers", "/orders"):
        page.goto(street.url + path)
        check(page, path)


def test_a_long_japanese_voucher_keeps_within_a_phone(open_tab: OpenTab, street: Street) -> None:
    page = open_tab(PHONE, scripts=False).visit("/es" + street.deals["long_japanese"])
    page.get_by_role("button", name=re.compile("Comprar")).first.click()
    page.get_by_label("Su dirección de correo").first.fill("alguien@example.com")
    page.get_by_role("button", name=re.compile(r"Ir a pagar .*\d")).click()
    page.locator("button[value=approve]").click()
    page.locator(".slip a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(LONG_JAPANESE_TITLE[:40])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
