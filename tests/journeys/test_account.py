"""In a real browser, at phone size: somebody signs in, adds a passkey, and comes back by it alone."""

from collections.abc import Generator

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect

from highstreet.kit.database import Database
from highstreet.kit.postgres.server import EmbeddedPostgres
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import Method, Visitor
from highstreet.market.identity.usecases import logins
from tests.journeys.conftest import PATIENCE_MS
from tests.web.storefront.street import Street, open_street

ANN, LONG = "ann@example.com", "four wobbly green teapots"
PHONE = 390


async def with_ann(database: Database, settings: Settings) -> None:
    """An account with a password."""
    keyring, visitor = identity.keyring_of(settings, secret_key(settings)), Visitor("Firefox, Linux", "192.0.2.1")
    async with database.system() as tx:
        account = await identity.prove(tx, to_address(ANN), "en")
        begun = await logins.begin(tx, account.id, Method.LINK, visitor)
    await identity.choose_password(database, keyring, begun.login, LONG, None, visitor)


@pytest.fixture(scope="module")
def street(postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str) -> Generator[Street]:
    """A street of its own, since this journey changes something."""
    with open_street("accounts", postgres, administrator, migrated_template, with_ann) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, street: Street) -> Generator[Page]:
    """A tab on a host that has a name, which a passkey needs, with a device that knows its owner."""
    context = browser.new_context(
        viewport={"width": PHONE, "height": 844}, base_url=street.url.replace("127.0.0.1", "localhost")
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    devtools: CDPSession = context.new_cdp_session(page)
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.enable")  # pyright: ignore[reportUnknownMemberType] -- its parameters are untyped
    add = "WebAuthn.addVirtualAuthenticator"
    devtools.send(add, {"options": device})  # pyright: ignore[reportUnknownMemberType] -- as above
    yield page
    context.close()


def test_somebody_signs_in_adds_a_passkey_and_comes_back_by_it_alone(page: Page) -> None:
    page.goto("/account")
    page.get_by_label("E-mail address").first.fill(ANN)
    page.get_by_role("textbox", name="Password").fill(LONG)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    axe = Axe().run(page)  # pyright: ignore[reportUnknownMemberType] -- its options are untyped
    assert axe.violations_count == 0, axe.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.get_by_label("A name for it").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.goto("/account")
    expect(page.get_by_text("My phone")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto("/es/account/sign-in")
    page.get_by_role("button", name="Entrar con una llave de acceso").click()
    expect(page.get_by_role("heading", name="Tu cuenta", exact=True)).to_be_visible()
    expect(page.get_by_text("Quedan 10 códigos.")).to_be_visible()
    page.goto("/account/confirm")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("My phone")).to_have_count(0)


def test_a_passkey_that_is_not_there_is_told_in_the_page(page: Page) -> None:
    page.goto("/account/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".passkey-said")).to_have_text("That did not work. Try again, or go another way.")


def test_by_a_number_instead_of_a_name_no_passkey_is_offered(browser: Browser, street: Street) -> None:
    page = browser.new_page(base_url=street.url)
    page.goto("/account/sign-in")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    page.close()
