"""One's own account through the API: read, signed out of, and given keys; never another's."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.mail import queue
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain import totp
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import Begun, Method, Visitor
from highstreet.market.identity.domain.roles import Role
from highstreet.market.identity.usecases import logins
from highstreet.web.actors import csrf_token
from highstreet.web.api.router import api_router
from highstreet.web.app import create_app
from highstreet.web.cookies import login_cookie_name
from highstreet.web.runtime import Runtime
from tests.market.identity.authenticator import SecurityKey
from tests.web.serving import served


async def token_of(runtime: Runtime, kind: str) -> str:
    """What the link in the one mail of a kind carries."""
    async with runtime.database.system() as tx:
        (link,) = [each.letter.link for each in await queue.readable(tx, runtime.mail) if each.kind.endswith(kind)]
    return (link or "").partition("token=")[2]


@asynccontextmanager
async def stranger(runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser that nobody knows."""
    async with (
        served(create_app(runtime, faces=[api_router()])) as url,
        httpx.AsyncClient(base_url=f"{url}/api/v1") as client,
    ):
        yield client


@pytest.fixture
def runtime(settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path) -> Runtime:
    return Runtime(settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings))


@dataclass(frozen=True)
class Person:
    """A browser that is signed in."""

    client: httpx.AsyncClient
    begun: Begun

    @property
    def account_id(self) -> UUID:
        return self.begun.login.account_id


@asynccontextmanager
async def person(
    runtime: Runtime, email: str = "ann@example.com", *, second_factor: bool = False
) -> AsyncGenerator[Person]:
    async with runtime.database.system() as tx:
        account = await identity.prove(tx, to_address(email), "en")
        visitor = Visitor("Firefox, Linux", "192.0.2.1")
        begun = await logins.begin(tx, account.id, Method.PASSWORD, visitor, second_factor=second_factor)
    async with served(create_app(runtime, faces=[api_router()])) as url:
        headers = {"x-csrf-token": csrf_token(runtime.secret, begun.login)}
        cookies = {login_cookie_name(runtime.settings): begun.token}
        async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, cookies=cookies) as client:
            yield Person(client, begun)


async def test_who_is_signed_in_reads_their_account_and_what_a_write_needs(runtime: Runtime) -> None:
    async with person(runtime) as ann:
        async with runtime.database.system() as tx:
            await identity.grant(tx, ann.account_id, Role.MERCHANT_OWNER, UUID(int=7))
        answer = await ann.client.get("/me")
        told = answer.json()
        assert answer.headers["cache-control"] == "no-store"
        assert (told["id"], told["email"], told["state"]) == (str(ann.account_id), "ann@example.com", "registered")
        assert told["roles"] == [{"role": "merchant_owner", "scope": str(UUID(int=7))}]
        assert told["csrf_token"] == ann.client.headers["x-csrf-token"]
        ann.client.cookies.clear()
        assert (await ann.client.get("/me")).status_code == 401


async def test_logins_are_listed_and_ended_here_there_and_elsewhere(runtime: Runtime) -> None:
    async with person(runtime) as ann, person(runtime) as there, person(runtime, "bob@example.com") as bob:
        listed = (await ann.client.get("/logins")).json()["logins"]
        assert {each["id"]: each["current"] for each in listed} == {
            str(ann.begun.login.id): True,
            str(there.begun.login.id): False,
        }
        assert (await ann.client.delete(f"/logins/{bob.begun.login.id}")).status_code == 404
        assert (await ann.client.delete("/logins/nothing")).status_code == 404
        assert (await ann.client.delete(f"/logins/{there.begun.login.id}")).status_code == 204
        assert (await there.client.get("/me")).status_code == 401
        assert (await ann.client.delete("/logins")).status_code == 204
        gone = await ann.client.delete(f"/logins/{ann.begun.login.id}")
        assert gone.status_code == 204
        assert "max-age=0" in gone.headers["set-cookie"].lower()
        assert (await bob.client.get("/me")).status_code == 200
        assert (await ann.client.get("/me")).status_code == 401


async def test_a_key_is_made_used_and_revoked(runtime: Runtime, clock: FixedClock) -> None:
    wanted = {"name": "Till", "kind": "staff", "permissions": ["vouchers.redeem"], "days": 30}
    async with person(runtime, second_factor=True) as ann, person(runtime, "bob@example.com") as bob:
        async with runtime.database.system() as tx:
            await identity.grant(tx, ann.account_id, Role.MERCHANT_SCANNER, UUID(int=7))
        made = await ann.client.post("/keys", json=wanted)
        assert made.status_code == 201
        token, key_id = made.json()["token"], made.json()["key"]["id"]
        listed = await ann.client.get("/keys")
        assert [each["hint"] for each in listed.json()["keys"]] == [token[:8]]
        assert token not in listed.text
        bearer = {"authorization": f"Bearer {token}"}
        told = (await bob.client.get("/me", headers=bearer)).json()
        assert (told["id"], told["csrf_token"]) == (str(ann.account_id), None)
        assert (await bob.client.get("/keys", headers=bearer)).status_code == 403
        assert (await bob.client.delete(f"/keys/{key_id}")).status_code == 404
        assert (await bob.client.post("/keys", json=wanted)).status_code == 403  # no second factor was shown
        clock.advance(timedelta(minutes=11))
        assert (await ann.client.post("/keys", json=wanted)).status_code == 403  # nor lately
        assert (await ann.client.post("/keys", json={**wanted, "kind": "shopper"})).status_code == 201
        assert (await ann.client.delete(f"/keys/{key_id}")).status_code == 204
        assert (await bob.client.get("/me", headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"kind": "system"}, {"days": 0}, {"name": ""}, {"permissions": ["everything"]}, {"more": 1}, {"name": None}],
)
async def test_a_key_that_cannot_be_is_refused(runtime: Runtime, change: dict[str, object]) -> None:
    async with person(runtime, second_factor=True) as ann:
        wanted = {"name": "Till", "kind": "staff", "permissions": ["vouchers.redeem"], "days": 30, **change}
        assert (await ann.client.post("/keys", json=wanted)).status_code in {400, 422}


async def test_somebody_signs_up_protects_their_account_and_comes_back_with_two_factors(
    runtime: Runtime, clock: FixedClock
) -> None:
    async with stranger(runtime) as ann:
        assert (await ann.post("/links", json={"email": "ann@example.com"})).status_code == 202
        come = await ann.post("/links/follow", json={"token": await token_of(runtime, "register")})
        ann.headers["x-csrf-token"] = come.json()["csrf_token"]
        assert (await ann.post("/password", json={"new": "four wobbly green teapots"})).status_code == 204
        begun = (await ann.post("/authenticator")).json()
        secret = base64.b32decode(begun["secret"].replace(" ", ""))
        assert begun["secret"].replace(" ", "") in begun["address"]
        code = totp.code_at(secret, totp.step_at(clock.now()))
        told = await ann.post("/authenticator/confirm", json={"code": code})
        assert len(told.json()["recovery_codes"]) == 10
        assert (await ann.post("/recovery-codes")).status_code == 403  # no second factor was shown yet
        assert (await ann.delete("/authenticator")).status_code == 403
        clock.advance(timedelta(seconds=60))
        former = ann.cookies[login_cookie_name(runtime.settings)]
        risen = await ann.post("/step-up", json={"code": totp.code_at(secret, totp.step_at(clock.now()))})
        assert risen.json()["csrf_token"] == ann.headers["x-csrf-token"]
        assert ann.cookies[login_cookie_name(runtime.settings)] != former
        assert len((await ann.post("/recovery-codes")).json()["recovery_codes"]) == 10
        kept = (await ann.get("/protection")).json()
        assert kept == {"password": True, "authenticator": True, "recovery_codes": 10, "passkeys": []}
        assert (await ann.post("/logout")).status_code == 204
        assert (await ann.get("/me")).status_code == 401
        clock.advance(timedelta(seconds=60))
        shown = {"email": "ann@example.com", "password": "four wobbly green teapots"}
        half = (await ann.post("/login", json=shown)).json()
        assert (half["signed_in"], half["by_code"]) == (False, True)
        code = totp.code_at(secret, totp.step_at(clock.now()))
        whole = await ann.post("/login/second-factor", json={"ticket": half["ticket"], "code": code})
        assert whole.json()["signed_in"]
        assert (await ann.get("/me")).json()["second_factor_at"]


async def test_a_passkey_is_added_and_signs_in_through_the_api(runtime: Runtime) -> None:
    key = SecurityKey(b"first")
    async with person(runtime) as ann, stranger(runtime) as anew:
        origin = str(ann.client.base_url).partition("/api")[0].replace("127.0.0.1", "localhost")
        there = {"host": origin.removeprefix("http://")}
        asked = (await ann.client.post("/passkeys/options", headers=there)).json()
        answer = {"ticket": asked["ticket"], "name": "Blue", "credential": key.register(asked["options"], origin)}
        assert (await ann.client.post("/passkeys", json=answer, headers=there)).status_code == 200
        asked = (await anew.post("/login/passkey/options", headers=there)).json()
        shown = {"ticket": asked["ticket"], "credential": key.sign(asked["options"], origin)}
        assert (await anew.post("/login/passkey", json=shown, headers=there)).json()["signed_in"]
        assert (await anew.get("/me")).json()["id"] == str(ann.account_id)
        (kept,) = (await anew.get("/protection")).json()["passkeys"]
        assert kept["name"] == "Blue"
        assert (await ann.client.delete(f"/passkeys/{kept['id']}")).status_code == 403  # by the second factor first
        asked = (await ann.client.post("/step-up/passkey/options", headers=there)).json()
        shown = {"ticket": asked["ticket"], "credential": key.sign(asked["options"], origin)}
        assert (await ann.client.post("/step-up/passkey", json=shown, headers=there)).status_code == 200
        assert (await ann.client.delete(f"/passkeys/{kept['id']}")).status_code == 204


async def test_a_password_is_reset_by_mail_and_nobody_learns_who_has_an_account(runtime: Runtime) -> None:
    async with person(runtime) as ann, stranger(runtime) as visitor:
        answers = [
            await visitor.post(address, json={"email": email})
            for email in ("ann@example.com", "bob@example.com")
            for address in ("/links", "/password/resets")
        ]
        assert {(each.status_code, each.content) for each in answers} == {(202, b"")}
        choice = {"token": await token_of(runtime, "reset"), "password": "four wobbly green teapots"}
        assert (await visitor.post("/password/reset", json={**choice, "password": "short"})).status_code == 422
        assert (await visitor.post("/password/reset", json=choice)).status_code == 204
        assert (await visitor.post("/password/reset", json=choice)).status_code == 401
        assert (await ann.client.get("/me")).status_code == 401
        wrong = [
            await visitor.post("/login", json={"email": email, "password": password})
            for email, password in (("ann@example.com", "wrong"), ("bob@example.com", "wrong"), ("ann", "wrong"))
        ]
        told = {(each.status_code, each.json()["detail"]) for each in wrong}
        assert len(told) == 1


async def test_another_sites_page_signs_nobody_in(runtime: Runtime) -> None:
    foreign = {"origin": "https://elsewhere.example"}
    nothing: dict[str, str] = {}
    sent: list[tuple[str, dict[str, object]]] = [
        ("/links", {"email": "ann@example.com"}),
        ("/links/follow", {"token": "x"}),
        ("/login", {"email": "ann@example.com", "password": "x"}),
        ("/login/second-factor", {"ticket": "x", "code": "x"}),
        ("/login/passkey/options", {}),
        ("/login/passkey", {"ticket": "x", "credential": nothing}),
        ("/password/resets", {"email": "ann@example.com"}),
        ("/password/reset", {"token": "x", "password": "x"}),
    ]
    async with stranger(runtime) as visitor:
        for address, body in sent:
            assert (await visitor.post(address, json=body, headers=foreign)).status_code == 403, address


async def test_an_owner_invites_lists_and_dismisses_their_own_staff(runtime: Runtime) -> None:
    merchant, other = UUID(int=7), UUID(int=8)
    async with person(runtime) as ann, person(runtime, "bob@example.com") as bob, stranger(runtime) as visitor:
        async with runtime.database.system() as tx:
            await identity.grant(tx, ann.account_id, Role.MERCHANT_OWNER, merchant)
            await identity.grant(tx, bob.account_id, Role.MERCHANT_OWNER, other)
        wanted = {"email": "sam@example.com", "role": "merchant_scanner", "merchant_id": str(merchant)}
        for refused in ({**wanted, "merchant_id": str(other)}, {"email": "sam@example.com", "role": "operator_admin"}):
            assert (await ann.client.post("/staff", json=refused)).status_code == 403
        assert (await ann.client.post("/staff", json={**wanted, "role": "partner"})).status_code == 422
        assert (await ann.client.post("/staff", json=wanted)).status_code == 202
        await identity.accept_invite(
            runtime.database, runtime.keyring, await token_of(runtime, "invite"), Visitor("Firefox", "192.0.2.9")
        )
        here = {"merchant_id": str(merchant)}
        staff = {each["role"]: each for each in (await ann.client.get("/staff", params=here)).json()["staff"]}
        assert staff["merchant_scanner"]["email"] == "sam@example.com"
        assert (await bob.client.get("/staff", params=here)).status_code == 403
        assert (await bob.client.delete(f"/staff/{staff['merchant_scanner']['id']}", params=here)).status_code == 404
        assert (await visitor.get("/staff", params=here)).status_code == 401
        assert (await ann.client.get("/staff")).status_code == 403
        assert (await ann.client.delete(f"/staff/{staff['merchant_owner']['id']}", params=here)).status_code == 409
        assert (await ann.client.delete(f"/staff/{staff['merchant_scanner']['id']}", params=here)).status_code == 204
        assert len((await ann.client.get("/staff", params=here)).json()["staff"]) == 1
