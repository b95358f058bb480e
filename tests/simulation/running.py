"""Many seeds one after the other in one database of their own."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager
from random import Random
from typing import Final

import msgspec
import psycopg
import structlog
from psycopg import sql

from highstreet.kit import migrations
from highstreet.kit.clock import FixedClock
from highstreet.kit.postgres.home import make_home
from highstreet.kit.postgres.server import ADMINISTRATOR, LOGIN, OWNER, serve
from tests.scratch import scratch_directory
from tests.simulation.connections import Connections, open_connections
from tests.simulation.coverage import Coverage
from tests.simulation.engine import Broken, play
from tests.simulation.ground import Ground
from tests.simulation.market import BEGIN, lay_ground
from tests.simulation.parts import spent_in_parts

_DATABASE: Final = "simulation"


class Played(msgspec.Struct):
    """What came of some seeds: how many, in how many seconds, what they reached, and what broke."""

    coverage: Coverage = msgspec.field(default_factory=Coverage)
    seeds: int = 0
    seconds: float = 0.0
    broken: list[str] = msgspec.field(default_factory=list[str])


async def play_seeds(url: str, administrator: psycopg.Connection, seeds: Iterable[int], steps: int) -> Coverage:
    """Play seeds in a migrated, empty database. Raises Broken for the first that breaks."""
    coverage = Coverage()
    async with _prepared(url, administrator) as (ground, connections):
        for seed in seeds:
            coverage.add([await play(connections, seed, steps)])
            ground.wipe()
    return coverage


@asynccontextmanager
async def _prepared(url: str, administrator: psycopg.Connection) -> AsyncGenerator[tuple[Ground, Connections]]:
    async with open_connections(url) as connections:
        await lay_ground(connections.database(FixedClock(BEGIN), Random(0)))
        with spent_in_parts():
            yield Ground(administrator), connections


def be_quiet() -> None:
    """What the house logs of failures is what is being looked for, seed by seed."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


def play_alone(seeds: range, steps: int, seconds: float | None) -> Played:
    """Play seeds on a server of this process's own, for so many seconds at most. What breaks is noted, and left."""
    with _database() as (url, administrator):
        return asyncio.run(_play(url, administrator, seeds, steps, seconds))


async def _play(url: str, administrator: psycopg.Connection, seeds: range, steps: int, seconds: float | None) -> Played:
    played = Played()
    async with _prepared(url, administrator) as (ground, connections):
        begin = time.monotonic()
        for seed in seeds:
            try:
                played.coverage.add([await play(connections, seed, steps)])
            except Broken as broken:
                played.broken.append(str(broken))
                print(broken, flush=True)  # noqa: T201 -- whoever waits hears of it at once
            ground.wipe()
            played.seeds += 1
            played.seconds = time.monotonic() - begin
            if seconds is not None and played.seconds > seconds:
                break
    return played


@contextmanager
def _database() -> Generator[tuple[str, psycopg.Connection]]:
    with scratch_directory(in_memory=True) as directory, serve(make_home(directory / "postgres"), durable=False) as own:
        with psycopg.connect(own.url(ADMINISTRATOR, "postgres"), autocommit=True) as administrator:
            administrator.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(_DATABASE), sql.Identifier(OWNER))
            )
        migrations.migrate(own.url(OWNER, _DATABASE), database_url=own.url(LOGIN, _DATABASE))
        with psycopg.connect(own.url(ADMINISTRATOR, _DATABASE), autocommit=True) as administrator:
            # What is known of tables decides the order of rows that nobody ordered.
            administrator.execute("ALTER SYSTEM SET autovacuum = off")
            administrator.execute("SELECT pg_reload_conf()")
            yield own.url(LOGIN, _DATABASE), administrator
