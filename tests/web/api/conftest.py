"""The API on real HTTP, in front of a real market."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from uuid import UUID

import httpx
import pytest

from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.settings import Settings
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from highstreet.web.server import Farewell, address_of, bind, make_server
from tests.discovery.search.market import Market, open_market, until
from tests.discovery.search.store.running import ready


@pytest.fixture
async def market(database: Database) -> Market:
    return await open_market(database)


@pytest.fixture
async def runtime(market: Market, settings: Settings, clock: FixedClock, rng: Random) -> AsyncGenerator[Runtime]:
    async with ready(market.database, settings.data_dir / "search") as follower:
        yield Runtime(
            settings=settings,
            database=market.database,
            clock=clock,
            follower=follower,
            rng=rng,
            blobs=open_blobs(settings),
        )


@dataclass(frozen=True, slots=True)
class Api:
    """A client of the API, and the market behind it."""

    client: httpx.AsyncClient
    market: Market
    runtime: Runtime

    async def get(self, path: str, **params: str | float) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", params=params)

    async def publish(self, **given: object) -> UUID:
        """A live deal that the index knows."""
        async with self.market.database.system() as tx:
            deal_id = await self.market.publish(tx, **given)
        await until(lambda: self.runtime.follower.index.deal(deal_id) is not None)
        return deal_id


@asynccontextmanager
async def serve(runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the whole application on a port of its own."""
    listening = bind("127.0.0.1", 0)
    server = make_server(create_app(runtime), runtime.lifecycle, Farewell(accept_s=0, finish_s=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with httpx.AsyncClient(base_url=address_of(listening), timeout=10) as client:
        yield client
    server.should_exit = True
    await serving


@pytest.fixture
async def api(runtime: Runtime, market: Market) -> AsyncGenerator[Api]:
    await until(lambda: runtime.follower.ready)
    async with serve(runtime) as client:
        yield Api(client, market, runtime)
