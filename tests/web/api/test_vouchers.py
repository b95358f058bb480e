"""Vouchers through the API: shown to their owners, redeemed by staff and devices, and nobody else's business."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
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
from highstreet.market.catalog.domain.fine_print import BookingNeeded
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.logins import Method, Visitor
from highstreet.market.identity.domain.roles import Role
from highstreet.market.identity.usecases import logins
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.redemptions import Why
from highstreet.market.vouchers.domain.vouchers import Voucher
from highstreet.web.actors import csrf_token
from highstreet.web.api.router import api_router
from highstreet.web.app import create_app
from highstreet.web.cookies import login_cookie_name
from highstreet.web.runtime import Runtime
from tests.market.catalog.conftest import NOW
from tests.market.vouchers.conftest import Issue, Shop, administrator_here, issue, keys, publish, shop, world
from tests.web.serving import served

__all__ = ["administrator_here", "issue", "keys", "publish", "shop", "world"]


@pytest.fixture
def runtime(settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path) -> Runtime:
    return Runtime(settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings))


@asynccontextmanager
async def signed_in(runtime: Runtime, url: str, account_id: UUID) -> AsyncGenerator[httpx.AsyncClient]:
    async with runtime.database.system() as tx:
        visitor = Visitor("Firefox, Linux", "192.0.2.1")
        begun = await logins.begin(tx, account_id, Method.PASSWORD, visitor, second_factor=False)
    headers = {"x-csrf-token": csrf_token(runtime.secret, begun.login)}
    cookies = {login_cookie_name(runtime.settings): begun.token}
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, cookies=cookies) as client:
        yield client


class People:
    """Who asks: the owner of vouchers, staff of the shop, and somebody who is neither."""

    def __init__(self, owner: httpx.AsyncClient, staff: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
        self.owner, self.staff, self.stranger = owner, staff, stranger


async def account(runtime: Runtime, email: str) -> UUID:
    async with runtime.database.system() as tx:
        return (await identity.prove(tx, to_address(email), "en")).id


@pytest.fixture
async def people(runtime: Runtime, shop: Shop) -> AsyncGenerator[People]:
    scanner = await account(runtime, "scanner@example.com")
    async with runtime.database.system() as tx:
        await identity.grant(tx, scanner, Role.MERCHANT_SCANNER, shop.world.merchant)
    owner, stranger = await account(runtime, "somebody@example.com"), await account(runtime, "stranger@example.com")
    async with (
        served(create_app(runtime, faces=[api_router()])) as url,
        signed_in(runtime, url, owner) as first,
        signed_in(runtime, url, scanner) as second,
        signed_in(runtime, url, stranger) as third,
    ):
        yield People(first, second, third)


async def redeem(client: httpx.AsyncClient, key: str, **wanted: object) -> httpx.Response:
    body = {name: str(value) if isinstance(value, UUID) else value for name, value in wanted.items()}
    return await client.post("/redemptions", json=body, headers={"idempotency-key": key})


async def test_an_owner_shows_a_voucher_and_staff_redeem_it(people: People, shop: Shop, issue: Issue) -> None:
    voucher = await issue()
    listed = (await people.owner.get("/vouchers")).json()["vouchers"]
    assert [each["id"] for each in listed] == [str(voucher.id)]
    shown = (await people.owner.get(f"/vouchers/{voucher.id}")).json()
    assert shown["history"][0]["step"] == "issued"
    paper = await people.owner.get(f"/vouchers/{voucher.id}/file")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    picture = await people.owner.get(f"/vouchers/{voucher.id}/file", params={"form": "svg"})
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
    here = {"merchant_id": shop.world.merchant, "location_id": shop.world.loop}
    first = await redeem(people.staff, "one", code=shown["codes"]["qr"], **here)
    assert (first.status_code, first.json()["paid"]) == (201, 1500)
    assert (await redeem(people.staff, "one", code=shown["codes"]["qr"], **here)).json() == first.json()
    again = await redeem(people.staff, "two", code=shown["codes"]["short"], **here)
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert (again.json()["why"], again.json()["reasons"]) == (
        Why.REDEEMED,
        ["This voucher has been redeemed already."],
    )
    people.staff.headers["accept-language"] = "es"
    spanish = await redeem(people.staff, "three", code=shown["codes"]["short"], **here)
    assert spanish.json()["reasons"] == ["Este vale ya se ha canjeado."]
    assert (await people.owner.get(f"/vouchers/{voucher.id}")).json()["voucher"]["state"] == "redeemed"
    [row] = (await people.staff.get("/redemptions", params={"merchant_id": str(shop.world.merchant)})).json()[
        "redemptions"
    ]
    back = await people.staff.post(f"/redemptions/{row['id']}/reversal", json={"reason": "wrong table"})
    assert (back.status_code, back.json()["reversed_at"] is not None) == (200, True)
    assert (await people.owner.get(f"/vouchers/{voucher.id}")).json()["voucher"]["state"] == "issued"


async def test_what_is_another_s_is_not_there_and_who_may_not_redeem_cannot(
    people: People, shop: Shop, issue: Issue
) -> None:
    voucher = await issue()
    code = (await people.owner.get(f"/vouchers/{voucher.id}")).json()["codes"]["bearer"]
    here = {"merchant_id": shop.world.merchant, "location_id": shop.world.loop}
    for nosy in (people.stranger, people.staff):
        assert (await nosy.get(f"/vouchers/{voucher.id}")).status_code == 404
        assert (await nosy.get(f"/vouchers/{voucher.id}/file")).status_code == 404
        assert (await nosy.get("/vouchers")).json() == {"vouchers": []}
        assert (await nosy.post(f"/vouchers/{voucher.id}/gift", json={})).status_code == 404
    for nobody in (people.owner, people.stranger):
        assert (await redeem(nobody, "a", code=code, **here)).status_code == 403
        assert (await nobody.get("/devices", params={"merchant_id": str(shop.world.merchant)})).status_code == 403
        assert (await nobody.get("/redemptions", params={"merchant_id": str(shop.world.merchant)})).status_code == 403
        made = await nobody.post("/devices", json={"merchant_id": str(shop.world.merchant), "name": "x"})
        assert made.status_code == 403
    done = (await redeem(people.staff, "b", code=code, **here)).json()
    for nobody in (people.owner, people.stranger):
        assert (await nobody.post(f"/redemptions/{done['id']}/reversal", json={"reason": "x"})).status_code == 403
    people.stranger.cookies.clear()
    for path in ("/vouchers", f"/vouchers/{voucher.id}", f"/devices?merchant_id={shop.world.merchant}"):
        assert (await people.stranger.get(path)).status_code == 401
    assert (await redeem(people.stranger, "c", code=code, **here)).status_code == 401


async def test_what_cannot_be_meant_is_said_by_field(people: People, shop: Shop, issue: Issue) -> None:
    voucher, other = await issue(), await issue()
    codes = [(await people.owner.get(f"/vouchers/{each.id}")).json()["codes"]["bearer"] for each in (voucher, other)]
    here = {"merchant_id": shop.world.merchant, "location_id": shop.world.loop}
    keyless = await people.staff.post("/redemptions", json={"code": codes[0]})
    nameless = await redeem(people.staff, "a", code=codes[0])
    for answer, field in ((keyless, "Idempotency-Key"), (nameless, "merchant_id")):
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await redeem(people.staff, "b", code=codes[0], **here)).status_code == 201
    reused = await redeem(people.staff, "b", code=codes[1], **here)
    assert (reused.status_code, reused.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert (await redeem(people.staff, "c", code="x", units=0, **here)).status_code == 422


async def test_a_device_redeems_and_tells_later_until_it_is_revoked(people: People, shop: Shop, issue: Issue) -> None:
    online, offline = await issue(), await issue()
    wanted = {"merchant_id": str(shop.world.merchant), "name": "Till by the door"}
    made = (await people.staff.post("/devices", json=wanted)).json()
    device = httpx.AsyncClient(base_url=people.staff.base_url, headers={"authorization": f"Bearer {made['token']}"})
    async with device:
        assert len((await device.get("/voucher-keys")).json()["keys"]) == 21
        code = (await people.owner.get(f"/vouchers/{online.id}")).json()["codes"]["qr"]
        done = await redeem(device, "one", code=code, location_id=shop.world.loop)
        assert done.status_code == 201
        back = await device.post(f"/redemptions/{done.json()['id']}/reversal", json={"reason": "wrong table"})
        assert back.status_code == 200
        told = {
            "code": (await people.owner.get(f"/vouchers/{offline.id}")).json()["codes"]["qr"],
            "nonce": "1",
            "at": (NOW - timedelta(hours=1)).isoformat(),
            "location_id": str(shop.world.loop),
        }
        sent = {"device_now": NOW.isoformat(), "redemptions": [told, {**told, "nonce": "2"}]}
        answers = (await device.post("/redemptions/sync", json=sent)).json()["redemptions"]
        assert [(each["outcome"], each["why"]) for each in answers] == [
            ("accepted", None),
            ("contested", Why.EARLIER_ELSEWHERE),
        ]
        assert (await people.staff.delete(f"/devices/{made['device']['id']}")).status_code == 204
        assert (await device.post("/redemptions/sync", json=sent)).status_code == 401
        assert (await device.get("/vouchers")).status_code == 401


async def test_a_gift_changes_hands_by_its_token(people: People, issue: Issue, runtime: Runtime) -> None:
    voucher: Voucher = await issue()
    gift = (await people.owner.post(f"/vouchers/{voucher.id}/gift", json={"name": "Somebody"})).json()
    claimed = await people.stranger.post("/gifts/claims", json={"token": gift["token"]})
    assert (claimed.status_code, claimed.json()["id"]) == (201, str(voucher.id))
    assert (await people.owner.get(f"/vouchers/{voucher.id}")).status_code == 404
    assert (await people.stranger.get(f"/vouchers/{voucher.id}")).status_code == 200
    assert (await people.stranger.post("/gifts/claims", json={"token": gift["token"]})).status_code == 409
    assert (await people.owner.delete(f"/gifts/{gift['id']}")).status_code == 409
    async with runtime.database.system() as tx:
        assert len(await vouchers.history(tx, voucher.id)) == 2


async def test_a_visit_is_booked_with_one_s_voucher_and_counts_at_the_till(
    people: People, shop: Shop, issue: Issue, runtime: Runtime, clock: FixedClock
) -> None:
    voucher = await issue(fine_print=(BookingNeeded(2),))
    manager = await account(runtime, "scanner@example.com")
    async with runtime.database.system() as tx:
        await identity.grant(tx, manager, Role.MERCHANT_MANAGER, shop.world.merchant)
    plan = {
        "location_id": str(shop.world.loop),
        "option_id": str(shop.option),
        "first_day": "2026-03-02",
        "last_day": "2026-03-02",
        "weekdays": [1],
        "times": ["09:00:00", "10:00:00", "11:00:00"],
        "length_minutes": 60,
        "capacity": 1,
    }
    assert (await people.staff.post("/slots", json=plan)).json() == {"added": 3}
    assert (await people.owner.post("/slots", json=plan)).status_code == 403
    slots = (await people.owner.get("/slots", params={"option_id": str(shop.option)})).json()["slots"]
    wanted = {"voucher_id": str(voucher.id), "slot_id": slots[0]["id"]}
    assert (await people.stranger.post("/bookings", json=wanted)).status_code == 404
    booked = await people.owner.post("/bookings", json=wanted)
    assert booked.status_code == 201
    booking = booked.json()["id"]
    assert len((await people.owner.get("/slots", params={"option_id": str(shop.option)})).json()["slots"]) == 2
    assert (await people.stranger.delete(f"/bookings/{booking}")).status_code == 404
    moved = await people.owner.post(f"/bookings/{booking}/move", json={"slot_id": slots[1]["id"]})
    assert (moved.status_code, moved.json()["slot_id"]) == (200, slots[1]["id"])
    code = (await people.owner.get(f"/vouchers/{voucher.id}")).json()["codes"]["bearer"]
    here = {"merchant_id": shop.world.merchant, "location_id": shop.world.loop}
    assert (await redeem(people.staff, "early", code=code, **here)).json()["why"] == Why.BOOKED_TOO_LATE
    clock.advance(timedelta(hours=6))
    assert (await redeem(people.staff, "there", code=code, **here)).status_code == 201
    assert (await people.owner.delete(f"/bookings/{booking}")).status_code == 409


async def test_an_operator_declares_a_voucher_void_for_a_reason_that_its_owner_reads(
    people: People, issue: Issue, runtime: Runtime
) -> None:
    voucher = await issue()
    wanted = {"reason": "It was paid with a stolen card."}
    for nobody in (people.owner, people.staff, people.stranger):
        assert (await nobody.post(f"/vouchers/{voucher.id}/void", json=wanted)).status_code == 403
    support = await account(runtime, "stranger@example.com")
    async with runtime.database.system() as tx:
        await identity.grant(tx, support, Role.OPERATOR_SUPPORT)
    voided = await people.stranger.post(f"/vouchers/{voucher.id}/void", json=wanted)
    assert (voided.status_code, voided.json()["state"]) == (200, "void")
    assert (await people.stranger.post(f"/vouchers/{voucher.id}/void", json=wanted)).status_code == 409
    shown = (await people.owner.get(f"/vouchers/{voucher.id}")).json()
    assert shown["history"][-1]["reason"] == wanted["reason"]
