"""One's own account through the API: read, signed out of, and given keys; never another's."""

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
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import Begun, Method, Visitor
from highstreet.market.identity.domain.roles import Role
from highstreet.market.identity.usecases import logins
from highstreet.web.actors import csrf_token
from highstreet.web.api.router import api_router
from highstreet.web.app import create_app
from highstreet.web.cookies import login_cookie_name
from highstreet.web.runtime import Runtime
from tests.web.serving import served


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
