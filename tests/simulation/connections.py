"""The connections of all seeds: made once, and they keep the plans of what was ever asked.

Nobody but the one who acts ever runs while the database answers. So answers are waited for where they are asked for,
which costs a third of handing the turn to the event loop and back.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final, LiteralString, TypeVar, cast

import psycopg
from psycopg import AsyncConnection, AsyncCursor, waiting
from psycopg.abc import RV, Params, PQGen, QueryNoTemplate
from psycopg.rows import kwargs_row
from psycopg.sql import Composed
from psycopg_pool import AsyncConnectionPool

from highstreet.kit.clock import Clock
from highstreet.kit.database import (
    APP_ROLE,
    SYSTEM,
    SYSTEM_ROLE,
    Database,
    Parameters,
    connection_arguments,
)

T = TypeVar("T")

_PLANNED_ONCE: Final = " -c plan_cache_mode=force_generic_plan"
"""So that what is asked first and what is asked the hundredth time is answered in the same order of rows."""
_WHENEVER: Final = " -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
"""So that a seed goes on as it was when its process stood still."""
_WAIT_S: Final = 0.1


class _Connection(AsyncConnection[Any]):
    async def wait(self, gen: PQGen[RV], interval: float = _WAIT_S, timeout: float | None = None) -> RV:  # noqa: ASYNC109 -- the name is not ours
        return waiting.wait(gen, self.pgconn.socket, interval=interval, timeout=timeout)

    async def execute(  # pyright: ignore[reportIncompatibleMethodOverride] -- nobody here asks in templates
        self, query: QueryNoTemplate, params: Params | None = None, *, prepare: bool | None = None, binary: bool = False
    ) -> AsyncCursor[Any]:
        if isinstance(query, Composed):  # what begins a transaction is several statements, which have no plan
            prepare = False
        return await super().execute(query, params, prepare=prepare, binary=binary)


class _Pool:
    """As many connections as are ever needed at once, under the name that a pool of the house has."""

    def __init__(self, url: str, role: str) -> None:
        self.name = role
        self._url = url
        self._free: list[_Connection] = []

    async def getconn(self) -> _Connection:
        if self._free:
            return self._free.pop()
        connection = await _Connection.connect(self._url, **_arguments(self._url, self.name))
        _keep_plans(connection)
        return connection

    async def putconn(self, connection: _Connection) -> None:
        self._free.append(connection)

    async def check(self) -> None:
        """None of them is ever lost."""

    async def close(self) -> None:
        while self._free:
            await self._free.pop().close()


class Onlooker:
    """Asks what stands in the database, without a transaction, and waits for nobody."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def rows(self, row: type[T], sql: LiteralString, params: Parameters | None = None) -> list[T]:
        with self._connection.cursor(row_factory=kwargs_row(row)) as cursor:
            return cursor.execute(sql, params).fetchall()


class Connections:
    """To one database."""

    def __init__(self, url: str, onlooker: Onlooker) -> None:
        self.onlooker = onlooker
        self._url = url
        self._app, self._system = _Pool(url, APP_ROLE), _Pool(url, SYSTEM_ROLE)

    def database(self, clock: Clock, rng: Random) -> Database:
        """For one seed, with its own clock and chance."""
        app, system = (cast("AsyncConnectionPool[AsyncConnection[Any]]", pool) for pool in (self._app, self._system))
        return Database(self._url, app, system, clock, rng)

    async def close(self) -> None:
        await self._app.close()
        await self._system.close()


@asynccontextmanager
async def open_connections(url: str) -> AsyncGenerator[Connections]:
    with psycopg.connect(url, **_arguments(url, SYSTEM_ROLE)) as looking:
        looking.execute("SELECT set_config('highstreet.actor_kind', %s, false)", [str(SYSTEM.kind)])
        _keep_plans(looking)
        opened = Connections(url, Onlooker(looking))
        try:
            yield opened
        finally:
            await opened.close()


def _arguments(url: str, role: str) -> dict[str, Any]:
    ours = connection_arguments(url, role)
    return {**ours, "options": ours["options"] + _PLANNED_ONCE + _WHENEVER}


def _keep_plans(connection: psycopg.Connection[Any] | _Connection) -> None:
    connection.prepare_threshold, connection.prepared_max = 0, None
