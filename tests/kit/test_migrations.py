"""Migrations reach the same shape from anywhere, take turns, and never stand in the way of live work."""

import re
import shutil
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Protocol

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from highstreet.kit import migrations, revisions
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import VISITOR, Database, open_database
from highstreet.kit.errors import ConfigurationError, Unavailable
from highstreet.kit.postgres.home import make_home
from highstreet.kit.postgres.server import ADMINISTRATOR, DATABASE, LOGIN, OWNER, EmbeddedPostgres, serve
from tests.scratch import scratch_directory

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


class AddRevision(Protocol):
    def __call__(self, statements: str, runner: str = "run") -> str: ...


@pytest.fixture
def add_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[AddRevision]:
    """Adds a revision of the given SQL after the newest, for this test alone."""
    copied = tmp_path / "migrations"
    shutil.copytree(VERSIONS.parent, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for module in (migrations, revisions):
        monkeypatch.setattr(module, "directory", lambda: copied)

    def add(statements: str, runner: str = "run") -> str:
        newest = revisions.head()
        name = f"{int(newest[:4]) + 1:04}_added"
        (copied / "versions" / f"{name}.sql").write_text(statements)
        (copied / "versions" / f"{name}.py").write_text(
            f"from highstreet.kit.migrations import {runner}\n"
            f'revision = "{name}"\ndown_revision = "{newest}"\n\ndef upgrade():\n    {runner}(__file__)\n'
        )
        revisions.revisions.cache_clear()
        return name

    yield add
    revisions.revisions.cache_clear()


def test_every_revision_is_one_numbered_step_with_its_sql_beside_it() -> None:
    steps = revisions.revisions()
    assert [int(step[:4]) for step in steps] == list(range(1, len(steps) + 1))
    assert sorted(path.stem for path in VERSIONS.glob("*.py")) == list(steps)
    parts = sorted(path.stem for path in VERSIONS.glob("*.sql"))
    assert {part[:4] for part in parts} == {step[:4] for step in steps}
    assert [part for part in parts if not part.startswith(steps)] == []
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", step) for step in steps)


def test_the_order_of_the_files_is_the_order_that_the_migration_tool_walks() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(walked)) == revisions.revisions()


def test_an_empty_database_is_brought_all_the_way_and_the_second_run_changes_nothing(
    postgres: EmbeddedPostgres, empty_database: str
) -> None:
    owner, login = postgres.url(OWNER, empty_database), postgres.url(LOGIN, empty_database)
    assert migrations.lacking(owner) == revisions.revisions()
    assert migrations.migrate(owner, database_url=login) == revisions.revisions()
    assert migrations.lacking(owner) == ()
    assert migrations.migrate(owner, database_url=login) == ()


async def test_readiness_can_ask_for_what_is_pending_before_and_after(
    postgres: EmbeddedPostgres, database: Database, empty_database: str, clock: FixedClock, rng: Random
) -> None:
    async with database.transaction(VISITOR) as tx:
        assert await revisions.pending(tx) == ()
    async with (
        open_database(postgres.url(LOGIN, empty_database), clock, rng) as untouched,
        untouched.transaction(VISITOR) as tx,
    ):
        assert await revisions.pending(tx) == revisions.revisions()


async def test_one_login_may_be_both_owner_and_application(
    postgres: EmbeddedPostgres, empty_database: str, clock: FixedClock, rng: Random
) -> None:
    url = postgres.url(OWNER, empty_database)
    migrations.migrate(url)
    async with open_database(url, clock, rng) as database, database.transaction(VISITOR) as tx:
        assert await revisions.pending(tx) == ()


async def test_a_database_of_a_newer_version_is_left_alone(database: Database, migrations_url: str) -> None:
    with psycopg.connect(migrations_url) as owner:
        owner.execute("UPDATE kit.alembic_version SET version_num = '9999_later'")
    with pytest.raises(ConfigurationError, match="migrated to 9999_later by a newer version"):
        migrations.migrate(migrations_url)
    async with database.transaction(VISITOR) as tx:
        with pytest.raises(ConfigurationError, match="newer version"):
            await revisions.pending(tx)


def test_two_migrators_take_turns(postgres: EmbeddedPostgres, empty_database: str) -> None:
    owner = postgres.url(OWNER, empty_database)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(owner, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (migrations.TURN_KEY,))
        migrating = pool.submit(migrations.migrate, owner)
        time.sleep(0.7)
        assert migrations.lacking(owner) == revisions.revisions()
        other.execute("SELECT pg_advisory_unlock(%s)", (migrations.TURN_KEY,))
        assert migrating.result(timeout=30) == revisions.revisions()


def test_a_migration_that_fails_leaves_nothing_of_itself(migrations_url: str, add_revision: AddRevision) -> None:
    added = add_revision("CREATE TABLE kit.half (id int); SELECT 1 / 0;")
    with pytest.raises(Exception, match="division by zero"):
        migrations.migrate(migrations_url)
    assert migrations.lacking(migrations_url) == (added,)
    with psycopg.connect(migrations_url) as owner:
        assert owner.execute("SELECT to_regclass('kit.half')").fetchone() == (None,)


def test_a_migration_waits_for_a_long_transaction_without_holding_up_others(
    migrations_url: str, add_revision: AddRevision, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = add_revision("ALTER TABLE kit.facts ADD COLUMN added int;")
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT_MS", 200)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(migrations_url) as long:
        long.execute("SELECT count(*) FROM kit.facts")  # holds its lock until the transaction ends
        migrating = pool.submit(migrations.migrate, migrations_url)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            # Behind a migration that waited without end, this query would wait as long.
            with psycopg.connect(migrations_url, options="-c statement_timeout=10000") as other:
                other.execute("SELECT count(*) FROM kit.facts")
        assert not migrating.done()
        long.commit()
        assert migrating.result(timeout=20) == (added,)
    assert migrations.lacking(migrations_url) == ()


def test_an_index_is_added_while_others_write_and_after_an_interrupted_run(
    migrations_url: str, add_revision: AddRevision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT_MS", 50)
    added = add_revision(
        "DROP INDEX CONCURRENTLY IF EXISTS kit.facts_added;\n"
        "CREATE INDEX CONCURRENTLY facts_added ON kit.facts (name);\n",
        runner="run_concurrently",
    )
    with ThreadPoolExecutor(1) as pool, psycopg.connect(migrations_url) as writer:
        writer.execute("CREATE INDEX facts_added ON kit.facts (position)")  # what a run that was killed might leave
        writer.commit()
        writer.execute("LOCK TABLE kit.facts IN ROW EXCLUSIVE MODE")  # what every write holds
        migrating = pool.submit(migrations.migrate, migrations_url)
        time.sleep(0.7)
        with psycopg.connect(migrations_url, options="-c statement_timeout=3000") as other:
            other.execute("LOCK TABLE kit.facts IN ROW EXCLUSIVE MODE")
        assert not migrating.done()
        writer.commit()
        assert migrating.result(timeout=20) == (added,)
        made = writer.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'kit.facts_added'::regclass")
        assert made.fetchall() == [(True,)]


def test_a_migration_that_never_gets_its_lock_gives_up_and_changes_nothing(
    migrations_url: str, add_revision: AddRevision, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = add_revision("ALTER TABLE kit.facts ADD COLUMN added int;")
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT_MS", 20)
    monkeypatch.setattr(migrations, "_PAUSE_S", 0.01)
    with psycopg.connect(migrations_url) as long:
        long.execute("SELECT count(*) FROM kit.facts")
        with pytest.raises(Unavailable, match="Live work never let go"):
            migrations.migrate(migrations_url)
    assert migrations.lacking(migrations_url) == (added,)


@pytest.fixture
def new_server() -> Generator[EmbeddedPostgres]:
    """A server on which nobody has ever migrated anything, so that it has no roles yet."""
    with scratch_directory() as directory, serve(make_home(directory / "postgres"), durable=False) as server:
        yield server


def test_a_login_that_may_not_create_roles_is_told_what_to_run(new_server: EmbeddedPostgres) -> None:
    with psycopg.connect(new_server.url(ADMINISTRATOR, "postgres"), autocommit=True) as administrator:
        administrator.execute("CREATE ROLE modest LOGIN")
        administrator.execute("CREATE DATABASE modest OWNER modest")
        with pytest.raises(ConfigurationError, match="as an administrator of PostgreSQL, run: ") as refused:
            migrations.migrate(new_server.url("modest", "modest"))
        administrator.execute(str(refused.value).partition("run: ")[2].encode())
    assert migrations.migrate(new_server.url("modest", "modest")) == revisions.revisions()


def test_databases_of_one_new_server_may_be_migrated_at_once(new_server: EmbeddedPostgres) -> None:
    """Another database's migrator has made the roles, then granted them, and has not committed yet."""
    owner, login = new_server.url(OWNER, DATABASE), new_server.url(LOGIN, DATABASE)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(new_server.url(OWNER, "postgres")) as other:
        for step in ("CREATE ROLE highstreet_app; CREATE ROLE highstreet_system", _GRANT):
            other.execute(step.encode())
            migrating = pool.submit(migrations.migrate, owner, database_url=login)
            time.sleep(0.5)
            assert not migrating.done()
            other.commit()
            migrating.result(timeout=30)
            other.execute("REVOKE highstreet_app, highstreet_system FROM highstreet")
            other.commit()
    assert migrations.lacking(owner) == ()


_GRANT = "GRANT highstreet_app, highstreet_system TO highstreet WITH INHERIT FALSE, SET TRUE"
