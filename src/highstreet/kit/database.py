"""PostgreSQL through two pools: one in the app role, held to row-level security by its actor, one in the system role.

All work happens in a transaction that was asked for by name. Leaving its context commits, so that an answer that leaves
afterwards tells of what is durable; an exception rolls back. SQL names every table with its schema: the search path
holds only `jobs`, for the statements of the job library, which name none.
"""

import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Any, Final, LiteralString, TypeAlias, TypeVar
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import kwargs_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from highstreet.kit import tracing
from highstreet.kit.clock import Clock
from highstreet.kit.errors import ConfigurationError, Forbidden, Unavailable
from highstreet.kit.ids import uuid7, uuid7s

T = TypeVar("T")
Parameters: TypeAlias = Sequence[object] | Mapping[str, object]
_Connection: TypeAlias = AsyncConnection[Any]
_Pool: TypeAlias = AsyncConnectionPool[_Connection]

APP_ROLE: Final = "highstreet_app"
SYSTEM_ROLE: Final = "highstreet_system"

_WAIT_FOR_CONNECTION_S = 5.0
_BEGIN_ATTEMPTS = 3
_RETRY_AFTER_S = 1
_BEGIN = sql.SQL("BEGIN")

_LIMITS_MS: Final[dict[str, dict[str, int]]] = {
    # A visitor waits: what takes longer than this is better refused.
    APP_ROLE: {
        "statement_timeout": 10_000,
        "lock_timeout": 3_000,
        "idle_in_transaction_session_timeout": 15_000,
    },
    # Imports and batches may work for minutes, but must never hold a lock for ever.
    SYSTEM_ROLE: {
        "statement_timeout": 600_000,
        "lock_timeout": 10_000,
        "idle_in_transaction_session_timeout": 300_000,
    },
}


class ActorKind(StrEnum):
    VISITOR = "visitor"
    SHOPPER = "shopper"
    STAFF = "staff"
    PARTNER = "partner"
    OPERATOR = "operator"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True):
    """On whose behalf a transaction runs; row-level security reads it. `id` is None for kinds that are not a person.

    `within` holds an API key to these permissions of its account; None to all that the account has.
    """

    kind: ActorKind
    id: UUID | None = None
    within: frozenset[str] | None = None


VISITOR: Final = Actor(ActorKind.VISITOR)
OPERATOR: Final = Actor(ActorKind.OPERATOR)
SYSTEM: Final = Actor(ActorKind.SYSTEM)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One unit of work. `now` is one instant, and every row that the transaction writes carries it."""

    connection: _Connection
    actor: Actor
    now: datetime
    rng: Random

    def new_id(self) -> UUID:
        """A UUIDv7 of the transaction's instant."""
        return uuid7(self.now, self.rng)

    def new_ids(self) -> Iterator[UUID]:
        """Any number of them, for who needs thousands."""
        return uuid7s(self.now, self.rng)

    async def fetch_all(self, row: Callable[..., T], sql: LiteralString, params: Parameters | None = None) -> list[T]:
        """Every row, built by calling `row` with the column names as keywords."""
        with tracing.statement(sql):
            async with self.connection.cursor(row_factory=kwargs_row(row)) as cursor:
                await cursor.execute(sql, params)
                return await cursor.fetchall()

    async def fetch_one(self, row: Callable[..., T], sql: LiteralString, params: Parameters | None = None) -> T | None:
        """The first row, or None where there is none."""
        with tracing.statement(sql):
            async with self.connection.cursor(row_factory=kwargs_row(row)) as cursor:
                await cursor.execute(sql, params)
                return await cursor.fetchone()

    async def execute(self, sql: LiteralString, params: Parameters | None = None) -> int:
        """Run one statement; the number of rows that it touched."""
        with tracing.statement(sql):
            return (await self.connection.execute(sql, params)).rowcount

    async def share_snapshot(self) -> str:
        """A name by which other transactions see what this one sees, as long as it lasts: see `Database.reading`."""
        row = await (await self.connection.execute("SELECT pg_export_snapshot()")).fetchone()
        assert row is not None
        return row[0]

    def pipeline(self) -> contextlib.AbstractAsyncContextManager[object]:
        """A context in which `execute` waits for no answer, so that the server works while the next is made ready.

        What `execute` returns means nothing in it. A statement that fails is raised by a later one, or where it ends.
        """
        return self.connection.pipeline()

    def rehearsal(self) -> contextlib.AbstractAsyncContextManager[object]:
        """A context whose every change is undone where it ends, locks included: what would happen, without it."""
        return self.connection.transaction(force_rollback=True)

    async def execute_many(self, sql: LiteralString, rows: Sequence[Parameters]) -> None:
        """Run one statement for each row of parameters, in one pipeline."""
        with tracing.statement(sql):
            async with self.connection.cursor() as cursor:
                await cursor.executemany(sql, rows)


class Database:
    """The open pools of one process. Made by `open_database`."""

    def __init__(self, url: str, app: _Pool, system: _Pool, clock: Clock, rng: Random) -> None:
        self.url = url
        """For processes of our own that open it as well. It may hold a password."""
        self._app = app
        self._system = system
        self._clock = clock
        self._rng = rng

    def transaction(self, actor: Actor) -> contextlib.AbstractAsyncContextManager[Transaction]:
        """A transaction in the app role, which sees and changes what policies allow to `actor`.

        Raises Forbidden when a policy or a missing grant refuses a statement; what a policy hides is simply not there.
        Raises Unavailable when no connection is free in time, when a lock is not, or when the server went away:
        nothing was committed then, except that a server lost during the commit itself leaves that open.
        """
        return self._run(self._app, actor)

    def system(self, by: Actor = SYSTEM) -> contextlib.AbstractAsyncContextManager[Transaction]:
        """A transaction in the system role: batches, jobs, imports, the index. Raises as `transaction` does.

        `by` is who is recorded as having done it: whoever asked, where the system works for somebody.
        """
        return self._run(self._system, by)

    def reading(self, snapshot: str | None = None) -> contextlib.AbstractAsyncContextManager[Transaction]:
        """A transaction in the system role that changes nothing, and sees the database as it was at one moment.

        That is the present one, or that of another such transaction, by the name that its `share_snapshot` gave, as
        long as that one lasts. Raises as `transaction` does, and Unavailable when that one is over.
        """
        return self._run(self._system, SYSTEM, sql.SQL("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"), snapshot)

    def connections(self) -> dict[tuple[str, str], int]:
        """How many connections each pool has, by role and state: `idle`, `busy`, and requests `waiting` for one."""
        counts: dict[tuple[str, str], int] = {}
        for pool in (self._app, self._system):
            stats = pool.get_stats()
            idle = stats.get("pool_available", 0)
            counts[pool.name, "idle"] = idle
            counts[pool.name, "busy"] = stats.get("pool_size", 0) - idle
            counts[pool.name, "waiting"] = stats.get("requests_waiting", 0)
        return counts

    @asynccontextmanager
    async def _run(
        self, pool: _Pool, actor: Actor, begin: sql.SQL = _BEGIN, snapshot: str | None = None
    ) -> AsyncGenerator[Transaction]:
        with tracing.part("transaction", {"db.system.name": "postgresql", "highstreet.role": pool.name}):
            connection = await _begin(pool, _opening(actor, begin, snapshot))
            try:
                yield Transaction(connection, actor, self._clock.now(), self._rng)
                if connection.info.transaction_status is TransactionStatus.INERROR:
                    # PostgreSQL would answer this COMMIT with a rollback, and call that a success.
                    raise RuntimeError("the transaction went on after a statement had failed, and cannot be committed")
                await connection.commit()
            except (
                psycopg.errors.LockNotAvailable,
                psycopg.errors.DeadlockDetected,
                psycopg.errors.SerializationFailure,
            ) as contended:
                raise Unavailable(
                    "Too many changes to the same thing at once; try again", _RETRY_AFTER_S
                ) from contended
            except psycopg.errors.QueryCanceled as slow:
                raise Unavailable("The database took too long to answer; try again", _RETRY_AFTER_S) from slow
            except psycopg.errors.InsufficientPrivilege as refused:
                raise Forbidden("This is not allowed to whoever asks for it") from refused
            except psycopg.Error as lost:
                if not connection.broken:
                    raise
                raise Unavailable("The connection to the database was lost; try again", _RETRY_AFTER_S) from lost
            finally:
                await _give_back(pool, connection)


@asynccontextmanager
async def open_database(url: str, clock: Clock, rng: Random, *, max_connections: int = 8) -> AsyncGenerator[Database]:
    """Open both pools on `url`, whose login must be a member of both roles.

    `rng` makes the random part of ids: SystemRandom in service. Each pool holds at most `max_connections`. Raises
    ConfigurationError, without the password, when the database cannot be reached or has not been migrated.
    """
    for role in (APP_ROLE, SYSTEM_ROLE):
        await _try_to_connect(url, role)
    async with (
        _pool(url, APP_ROLE, max_connections) as app,
        _pool(url, SYSTEM_ROLE, max_connections) as system,
    ):
        yield Database(url, app, system, clock, rng)


def server_name(url: str) -> str:
    """Where the database is, without any credentials: `host:port/database`."""
    parts = conninfo_to_dict(url)
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def _pool(url: str, role: str, max_connections: int) -> _Pool:
    return AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[Any],
        kwargs=connection_arguments(url, role),
        min_size=1,
        max_size=max_connections,
        timeout=_WAIT_FOR_CONNECTION_S,
        # Retries back off to minutes; given up early, the next request begins anew and finds a server that is back.
        reconnect_timeout=_WAIT_FOR_CONNECTION_S,
        name=role,
        open=False,
    )


def connection_arguments(url: str, role: str) -> dict[str, Any]:
    """What every connection starts with: its role, its limits, UTC. Options that the URL itself brings are kept."""
    settings = {
        "role": role,
        "timezone": "UTC",
        "search_path": "jobs",
        **{name: f"{limit}ms" for name, limit in _LIMITS_MS[role].items()},
    }
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    given = conninfo_to_dict(url).get("options") or ""
    return {
        "options": f"{given} {ours}".strip(),
        "application_name": f"highstreet {role.removeprefix('highstreet_')}",
        "connect_timeout": 5,
        "autocommit": True,  # `_begin` opens the transaction itself, together with the actor, in one round trip
    }


async def _try_to_connect(url: str, role: str) -> None:
    try:
        connection = await AsyncConnection[Any].connect(url, **connection_arguments(url, role))
    except psycopg.OperationalError as problem:
        reason = str(problem).strip().splitlines()[-1]
        if f'"{role}"' in reason:
            reason = f"{reason.rpartition('FATAL:')[2].strip()}; run `highstreet migrate` first"
        raise ConfigurationError(f"The database {server_name(url)} cannot be used: {reason}") from None
    await connection.close()


def _opening(actor: Actor, begin: sql.SQL, snapshot: str | None) -> sql.Composed:
    """What begins a transaction that carries the actor. A snapshot has to be taken over before anything is read."""
    taken_over = sql.SQL("")
    if snapshot is not None:
        taken_over = sql.SQL("; SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot))
    carried = sql.SQL(
        "; SELECT set_config('highstreet.actor_kind', {kind}, true), set_config('highstreet.actor_id', {id}, true)"
    ).format(kind=sql.Literal(str(actor.kind)), id=sql.Literal(str(actor.id or "")))
    if actor.within is not None:
        # A name that no permission has stands for none at all: an empty setting is one that was never made.
        names = sql.Literal(",".join(sorted(actor.within)) or "none")
        carried += sql.SQL(", set_config('highstreet.actor_within', {}, true)").format(names)
    return begin + taken_over + carried


async def _begin(pool: _Pool, opening: sql.Composed) -> _Connection:
    """A connection inside a transaction. A connection found dead is replaced, a few times."""
    for _ in range(_BEGIN_ATTEMPTS):
        try:
            connection = await pool.getconn()
        except PoolTimeout as timeout:
            raise Unavailable("No connection to the database is free; try again", _RETRY_AFTER_S) from timeout
        try:
            await connection.execute(opening)
        except psycopg.OperationalError:
            await _give_back(pool, connection)
            await pool.check()
        except psycopg.errors.UndefinedObject as over:
            await _give_back(pool, connection)
            raise Unavailable("What was to be seen cannot be seen any more; begin anew", _RETRY_AFTER_S) from over
        except BaseException:
            await _give_back(pool, connection)
            raise
        else:
            return connection
    raise Unavailable("The database cannot be reached; try again", _RETRY_AFTER_S)


async def _give_back(pool: _Pool, connection: _Connection) -> None:
    """Return the connection to its pool, rolled back unless it was committed."""
    try:
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            with contextlib.suppress(psycopg.Error):
                await connection.rollback()
    finally:  # also when the task is cancelled once more: a connection that is not returned is missing for ever
        await pool.putconn(connection)
