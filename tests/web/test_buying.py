"""Buying over HTTP: from a quote to vouchers, through our pay page and the provider's, and back again."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from highstreet import main
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import ActorKind, Database
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.roles import Permission, Role
from highstreet.market.orders import service as orders
from highstreet.market.orders.jobs import after_payment
from highstreet.market.payments import service as payments
from highstreet.market.vouchers.service import VoucherKeys
from highstreet.sandbox.courier import Courier
from highstreet.web.app import create_app
from highstreet.web.checkout import open_checkout
from highstreet.web.runtime import Lifecycle, Runtime
from highstreet.web.server import Farewell, bind, make_server
from tests.discovery.search.store.running import ready
from tests.market.catalog.conftest import publish, world
from tests.market.orders.conftest import Deal, Offer, check_books, check_stock, offer

__all__ = ["offer", "publish", "world"]


@dataclass
class Shop:
    base: str
    runtime: Runtime
    courier: Courier

    def browser(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.base, headers=headers, trust_env=False)

    async def carry(self) -> int:
        async with self.courier.client() as client:
            return await self.courier.carry(client)


@dataclass
class Buyer:
    """A guest's browser."""

    client: httpx.AsyncClient
    id: UUID

    async def quote(self, *lines: tuple[UUID, int], status: int = 201) -> dict[str, Any]:
        wanted = {"lines": [{"option_id": str(option_id), "quantity": quantity} for option_id, quantity in lines]}
        answer = await self.client.post("/api/v1/quotes", json=wanted)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def order(self, token: str, key: str | None = None, **more: object) -> httpx.Response:
        headers = {"idempotency-key": key or str(uuid4())}
        return await self.client.post("/api/v1/orders", json={"quote": token, **more}, headers=headers)

    async def buy(self, *lines: tuple[UUID, int]) -> dict[str, Any]:
        answer = await self.order((await self.quote(*lines))["token"])
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def read(self, order: dict[str, Any]) -> dict[str, Any]:
        return (await self.client.get(f"/api/v1/orders/{order['id']}")).json()


Arrive = Callable[[], Awaitable[Buyer]]


@pytest.fixture
async def shop(settings: Settings, database: Database, clock: FixedClock, tmp_path: Path) -> AsyncGenerator[Shop]:
    listening = bind("127.0.0.1", 0)
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = msgspec.structs.replace(settings, public_url=base)
    async with (
        ready(database, tmp_path / "search", poll_seconds=0.1) as follower,
        payments.open_provider(settings, clock) as provider,
    ):
        assert settings.secret_key is not None
        runtime = Runtime(
            settings,
            database,
            clock,
            follower,
            Random(7),
            open_blobs(settings),
            payments=provider,
            after_payment=after_payment(VoucherKeys(settings.secret_key)),
            checkout=open_checkout(settings, database),
        )
        server = make_server(create_app(runtime), Lifecycle(), Farewell(accept_s=0, linger_s=0, finish_s=1))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield Shop(base, runtime, main.sandbox_courier(settings, database, clock))
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def arrive(shop: Shop) -> AsyncGenerator[Arrive]:
    clients: list[httpx.AsyncClient] = []

    async def run() -> Buyer:
        client = shop.browser()
        clients.append(client)
        answer = await client.post("/api/v1/guests", json={"email": f"guest{len(clients)}@example.com"})
        assert answer.status_code == 201, answer.text
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return Buyer(client, UUID(answer.json()["id"]))

    yield run
    for client in clients:
        await client.aclose()


async def pay(buyer: Buyer, order: dict[str, Any], answer: str = "approve") -> httpx.Response:
    """Through our page to the provider's, whose answer leads back."""
    away = await buyer.client.get(order["payment"]["redirect_url"])
    assert away.status_code == 303, away.text
    assert "/_psp/pay/" in away.headers["location"]
    return await buyer.client.post(away.headers["location"], data={"answer": answer})


async def test_a_guest_buys_and_has_vouchers(shop: Shop, offer: Offer, arrive: Arrive) -> None:
    deal = await offer(10)
    buyer = await arrive()
    quote = await buyer.quote((deal.options[0], 2))
    assert (quote["due"], quote["currency"], quote["capture"]) == (3000, "USD", "automatic")
    assert quote["lines"][0]["title"] == "Two pizzas of your choice (For two)"
    answer = await buyer.order(quote["token"])
    order = answer.json()
    assert (answer.status_code, order["state"], order["vouchers"]) == (201, "held", [])
    back = await pay(buyer, order)
    assert back.status_code in {302, 303}
    page = await buyer.client.get(back.headers["location"])
    assert page.status_code == 200
    assert "Thank you, it is paid" in page.text
    assert 'name="robots"' in page.text
    after = await buyer.read(order)
    assert (after["state"], after["payment"]) == ("paid", None)
    assert [voucher["state"] for voucher in after["vouchers"]] == ["issued", "issued"]
    await shop.carry()
    assert await buyer.read(order) == after
    listed = await buyer.client.get("/api/v1/orders?limit=1")
    assert [each["id"] for each in listed.json()["orders"]] == [order["id"]]
    await check_books(shop.runtime.database)
    await check_stock(shop.runtime.database)


async def test_a_webhook_does_what_the_browsers_return_would(shop: Shop, offer: Offer, arrive: Arrive) -> None:
    deal = await offer(10)
    buyer = await arrive()
    order = await buyer.buy((deal.options[0], 1))
    await pay(buyer, order)
    assert (await buyer.read(order))["state"] == "held"
    assert await shop.carry() > 0
    assert (await buyer.read(order))["state"] == "paid"
    again = await buyer.client.get(order["payment"]["redirect_url"])
    assert "Thank you, it is paid" in again.text
    await check_books(shop.runtime.database)


async def test_who_is_declined_tries_again_and_who_is_late_is_told(
    shop: Shop, offer: Offer, arrive: Arrive, clock: FixedClock
) -> None:
    deal = await offer(10)
    buyer = await arrive()
    order = await buyer.buy((deal.options[0], 1))
    assert (await pay(buyer, order, "decline")).status_code == 200
    await shop.carry()
    back = order["payment"]["redirect_url"].replace("?key", "/back?key")
    page = await buyer.client.get(back)
    assert "Not paid yet" in page.text
    assert "15 more minutes" in page.text
    clock.advance(timedelta(minutes=16))
    async with shop.runtime.database.system() as tx:
        await orders.expire(tx)
    late = await buyer.client.get(order["payment"]["redirect_url"])
    assert late.status_code == 200
    assert "Too late for this order" in late.text
    assert (await buyer.read(order))["state"] == "expired"


async def test_a_pay_page_needs_its_key(shop: Shop, offer: Offer, arrive: Arrive) -> None:
    deal = await offer(10)
    buyer = await arrive()
    order = await buyer.buy((deal.options[0], 1))
    async with shop.browser() as stranger:
        for key in ("", "A" * 22, "%00"):
            assert (await stranger.get(f"/pay/{order['id']}?key={key}")).status_code == 404
        assert (await stranger.get(order["payment"]["redirect_url"])).status_code == 303
        assert (await stranger.get(f"/api/v1/orders/{order['id']}")).status_code == 401
    other = await arrive()
    for path in ("", "/refunds", "/cancellation"):
        address = f"/api/v1/orders/{order['id']}{path}"
        method, sent = ("POST" if path else "GET"), {"reason": "Mine now"} if path == "/refunds" else None
        answer = await other.client.request(method, address, json=sent, headers={"idempotency-key": "k"})
        assert answer.status_code == 404


async def test_the_same_order_again_is_answered_the_same(offer: Offer, arrive: Arrive, clock: FixedClock) -> None:
    deal = await offer(10)
    buyer = await arrive()
    token = (await buyer.quote((deal.options[0], 1)))["token"]
    answers = await asyncio.gather(*(buyer.order(token, "one") for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    bodies = {answer.content for answer in answers if answer.status_code == 201}
    assert len(bodies) == 1
    clock.advance(timedelta(minutes=30))
    again = await buyer.order(token, "one")
    assert (again.status_code, again.content) == (201, *bodies)
    other = await buyer.order(token, "one", attribution={"utm_source": "a letter"})
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    without = await buyer.client.post("/api/v1/orders", json={"quote": token})
    assert without.status_code == 422
    stale = await buyer.order(token, "two")
    assert stale.status_code == 409


async def test_who_comes_too_late_is_told_what_is_left(offer: Offer, arrive: Arrive) -> None:
    deal = await offer(3)
    first, second = await arrive(), await arrive()
    token = (await second.quote((deal.options[0], 2)))["token"]
    await first.buy((deal.options[0], 2))
    answer = await second.order(token)
    assert (answer.status_code, answer.json()["remaining"]) == (409, 1)
    assert answer.headers["content-type"] == "application/problem+json"
    refused = await second.quote((deal.options[0], 2), status=409)
    assert refused["remaining"] == 1
    await second.buy((deal.options[0], 1))


async def test_vouchers_are_given_back_over_http(shop: Shop, offer: Offer, arrive: Arrive) -> None:
    deal = await offer(10)
    buyer = await arrive()
    order = await buyer.buy((deal.options[0], 3))
    await pay(buyer, order)
    await shop.carry()
    issued = (await buyer.read(order))["vouchers"]
    address, key = f"/api/v1/orders/{order['id']}/refunds", {"idempotency-key": "back"}
    wanted = {"vouchers": [issued[0]["id"]], "reason": "I cannot come"}
    answers = [await buyer.client.post(address, json=wanted, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert answers[0].json()["paid_back"] == 1500
    strange = await buyer.client.post(address, json={"vouchers": [str(uuid4())]}, headers={"idempotency-key": "x"})
    assert strange.status_code == 422
    used = await buyer.client.post(address, json=wanted, headers={"idempotency-key": "y"})
    assert used.status_code == 409
    rest = await buyer.client.post(address, json={}, headers={"idempotency-key": "z"})
    assert (rest.status_code, rest.json()["order_state"]) == (201, "refunded")
    await check_books(shop.runtime.database)
    await check_stock(shop.runtime.database)


async def test_an_operator_gives_back_what_a_buyer_no_longer_may(
    shop: Shop, offer: Offer, arrive: Arrive, clock: FixedClock, database: Database
) -> None:
    deal: Deal = await offer(10)
    buyer = await arrive()
    order = await buyer.buy((deal.options[0], 1))
    await pay(buyer, order)
    await shop.carry()
    clock.advance(timedelta(days=15))
    late = await buyer.client.post(f"/api/v1/orders/{order['id']}/refunds", json={}, headers={"idempotency-key": "k"})
    assert late.status_code in {401, 409}
    address = f"/api/v1/operator/orders/{order['id']}/refunds"
    assert (await buyer.client.post(address, json={}, headers={"idempotency-key": "k"})).status_code in {401, 403}
    async with database.system() as tx:
        operator = await identity.prove(tx, to_address("operator@example.com"), "en")
        await identity.grant(tx, operator.id, Role.OPERATOR_FINANCE)
        made = await identity.make_key(
            tx, operator.id, "Office", ActorKind.OPERATOR, [Permission.ORDERS_READ, Permission.ORDERS_REFUND], 9
        )
    async with shop.browser(authorization=f"Bearer {made.token}") as office:
        answer = await office.post(address, json={"reason": "The merchant closed"}, headers={"idempotency-key": "k"})
    assert (answer.status_code, answer.json()["paid_back"]) == (201, 1500)


async def test_an_operator_makes_a_code_and_gives_credit_that_a_buyer_uses(
    shop: Shop, offer: Offer, arrive: Arrive, clock: FixedClock, database: Database
) -> None:
    deal = await offer(10)
    buyer = await arrive()
    async with database.system() as tx:
        operator = await identity.prove(tx, to_address("operator@example.com"), "en")
        await identity.grant(tx, operator.id, Role.OPERATOR_EDITOR)
        made = await identity.make_key(tx, operator.id, "Desk", ActorKind.OPERATOR, [Permission.PROMOTIONS_EDIT], 9)
    code = {
        "code": "Welcome",
        "title": "Welcome",
        "currency": "USD",
        "rate": 2000,
        "valid_from": clock.now().isoformat(),
        "valid_until": (clock.now() + timedelta(days=9)).isoformat(),
    }
    gift = {"account_id": str(buyer.id), "currency": "USD", "amount": 100, "origin": "goodwill", "reason": "Sorry"}
    async with shop.browser(authorization=f"Bearer {made.token}") as desk:
        answer = await desk.post("/api/v1/operator/promotions", json=code)
        assert answer.status_code == 201, answer.text
        assert (await desk.post("/api/v1/operator/promotions", json=code)).status_code == 409
        for _ in range(2):
            given = await desk.post("/api/v1/operator/credits", json=gift, headers={"idempotency-key": "k"})
            assert given.status_code == 201, given.text
        wanted = {"lines": [{"option_id": str(deal.options[0])}], "codes": ["welcome", "other"], "use_credit": True}
        quote = (await buyer.client.post("/api/v1/quotes", json=wanted)).json()
        assert (quote["promotion"], quote["credit"], quote["due"]) == (300, 100, 1100)
        assert quote["applied"] == [{"code": "WELCOME", "amount": 300}]
        assert quote["refused"] == [{"code": "OTHER", "why": "There is no such code."}]
        order = (await buyer.order(quote["token"])).json()
        assert (order["promotion"], order["credit"], order["due"]) == (300, 100, 1100)
        promotion = (await desk.get("/api/v1/operator/promotions")).json()["promotions"][0]
        assert (promotion["code"], promotion["uses"], promotion["given_minor"]) == ("WELCOME", 1, 300)
        for step in ("pause", "resume", "pause"):
            answer = await desk.post(f"/api/v1/operator/promotions/{promotion['id']}/{step}")
            assert answer.status_code == 204
        assert (await desk.post(f"/api/v1/operator/promotions/{uuid4()}/pause")).status_code == 404
    again = (await buyer.client.post("/api/v1/quotes", json=wanted)).json()
    assert again["promotion"] == 0
    assert (await buyer.client.get("/api/v1/operator/promotions")).status_code == 403
    await pay(buyer, order)
    await shop.carry()
    assert (await buyer.read(order))["state"] == "paid"
    await check_books(database)


async def test_who_guesses_codes_is_slowed_down(shop: Shop, offer: Offer) -> None:
    deal = await offer(10)
    lines = [{"option_id": str(deal.options[0])}]
    async with shop.browser() as guesser:
        statuses: list[httpx.Response] = []
        for number in range(8):
            guesses = [f"GUESS{number}-{each}" for each in range(5)]
            statuses.append(await guesser.post("/api/v1/quotes", json={"lines": lines, "codes": guesses}))
        assert [answer.status_code for answer in statuses] == [201] * 6 + [429] * 2
        assert int(statuses[-1].headers["retry-after"]) > 0
        assert (await guesser.post("/api/v1/quotes", json={"lines": lines})).status_code == 201


async def test_an_order_that_is_given_up_frees_its_units(offer: Offer, arrive: Arrive) -> None:
    deal = await offer(1)
    buyer = await arrive()
    order = await buyer.buy((deal.options[0], 1))
    given_up = await buyer.client.post(f"/api/v1/orders/{order['id']}/cancellation")
    assert (given_up.status_code, given_up.json()["state"]) == (200, "cancelled")
    assert (await buyer.client.post(f"/api/v1/orders/{order['id']}/cancellation")).status_code == 409
    await (await arrive()).buy((deal.options[0], 1))
    assert "given up" in (await buyer.client.get(order["payment"]["redirect_url"])).text


_WRONG: tuple[dict[str, Any], ...] = (
    {"lines": []},
    {"lines": [{"option_id": str(uuid4())}]},
    {"lines": [{"option_id": str(uuid4()), "quantity": 0}]},
    {"lines": [{"option_id": "x"}]},
    {"lines": [{"option_id": str(uuid4())}], "codes": ["\x00"]},
    {"lines": [{"option_id": str(uuid4())}], "tip": 1},
)


async def test_a_cart_that_cannot_be_is_refused_field_by_field(shop: Shop) -> None:
    async with shop.browser() as client:
        for cart in _WRONG:
            answer = await client.post("/api/v1/quotes", json=cart)
            assert answer.status_code == 422
            assert answer.json()["errors"]
