"""The sandbox is served to our own side alone, remembers its keys, and does not exist in production."""

from itertools import product
from random import Random
from uuid import UUID

import msgspec
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.sandbox_keys import api_key
from highstreet.kit.settings import Environment, PaymentProvider, Settings
from highstreet.market.payments.domain.payments import Capture
from highstreet.market.payments.providers.port import At, PageWanted, Refused
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.sandbox.shop import Shop
from tests.web.serving import served


async def test_the_api_answers_to_its_key_alone(shop: Shop) -> None:
    keys = ["", "Bearer", "Bearer sk_sandbox_0", "Basic x", "Bearer é"]
    doors = [("GET", "payments/x"), ("POST", "payments"), ("POST", "refunds"), ("GET", "records")]
    for key, (method, path) in product(keys, doors):
        headers = [(b"Authorization", key.encode())] if key else []
        answer = await shop.browser.request(method, f"{shop.base}/_psp/v1/{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_key_stands_for_one_request(shop: Shop) -> None:
    assert shop.settings.secret_key is not None
    headers = {"Authorization": f"Bearer {api_key(shop.settings.secret_key)}", "Idempotency-Key": "one"}
    asked = {
        "reference": "r",
        "amount_minor": 100,
        "currency": "EUR",
        "capture": "automatic",
        "title": "t",
        "return_url": "https://shop.example/",
    }

    async def ask(key: str = "one", **change: object) -> tuple[int, str]:
        answer = await shop.browser.post(
            f"{shop.base}/_psp/v1/payments", json={**asked, **change}, headers={**headers, "Idempotency-Key": key}
        )
        return answer.status_code, answer.json().get("id", "")

    first = await ask()
    assert first[0] == 201
    assert await ask() == first
    assert (await ask(amount_minor=101))[0] == 409
    for wrong in ({"amount_minor": 0}, {"currency": "EURO"}, {"capture": "x"}, {"return_url": "javascript:x"}):
        assert (await ask("other", **wrong))[0] == 422
    assert (await ask(""))[0] == 422


async def test_our_side_is_told_what_the_sandbox_refuses(shop: Shop) -> None:
    with pytest.raises(Refused):
        await shop.provider.look(At(UUID(int=1), "pay_unknown", None, "EUR"))
    wanted = PageWanted(
        payment_id=UUID(int=1),
        amount_minor=100,
        currency="EUR",
        capture=Capture.AUTOMATIC,
        title="",
        return_url=shop.base,
        language="en",
        created_at=shop.clock.now(),
        expires_at=None,
    )
    with pytest.raises(Refused):
        await shop.provider.open(wanted, None)


@pytest.mark.parametrize(
    "change",
    [{"env": Environment.PRODUCTION}, {"payments": PaymentProvider.STRIPE}],
    ids=["in production", "where Stripe takes the payments"],
)
async def test_elsewhere_there_is_no_sandbox(
    settings: Settings, database: Database, clock: FixedClock, change: dict[str, object], shop: Shop
) -> None:
    elsewhere = msgspec.structs.replace(settings, **change)
    follower = Follower(database, settings.data_dir / "nothing")
    runtime = Runtime(elsewhere, database, clock, follower, Random(7), open_blobs(settings))
    async with served(create_app(runtime, faces=[])) as base:
        for path in ("control", "v1/payments", "pay/pay_1", "onboarding/acct_1"):
            for method in ("GET", "POST"):
                answer = await shop.browser.request(method, f"{base}/_psp/{path}", json={"next": "approve"})
                assert answer.status_code == 404
        assert (await shop.browser.post(f"{base}/webhooks/payments/sandbox")).status_code == 404
