"""The application on real HTTP, in this process. One runtime serves all tests of this folder: they change nothing."""

from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FileClock
from highstreet.kit.database import open_database
from highstreet.kit.postgres.server import LOGIN, OWNER, EmbeddedPostgres
from highstreet.kit.settings import Environment, Secret, Settings
from highstreet.web.runtime import Runtime
from tests.discovery.search.store.running import ready


@pytest.fixture(scope="session")
def house_url(postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str) -> Generator[str]:
    """A migrated database for all tests that only read."""
    administrator.execute(
        sql.SQL("CREATE DATABASE house TEMPLATE {} OWNER {}").format(
            sql.Identifier(migrated_template), sql.Identifier(OWNER)
        )
    )
    yield postgres.url(LOGIN, "house")
    administrator.execute("DROP DATABASE house WITH (FORCE)")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(house_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Runtime]:
    """What a serving process holds, its index loaded. Tests that use it run in the session's loop."""
    data_dir: Path = tmp_path_factory.mktemp("house")
    clock, rng = FileClock(data_dir / "clock"), Random(7)
    clock.set(datetime(2026, 3, 2, 10, tzinfo=UTC))
    settings = Settings(env=Environment.TEST, database_url=Secret(house_url), data_dir=data_dir, port=0)
    async with (
        open_database(house_url, clock, rng) as database,
        ready(database, data_dir / "search", poll_seconds=0.1) as follower,
    ):
        yield Runtime(settings, database, clock, follower, rng, open_blobs(settings))
