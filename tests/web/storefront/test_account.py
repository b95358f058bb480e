"""The pages of an account work as plain forms: somebody comes in, protects the account, and comes back."""

import base64
import html
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from random import Random

import httpx
import pytest

from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, Database
from highstreet.kit.mail import queue
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain import totp
from highstreet.market.identity.domain.roles import Role
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from highstreet.web.storefront.router import storefront_router
from tests.discovery.search.store.running import ready
from tests.web.serving import served

ANN, LONG = "ann@example.com", "four wobbly green teapots"


@pytest.fixture
async def runtime(database: Database, settings: Settings, clock: FixedClock, rng: Random) -> AsyncGenerator[Runtime]:
    async with ready(database, settings.data_dir / "search") as follower:
        yield Runtime(settings, database, clock, follower, rng, open_blobs(settings))


@pytest.fixture
async def browser(runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser without JavaScript, which follows no redirect by itself."""
    async with (
        served(create_app(runtime, faces=[storefront_router()])) as url,
        httpx.AsyncClient(base_url=url, headers={"accept": "text/html"}) as client,
    ):
        yield client


async def link_in_mail(runtime: Runtime, kind: str) -> str:
    async with runtime.database.system() as tx:
        (link,) = [each.letter.link for each in await queue.readable(tx, runtime.mail) if each.kind.endswith(kind)]
    assert link
    return link


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a page, the last of each name."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    return {name: html.unescape(value) for name, value in found}


def problem_of(page: httpx.Response) -> str:
    found = re.search(r'role="alert">([^<]*)<', page.text)
    return html.unescape(found[1]) if found else ""


async def press(browser: httpx.AsyncClient, address: str, **fields: str) -> httpx.Response:
    """Send a form with what stood hidden on the account's page."""
    own = hidden(await browser.get("/account"))
    return await browser.post(address, data={"csrf": own.get("csrf", ""), **fields})


async def come_in(browser: httpx.AsyncClient, runtime: Runtime) -> None:
    sent = await browser.post("/account/mail", data={"email": ANN})
    assert (sent.status_code, sent.headers["cache-control"]) == (200, "no-store")
    asked = await browser.get(await link_in_mail(runtime, "register"))
    assert f"You sign in as {ANN}." in asked.text
    entered = await browser.post("/account/link", data=hidden(asked))
    assert (entered.status_code, entered.headers["location"]) == (303, "/account")


async def test_somebody_comes_in_by_mail_keeps_a_password_and_signs_in_with_it(
    browser: httpx.AsyncClient, runtime: Runtime
) -> None:
    refused = await browser.get("/account")
    assert (refused.status_code, refused.headers["location"]) == (303, "/account/sign-in?next=%2Faccount")
    await come_in(browser, runtime)
    poor = await press(browser, "/account/password", password="short")
    assert poor.status_code == 422
    assert problem_of(poor) == "Password has at least 15 characters; several words are easy to remember"
    assert (await press(browser, "/account/password", password=LONG)).status_code == 303
    assert (await press(browser, "/account/sign-out")).headers["location"] == "/"
    assert (await browser.get("/account")).status_code == 303
    wrong = await browser.post("/es/account/sign-in", data={"email": ANN, "password": "x", "next": "/es/about"})
    assert (wrong.status_code, problem_of(wrong)) == (401, "La dirección o la contraseña no es correcta")
    assert 'value="ann@example.com"' in wrong.text
    assert hidden(wrong)["next"] == "/es/about"
    for onward, leads_to in (
        ("/es/about", "/es/about"),
        ("https://elsewhere.example", "/account"),
        ("//x", "/account"),
    ):
        entered = await browser.post("/account/sign-in", data={"email": ANN, "password": LONG, "next": onward})
        assert entered.headers["location"] == leads_to
    listed = await browser.get("/account")
    assert listed.text.count("Sign out there") == 2
    assert (await press(browser, "/account/logins")).status_code == 303
    assert "Sign out there" not in (await browser.get("/account")).text


async def test_an_authenticator_app_is_taken_into_use_and_asked_for(
    browser: httpx.AsyncClient, runtime: Runtime, clock: FixedClock
) -> None:
    await come_in(browser, runtime)
    await press(browser, "/account/password", password=LONG)
    assert (await press(browser, "/account/app")).headers["location"] == "/account/app"
    shown = await browser.get("/account/app")
    assert "<svg" in shown.text
    secret = base64.b32decode("".join(re.findall(r"<code>([A-Z2-7 ]+)</code>", shown.text)[0].split()))

    def code() -> str:
        return totp.code_at(secret, totp.step_at(clock.now()))

    wrong = await press(browser, "/account/app/confirm", code="12345")
    assert (wrong.status_code, problem_of(wrong)) == (422, "Code is not the one that the app shows now")
    codes = re.findall(
        r"<code>([0-9A-Z-]{11})</code>", (await press(browser, "/account/app/confirm", code=code())).text
    )
    assert len(codes) == 10
    clock.advance(timedelta(minutes=1))
    refused = await press(browser, "/account/app/remove")
    assert (refused.status_code, problem_of(refused)[:7]) == (403, "Confirm")
    risen = await press(browser, "/account/confirm", code=code(), next="/account")
    assert risen.status_code == 303
    await press(browser, "/account/sign-out")
    half = await browser.post("/account/sign-in", data={"email": ANN, "password": LONG, "next": "/about"})
    assert half.headers["location"] == "/account/second-factor?next=%2Fabout"
    assert (await browser.get("/account")).status_code == 303
    wrong = await browser.post("/account/second-factor", data={"code": "0", "next": "/about"})
    assert wrong.status_code == 401
    entered = await browser.post("/account/second-factor", data={"code": codes[0].lower(), "next": "/about"})
    assert entered.headers["location"] == "/about"
    assert "9 codes are left." in (await browser.get("/account")).text


async def test_a_password_is_reset_and_a_link_that_is_used_up_says_so(
    browser: httpx.AsyncClient, runtime: Runtime
) -> None:
    await come_in(browser, runtime)
    sent = await browser.post("/account/forgot", data={"email": ANN})
    unknown = await browser.post("/account/forgot", data={"email": "bob@example.com"})
    assert sent.text == unknown.text
    chosen = await browser.get(await link_in_mail(runtime, "reset"))
    done = await browser.post("/account/reset", data={**hidden(chosen), "password": LONG})
    assert (done.status_code, done.headers["location"]) == (303, "/account/sign-in")
    again = await browser.post("/account/reset", data={**hidden(chosen), "password": LONG})
    assert (again.status_code, problem_of(again)[:9]) == (401, "This link")
    for path in ("/account/link?token=x", "/account/invite?token=x"):
        assert "not good any more" in (await browser.get(path)).text


async def test_an_operator_takes_an_invitation_and_makes_a_key_that_is_shown_once(
    browser: httpx.AsyncClient, runtime: Runtime
) -> None:
    token = await identity.invite(runtime.database, OPERATOR, ANN, Role.OPERATOR_EDITOR, None)
    asked = await browser.get("/account/invite", params={"token": token})
    assert "operator_editor" in asked.text
    assert (await browser.post("/account/invite", data=hidden(asked))).status_code == 303
    refused = await press(browser, "/account/keys", name="till", kind="operator", days="30")
    assert refused.status_code == 403
    made = await press(browser, "/account/keys", name="till", kind="shopper", days="30", permission="deals.edit")
    (key,) = re.findall(r"<code>(hs_[\w-]+)</code>", made.text)
    listed = await browser.get("/account")
    assert key not in listed.text
    assert key[:8] in listed.text
    async with runtime.database.system() as tx:
        found = await identity.recognise_key(tx, key)
    assert found
    assert set(found.permissions) == {"deals.edit"}
    assert (await press(browser, "/account/keys/revoke", id=str(found.id))).status_code == 303
    assert key[:8] not in (await browser.get("/account")).text


async def test_a_form_of_another_site_changes_nothing(browser: httpx.AsyncClient, runtime: Runtime) -> None:
    await come_in(browser, runtime)
    own = hidden(await browser.get("/account"))["csrf"]
    for data, headers in (
        ({}, {}),
        ({"csrf": "0" * 32}, {}),
        ({"csrf": own}, {"origin": "https://elsewhere.example"}),
        ({"csrf": own}, {"sec-fetch-site": "cross-site"}),
    ):
        for address in ("/account/sign-out", "/account/logins", "/account/password", "/account/app"):
            assert (await browser.post(address, data=data, headers=headers)).status_code == 403, (address, data)
    assert (await browser.get("/account")).status_code == 200
    foreign = {"origin": "https://elsewhere.example"}
    assert (await browser.post("/account/mail", data={"email": ANN}, headers=foreign)).status_code == 403


async def test_every_page_is_kept_nowhere_and_tells_its_address_to_nobody(
    browser: httpx.AsyncClient, runtime: Runtime
) -> None:
    await come_in(browser, runtime)
    for path in ("/account", "/account/sign-in", "/account/forgot", "/account/reset?token=x", "/account/confirm"):
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert page.headers["cache-control"] == "no-store", path
        assert page.headers["referrer-policy"] == "same-origin", path
        assert 'name="robots" content="noindex' in page.text, path
