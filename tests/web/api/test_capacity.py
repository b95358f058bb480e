"""A deal's capacity over HTTP: its merchant's staff state it, see what follows, and send the draft."""

from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Role
from highstreet.web.api.router import api_router
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.market.capacity.test_guard import drafted
from tests.market.catalog.conftest import World, administrator_here, publish, world
from tests.web.api.test_vouchers import account, signed_in
from tests.web.serving import served

__all__ = ["administrator_here", "publish", "world"]


@pytest.fixture
def runtime(settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path) -> Runtime:
    return Runtime(settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings))


@pytest.fixture
async def url(runtime: Runtime) -> AsyncGenerator[str]:
    async with served(create_app(runtime, faces=[api_router()])) as address:
        yield address


async def test_staff_state_what_they_can_take_and_send_the_deal(runtime: Runtime, url: str, world: World) -> None:
    deal_id = await drafted(runtime.database, world, 30)
    manager, stranger = await account(runtime, "m@example.com"), await account(runtime, "s@example.com")
    async with runtime.database.system() as tx:
        await identity.grant(tx, manager, Role.MERCHANT_MANAGER, world.merchant)
    here = f"/deals/{deal_id}"
    async with signed_in(runtime, url, manager) as staff, signed_in(runtime, url, stranger) as other:
        unstated = (await staff.get(f"{here}/capacity")).json()
        option = unstated["margins"][0]["option_id"]
        assert (unstated["stated"], unstated["fits"]) == (None, False)
        assert (await staff.post(f"{here}/submission", json={})).status_code == 409
        plan: dict[str, Any] = {
            "rooms": [{"location_id": str(each), "by_weekday": [1] * 7} for each in (world.loop, world.mall)],
            "served": [{"option_id": option, "guests": 2, "cost_minor": 400}],
            "brake": {},
        }
        assert (await other.put(f"{here}/capacity", json=plan)).status_code in {403, 404}
        told = (await staff.put(f"{here}/capacity", json=plan)).json()
        assert (told["fits"], told["tightest"]["guests"], told["tightest"]["first_day"]) == (False, 60, "2026-03-09")
        assert told["guard"] == {"state": "watching", "load_percent": None}
        wrong = await staff.put(f"{here}/capacity", json={**plan, "rooms": []})
        assert (wrong.status_code, [each["field"] for each in wrong.json()["errors"]]) == (422, ["rooms"])
        assert (await staff.post(f"{here}/submission", json={})).status_code == 409
        assert (await staff.post(f"{here}/submission", json={"knowing": True})).status_code == 204
        assert (await staff.get(f"{here}/capacity")).json()["state"] == "in_review"
        assert (await staff.post(f"{here}/capacity/resumption")).status_code == 409
