"""Our own side and the sandbox on real HTTP, in one process, on one clock."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import msgspec

from highstreet import main
from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, Transaction
from highstreet.kit.settings import Settings
from highstreet.market.payments import service as payments
from highstreet.market.payments.domain.payments import Capture, Payment
from highstreet.market.payments.service import Provider
from highstreet.sandbox.courier import Courier
from highstreet.web.app import create_app
from highstreet.web.runtime import Lifecycle, Runtime
from highstreet.web.server import Farewell, bind, make_server


@dataclass(repr=False)
class Shop:
    """`followed` are the payments that our side was told of, in the transactions that applied the word."""

    base: str
    database: Database
    clock: FixedClock
    provider: Provider
    courier: Courier
    browser: httpx.AsyncClient
    settings: Settings
    followed: list[Payment] = field(default_factory=list[Payment])

    async def order(self, number: int = 1, capture: Capture = Capture.AUTOMATIC, amount: int = 5000) -> Payment:
        async with self.database.system() as tx:
            return await payments.request(tx, UUID(int=number), amount, "EUR", capture)

    async def open(self, payment: Payment) -> str:
        """The address of the page on which it is paid."""
        return await payments.open_page(
            self.database, self.provider, payment.id, f"{self.base}/back", title="A massage for two"
        )

    async def pay(self, payment: Payment, answer: str = "approve") -> httpx.Response:
        return await self.browser.post(await self.open(payment), data={"answer": answer})

    async def control(self, **wanted: Any) -> httpx.Response:  # noqa: ANN401 -- JSON
        return await self.browser.post(f"{self.base}/_psp/control", json=wanted)

    async def carry(self) -> int:
        """Send the webhooks that are due."""
        async with self.courier.client() as client:
            return await self.courier.carry(client)

    async def standing(self, payment: Payment) -> Payment:
        async with self.database.system() as tx:
            return await payments.standing(tx, payment.id)

    async def follow(self, tx: Transaction, payment: Payment) -> None:
        del tx
        self.followed.append(payment)


class Row(dict[str, Any]):
    """Whatever a test asks the database for."""


async def rows(database: Database, sql: str) -> Sequence[Row]:
    async with database.system() as tx:
        return await tx.fetch_all(Row, sql)  # pyright: ignore[reportArgumentType] -- SQL of a test


@asynccontextmanager
async def open_shop(settings: Settings, database: Database, clock: FixedClock, data_dir: Path) -> AsyncGenerator[Shop]:
    listening: socket.socket = bind("127.0.0.1", 0)
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = msgspec.structs.replace(settings, public_url=base)
    follower = Follower(database, data_dir / "search")  # of no use to payments, so it never starts
    async with (
        payments.open_provider(settings, clock) as provider,
        httpx.AsyncClient(follow_redirects=False, trust_env=False, verify=base.startswith("https:")) as browser,
    ):
        assert provider is not None
        shop = Shop(base, database, clock, provider, main.sandbox_courier(settings, database, clock), browser, settings)
        runtime = Runtime(
            settings,
            database,
            clock,
            follower,
            Random(7),
            open_blobs(settings),
            payments=provider,
            after_payment=shop.follow,
        )
        server = make_server(create_app(runtime, faces=[]), Lifecycle(), Farewell(accept_s=0, linger_s=0, finish_s=1))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield shop
        finally:
            server.should_exit = True
            await serving
