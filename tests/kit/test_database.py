"""The database keeps its word: roles, actors, what is committed when, and what a caller hears when it cannot be."""

import asyncio
import contextlib
import os
import signal
from datetime import UTC, datetime, timedelta
from random import Random
from typing import LiteralString
from uuid import UUID

import msgspec
import psycopg
import pytest

from highstreet.kit import database as kit_database
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import SYSTEM, VISITOR, Actor, ActorKind, Database, Transaction, open_database
from highstreet.kit.errors import ConfigurationError, Forbidden, Unavailable
from highstreet.kit.postgres.server import EmbeddedPostgres


class Who(msgspec.Struct, frozen=True):
    role: str
    login: str
    kind: str | None
    id: UUID | None
    zone: str


class Note(msgspec.Struct, frozen=True):
    id: UUID
    text: str


_WHO = """
SELECT current_user::text AS role, session_user::text AS login, kit.actor_kind() AS kind, kit.actor_id() AS id,
       current_setting('timezone') AS zone
"""
_WRITE = "INSERT INTO kit.notes (id, text) VALUES (%s, %s)"
_READ = "SELECT id, text FROM kit.notes ORDER BY id"


@pytest.fixture
def notes(migrations_url: str) -> None:
    """A table that both roles may use."""
    with psycopg.connect(migrations_url) as owner:
        owner.execute("""
            CREATE TABLE kit.notes (id uuid PRIMARY KEY, text text NOT NULL);
            ALTER TABLE kit.notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            CREATE POLICY anybody ON kit.notes TO highstreet_app, highstreet_system USING (true) WITH CHECK (true);
            GRANT SELECT, INSERT, UPDATE ON kit.notes TO highstreet_app, highstreet_system;
        """)


async def _who(tx: Transaction) -> Who:
    found = await tx.fetch_one(Who, _WHO)
    assert found is not None
    return found


async def _texts(database: Database) -> list[str]:
    async with database.system() as tx:
        return [note.text for note in await tx.fetch_all(Note, _READ)]


async def test_a_transaction_runs_in_its_role_and_carries_its_actor(database: Database) -> None:
    shopper = Actor(ActorKind.SHOPPER, UUID(int=42))
    async with database.transaction(shopper) as tx:
        assert await _who(tx) == Who("highstreet_app", "highstreet", "shopper", shopper.id, "UTC")
    async with database.transaction(VISITOR) as tx:
        assert await _who(tx) == Who("highstreet_app", "highstreet", "visitor", None, "UTC")
    async with database.system() as tx:
        assert tx.actor == SYSTEM
        assert await _who(tx) == Who("highstreet_system", "highstreet", "system", None, "UTC")


@pytest.mark.usefixtures("notes")
async def test_leaving_the_context_has_committed_and_an_exception_has_rolled_back(database: Database) -> None:
    async with database.transaction(VISITOR) as tx:
        await tx.execute(_WRITE, (tx.new_id(), "kept"))
        assert await _texts(database) == []
    assert await _texts(database) == ["kept"]

    async def fail() -> None:
        async with database.transaction(VISITOR) as tx:
            await tx.execute(_WRITE, (tx.new_id(), "lost"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _texts(database) == ["kept"]


@pytest.mark.usefixtures("notes")
async def test_a_cancelled_request_leaves_nothing_behind_and_its_connection_is_used_again(database: Database) -> None:
    async def slow() -> None:
        async with database.transaction(VISITOR) as tx:
            await tx.execute(_WRITE, (tx.new_id(), "half"))
            await tx.execute("SELECT pg_sleep(30)")

    for _ in range(10):  # more than the pool has connections
        task = asyncio.create_task(slow())
        await asyncio.sleep(0.02)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert await _texts(database) == []
    async with database.transaction(VISITOR) as tx:
        assert (await _who(tx)).kind == "visitor"


async def test_a_task_that_is_cancelled_while_it_rolls_back_keeps_no_connection(database: Database) -> None:
    backend = asyncio.get_running_loop().create_future()

    async def fail() -> None:
        async with database.transaction(VISITOR) as tx:
            backend.set_result(tx.connection.info.backend_pid)
            os.kill(tx.connection.info.backend_pid, signal.SIGSTOP)  # so that it is still rolling back when told to end
            raise ZeroDivisionError

    task = asyncio.create_task(fail())
    await backend
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.sleep(0.05)
    os.kill(await backend, signal.SIGCONT)
    with contextlib.suppress(asyncio.CancelledError, ZeroDivisionError):
        await task
    async with asyncio.timeout(30):
        while database.connections()["highstreet_app", "busy"]:  # noqa: ASYNC110 - the pool has no event to wait for
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("notes")
async def test_all_rows_of_a_transaction_carry_one_instant(database: Database, clock: FixedClock) -> None:
    async with database.transaction(VISITOR) as tx:
        clock.advance(timedelta(hours=1))
        first, second = tx.new_id(), tx.new_id()
        assert tx.now == datetime(2026, 3, 2, 10, tzinfo=UTC)
        assert first != second
        assert first.int >> 80 == second.int >> 80 == int(tx.now.timestamp() * 1000)
    async with database.transaction(VISITOR) as tx:
        assert tx.now == datetime(2026, 3, 2, 11, tzinfo=UTC)


@pytest.mark.usefixtures("notes")
async def test_rows_are_built_by_their_column_names(database: Database) -> None:
    ids = [UUID(int=number) for number in range(1, 4)]
    async with database.transaction(VISITOR) as tx:
        await tx.execute_many(_WRITE, [(key, f"note {key.int}") for key in ids])
        assert await tx.fetch_all(Note, _READ) == [Note(key, f"note {key.int}") for key in ids]
        assert await tx.fetch_one(Note, "SELECT id, text FROM kit.notes WHERE id = %(id)s", {"id": ids[1]}) == Note(
            ids[1], "note 2"
        )
        assert await tx.fetch_one(Note, "SELECT id, text FROM kit.notes WHERE text = 'none'") is None
        assert await tx.execute("UPDATE kit.notes SET text = 'same' WHERE id <> %s", (ids[0],)) == 2


async def test_connections_that_died_while_idle_are_replaced_unnoticed(
    database: Database, administrator: psycopg.Connection, database_name: str
) -> None:
    await _fill_pool(database)
    administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database_name,))
    for _ in range(4):
        async with database.transaction(VISITOR) as tx:
            assert (await _who(tx)).role == "highstreet_app"


async def _fill_pool(database: Database) -> None:
    async def hold() -> None:
        async with database.transaction(VISITOR):
            await asyncio.sleep(0.1)

    await asyncio.gather(*(hold() for _ in range(6)))


@pytest.mark.usefixtures("notes")
async def test_a_connection_lost_in_mid_work_is_a_503_and_commits_nothing(
    database: Database, administrator: psycopg.Connection
) -> None:
    async def write() -> None:
        async with database.transaction(VISITOR) as tx:
            await tx.execute(_WRITE, (tx.new_id(), "half"))
            administrator.execute("SELECT pg_terminate_backend(%s, 1000)", (tx.connection.info.backend_pid,))
            await tx.execute(_WRITE, (tx.new_id(), "other half"))

    with pytest.raises(Unavailable, match="lost") as lost:
        await write()
    assert lost.value.retry_after == 1
    assert await _texts(database) == []


async def test_a_transaction_that_the_server_ended_for_idling_is_a_503(database: Database) -> None:
    async def idle() -> None:
        async with database.transaction(VISITOR) as tx:
            await tx.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
            await asyncio.sleep(0.5)
            await tx.execute("SELECT 1")

    with pytest.raises(Unavailable, match="lost"):
        await idle()


@pytest.mark.usefixtures("notes")
async def test_a_statement_that_failed_unseen_is_not_passed_off_as_committed(database: Database) -> None:
    async def hide() -> None:
        async with database.transaction(VISITOR) as tx:
            await tx.execute(_WRITE, (tx.new_id(), "lost"))
            with contextlib.suppress(psycopg.Error):
                await tx.execute("SELECT 1 / 0")

    with pytest.raises(RuntimeError, match="after a statement had failed"):
        await hide()
    assert await _texts(database) == []


@pytest.mark.usefixtures("notes")
async def test_a_pipeline_writes_in_order_and_what_fails_in_it_takes_the_transaction_with_it(
    database: Database,
) -> None:
    async def write(*texts: str | None) -> None:
        async with database.transaction(VISITOR) as tx:
            async with tx.pipeline():
                for text in texts:
                    await tx.execute(_WRITE, (tx.new_id(), text))
            assert await _texts(database) == []

    with pytest.raises(psycopg.errors.NotNullViolation):
        await write("lost", None, "lost as well")
    assert await _texts(database) == []
    await write("kept", "kept too")
    assert sorted(await _texts(database)) == ["kept", "kept too"]


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("INSERT INTO kit.closed VALUES (1)", "row-level security"),
        ("DELETE FROM kit.notes", "permission denied"),
    ],
)
async def test_what_a_policy_or_a_missing_grant_refuses_is_forbidden(
    database: Database, migrations_url: str, statement: LiteralString, why: str
) -> None:
    with psycopg.connect(migrations_url) as owner:
        owner.execute("""
            CREATE TABLE kit.closed (id integer);
            ALTER TABLE kit.closed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            GRANT INSERT ON kit.closed TO highstreet_app, highstreet_system;
        """)
    for begin in (lambda: database.transaction(VISITOR), database.system):
        with pytest.raises(Forbidden) as refused:
            async with begin() as tx:
                await tx.execute(statement)
        assert why in str(refused.value.__cause__)
        assert "kit." not in str(refused.value), "a user may read it"


@pytest.mark.usefixtures("notes")
async def test_what_is_locked_for_long_is_a_503_and_not_a_wait(database: Database) -> None:
    async def write(text: str) -> None:
        async with database.transaction(VISITOR) as tx:
            await tx.execute("SET LOCAL lock_timeout = '50ms'")
            await tx.execute(_WRITE, (UUID(int=1), text))

    async with database.transaction(VISITOR) as holder:
        await holder.execute(_WRITE, (UUID(int=1), "held"))
        with pytest.raises(Unavailable, match="same thing at once"):
            await write("wanted")
    assert await _texts(database) == ["held"]


async def test_a_statement_that_takes_too_long_is_a_503(database: Database) -> None:
    async def sleep() -> None:
        async with database.transaction(VISITOR) as tx:
            await tx.execute("SET LOCAL statement_timeout = '50ms'")
            await tx.execute("SELECT pg_sleep(5)")

    with pytest.raises(Unavailable, match="too long"):
        await sleep()


@pytest.mark.parametrize("role", ["highstreet_app", "highstreet_system"])
async def test_no_connection_waits_for_ever(database: Database, role: str) -> None:
    async with database.system() if role == "highstreet_system" else database.transaction(VISITOR) as tx:
        limits = await tx.fetch_all(
            dict[str, str],
            """
            SELECT name, setting FROM pg_catalog.pg_settings
            WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
            """,
        )
    assert len(limits) == 3
    assert all(0 < int(limit["setting"]) <= 600_000 for limit in limits)


async def test_a_mistake_in_a_statement_is_not_hidden(database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with database.transaction(VISITOR) as tx:
            await tx.execute("SELECT * FROM kit.nothing")


async def test_more_requests_than_connections_wait_a_moment_and_are_then_told_to_come_back(
    database_url: str, clock: FixedClock, rng: Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit_database, "_WAIT_FOR_CONNECTION_S", 0.3)
    async with open_database(database_url, clock, rng, max_connections=1) as database:
        async with database.transaction(VISITOR):
            with pytest.raises(Unavailable, match="is free") as busy:
                async with database.transaction(VISITOR):
                    pass
            assert busy.value.retry_after == 1
        async with database.transaction(VISITOR) as tx:
            assert (await _who(tx)).kind == "visitor"


async def test_a_database_that_cannot_be_reached_stops_the_start_without_telling_the_password(
    clock: FixedClock, rng: Random
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        async with open_database("postgresql://app:hunter2@127.0.0.1:1/deals", clock, rng):
            pass
    assert "127.0.0.1:1/deals cannot be used" in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_a_login_that_may_not_take_the_roles_is_told_what_to_run(
    postgres: EmbeddedPostgres, administrator: psycopg.Connection, database_name: str, clock: FixedClock, rng: Random
) -> None:
    administrator.execute("CREATE ROLE stranger LOGIN")
    try:
        with pytest.raises(ConfigurationError, match="run `highstreet migrate` first"):
            async with open_database(postgres.url("stranger", database_name), clock, rng):
                pass
    finally:
        administrator.execute("DROP ROLE stranger")


@pytest.mark.usefixtures("notes")
async def test_readers_that_share_a_snapshot_see_one_moment_and_change_nothing(database: Database) -> None:
    async def write(text: str) -> None:
        async with database.system() as tx:
            await tx.execute(_WRITE, (tx.new_id(), text))

    async def seen(tx: Transaction) -> list[str]:
        return [note.text for note in await tx.fetch_all(Note, _READ)]

    await write("before")
    async with database.reading() as first:
        snapshot = await first.share_snapshot()
        await write("after")
        async with database.reading(snapshot) as second:
            assert await _who(second) == Who("highstreet_system", "highstreet", "system", None, "UTC")
            assert await seen(second) == await seen(first) == ["before"]
            await write("later")
            assert await seen(second) == ["before"]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await first.execute(_WRITE, (first.new_id(), "never"))
        await first.connection.rollback()
    assert sorted(await _texts(database)) == ["after", "before", "later"]
    with pytest.raises(Unavailable):
        async with database.reading(snapshot):
            pass
    async with database.reading() as tx:
        assert len(await seen(tx)) == 3
