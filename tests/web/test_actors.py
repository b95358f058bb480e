"""Who is asking: a login or a key is found out once, where it matters, and another site's page cannot use a cookie."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import pytest
from litestar import get, post
from litestar.params import FromPath

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import ActorKind, Database
from highstreet.kit.settings import Environment, Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import Method, Visitor
from highstreet.market.identity.domain.roles import Permission, Role
from highstreet.market.identity.usecases import logins
from highstreet.web.actors import actor_of, csrf_token, device_of, login_of
from highstreet.web.app import create_app
from highstreet.web.cookies import login_cookie, login_cookie_name
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Runtime
from tests.web.serving import served


@get("/whoami/{kind:str}")
async def whoami(request: HttpRequest, kind: FromPath[str]) -> dict[str, object]:
    actor = await actor_of(request, ActorKind(kind))
    return {"kind": actor.kind, "id": actor.id, "within": sorted(actor.within) if actor.within is not None else None}


@post("/change")
async def change(request: HttpRequest) -> dict[str, object]:
    return {"id": (await actor_of(request)).id}


@post("/person")
async def person(request: HttpRequest) -> dict[str, object]:
    return {"id": (await login_of(request)).account_id}


@pytest.fixture
def runtime(settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path) -> Runtime:
    return Runtime(settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings))


@asynccontextmanager
async def visiting(runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app(runtime, faces=[whoami, change, person])
    async with served(app) as url, httpx.AsyncClient(base_url=url, headers={"accept": "application/json"}) as visitor:
        yield visitor


async def signed_in(runtime: Runtime, visitor: httpx.AsyncClient) -> tuple[UUID, str]:
    """A visitor who is signed in; their account, and what our own pages would send."""
    async with runtime.database.system() as tx:
        ann = await identity.prove(tx, to_address("ann@example.com"), "en")
        begun = await logins.begin(tx, ann.id, Method.PASSWORD, Visitor("Firefox, Linux", "192.0.2.1"))
    visitor.cookies.set(login_cookie_name(runtime.settings), begun.token)
    return ann.id, csrf_token(runtime.secret, begun.login)


async def test_a_visitor_is_told_to_sign_in_and_a_login_is_recognised(runtime: Runtime) -> None:
    async with visiting(runtime) as visitor:
        refused = await visitor.get("/whoami/shopper")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        ann, _ = await signed_in(runtime, visitor)
        assert (await visitor.get("/whoami/shopper")).json() == {"kind": "shopper", "id": str(ann), "within": None}
        visitor.cookies.set(login_cookie_name(runtime.settings), "made up")
        assert (await visitor.get("/whoami/shopper")).status_code == 401


async def test_of_many_who_ask_at_once_nobody_is_told_what_was_true_before_they_asked(runtime: Runtime) -> None:
    async with visiting(runtime) as visitor:
        ann, _ = await signed_in(runtime, visitor)
        async with runtime.database.system() as tx:
            new = await identity.make_key(tx, ann, "shop", ActorKind.SHOPPER, set(), 30)
        bearer = {"authorization": f"Bearer {new.token}"}

        async def crowd() -> set[int]:
            asked = [visitor.get("/whoami/shopper", headers=headers) for headers in ({}, bearer) for _ in range(20)]
            return {answer.status_code for answer in await asyncio.gather(*asked)}

        assert await crowd() == {200}
        async with runtime.database.system() as tx:
            await identity.end_other_logins(tx, ann, None)
            await identity.revoke_key(tx, ann, new.key.id)
        assert await crowd() == {401}


async def test_a_key_acts_in_its_own_hat_and_within_its_own_permissions(runtime: Runtime) -> None:
    async with runtime.database.system() as tx:
        ann = await identity.prove(tx, to_address("ann@example.com"), "en")
        await identity.grant(tx, ann.id, Role.MERCHANT_SCANNER, UUID(int=7))
        new = await identity.make_key(tx, ann.id, "till", ActorKind.STAFF, {Permission.VOUCHERS_REDEEM}, 30)
    bearer = {"authorization": f"Bearer {new.token}"}
    async with visiting(runtime) as visitor:
        told = (await visitor.get("/whoami/staff", headers=bearer)).json()
        assert told == {"kind": "staff", "id": str(ann.id), "within": ["vouchers.redeem"]}
        assert (await visitor.get("/whoami/operator", headers=bearer)).status_code == 403
        assert (await visitor.post("/person", headers=bearer)).status_code == 403
        for wrong in ("Bearer hs_x", f"Basic {new.token}", "Bearer", f"bearer {new.token}x"):
            assert (await visitor.get("/whoami/staff", headers={"authorization": wrong})).status_code == 401
        await signed_in(runtime, visitor)
        assert (await visitor.get("/whoami/shopper", headers={"authorization": "Bearer hs_x"})).status_code == 401


async def test_a_hat_is_worn_by_whoever_has_a_role_in_that_part(runtime: Runtime) -> None:
    async with visiting(runtime) as visitor:
        ann, _ = await signed_in(runtime, visitor)
        for kind in ("staff", "partner", "operator", "system", "visitor"):
            assert (await visitor.get(f"/whoami/{kind}")).status_code == 403, kind
        async with runtime.database.system() as tx:
            await identity.grant(tx, ann, Role.MERCHANT_SCANNER, UUID(int=7))
        assert (await visitor.get("/whoami/staff")).status_code == 200
        assert (await visitor.get("/whoami/operator")).status_code == 403


async def test_a_write_by_cookie_needs_our_own_page_by_origin_and_by_token(runtime: Runtime) -> None:
    async with visiting(runtime) as visitor:
        ann, token = await signed_in(runtime, visitor)
        ours = {"x-csrf-token": token}
        assert (await visitor.post("/change", headers=ours)).json() == {"id": str(ann)}
        assert (await visitor.post("/change", data={"csrf": token})).status_code == 201
        assert (await visitor.post("/change", headers={**ours, "origin": str(visitor.base_url)})).status_code == 201
        for forged in (
            {},
            {"x-csrf-token": "0" * 32},
            {"x-csrf-token": ""},
            {**ours, "origin": "https://elsewhere.example"},
            {**ours, "origin": "null"},
            {**ours, "sec-fetch-site": "cross-site"},
            {**ours, "sec-fetch-site": "same-site"},
        ):
            for address in ("/change", "/person"):
                assert (await visitor.post(address, headers=forged)).status_code == 403, forged
        assert (await visitor.post("/change", data={"csrf": "x"})).status_code == 403


async def test_the_token_of_one_login_is_nothing_to_another(runtime: Runtime) -> None:
    async with visiting(runtime) as visitor, visiting(runtime) as other:
        _, token = await signed_in(runtime, visitor)
        await signed_in(runtime, other)
        assert (await other.post("/change", headers={"x-csrf-token": token})).status_code == 403


async def test_the_cookie_is_held_to_this_host_and_kept_from_scripts(runtime: Runtime, settings: Settings) -> None:
    async with runtime.database.system() as tx:
        ann = await identity.prove(tx, to_address("ann@example.com"), "en")
        begun = await logins.begin(tx, ann.id, Method.LINK, Visitor("Firefox", "192.0.2.1"))
    production = Settings(env=Environment.PRODUCTION, data_dir=settings.data_dir)
    header = login_cookie(production, begun, runtime.clock.now()).to_header(header="")
    assert header.startswith(f"__Host-hs_login={begun.token};")
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert attribute in header
    assert "Domain" not in header
    here = login_cookie(settings, begun, runtime.clock.now()).to_header(header="")
    assert here.startswith("hs_login=")
    assert "Secure" not in here


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.9.1", "curl/8.9.1"),
        ("\x1b[31m" + "a" * 100, "[31m" + "a" * 56),
        ("", "unnamed"),
    ],
)
def test_a_device_is_named_in_few_words(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
