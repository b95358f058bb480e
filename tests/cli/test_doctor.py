"""`highstreet doctor` finds what is wrong with an installation, says so, and changes nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit import migrations, outbox, relay, revisions
from highstreet.kit.clock import FileClock, SystemClock
from highstreet.kit.database import VISITOR, Database, Transaction, open_database
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.postgres.home import base_of
from highstreet.kit.postgres.server import LOGIN, OWNER, EmbeddedPostgres
from highstreet.kit.relay import RetryPolicy
from tests.discovery.search.market import open_market

Levels = dict[str, str]

_WITHOUT_CATEGORIES = """
    ALTER TABLE catalog.categories NO FORCE ROW LEVEL SECURITY;
    DELETE FROM catalog.categories;
    ALTER TABLE catalog.categories FORCE ROW LEVEL SECURITY;
"""


class Installation:
    """Settings of a test's own, and what the doctor says about them."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        given = {"env": "test", "data_dir": str(data_dir), **settings}
        self.environ = {f"HIGHSTREET_{name.upper()}": text for name, text in given.items()}

    def run(self, *options: str) -> Result:
        return CliRunner().invoke(group, ["doctor", *options], env=self.environ)

    def levels(self) -> Levels:
        """What is not well, by check; the exit code goes with it."""
        run = self.run("--json")
        told = json.loads(run.output)
        findings = {each["check"]: each["level"] for each in told["findings"]}
        findings.pop("leftover databases")  # of this machine, not of the test
        assert told["ok"] == ("fail" not in findings.values())
        assert run.exit_code == (0 if told["ok"] else 1)
        return {check: level for check, level in findings.items() if level != "ok"}


def _act(url: str, work: Callable[[Database], Awaitable[object]]) -> None:
    async def opened() -> None:
        async with open_database(url, SystemClock(), Random(3)) as database:
            await work(database)

    asyncio.run(opened())


@pytest.fixture
def market(database_url: str, tmp_path: Path) -> Installation:
    _act(database_url, open_market)
    return Installation(tmp_path, database_url=database_url)


async def _refuse(tx: Transaction, fact: Fact) -> None:
    del tx, fact
    raise RuntimeError("the letterbox is shut")


async def _leave_a_dead_letter(database: Database) -> None:
    postman = Subscriber("postman", frozenset({"thrown"}), _refuse)
    await relay.subscribe(database, [postman])
    async with database.transaction(VISITOR) as tx:
        await outbox.record(tx, aggregate="ball", aggregate_id=UUID(int=1), name="thrown", payload={})
    while await relay.route(database):
        pass
    await relay.deliver(database, {"postman": postman}, Random(1), RetryPolicy(attempts=1))


async def _leave_a_fact(database: Database) -> None:
    await relay.subscribe(database, [Subscriber("postman", frozenset({"thrown"}), _refuse)])
    async with database.transaction(VISITOR) as tx:
        await outbox.record(tx, aggregate="ball", aggregate_id=UUID(int=1), name="thrown", payload={})


def test_a_healthy_installation_passes_and_every_check_says_so(market: Installation) -> None:
    assert market.levels() == {}
    said = market.run().output
    assert "ok    search: 0 deals are live, for search to find." in said
    assert "ok    row security: Row-level security is forced on all" in said
    assert f"up to {revisions.head()}." in said


@pytest.mark.parametrize(
    ("damage", "check", "level"),
    [
        ("ALTER TABLE catalog.deals NO FORCE ROW LEVEL SECURITY", "row security", "fail"),
        ("DROP POLICY system_works ON catalog.deals", "row security", "warn"),
        ("UPDATE kit.alembic_version SET version_num = '9999_later'", "migrations", "fail"),
        ("ALTER TABLE catalog.deals RENAME TO offers", "search", "fail"),
        (_WITHOUT_CATEGORIES, "categories", "warn"),
    ],
)
def test_what_was_damaged_is_found(
    market: Installation, migrations_url: str, damage: str, check: str, level: str
) -> None:
    with psycopg.connect(migrations_url) as owner:
        owner.execute(damage.encode())
    assert market.levels() == {check: level}


def test_what_waits_for_a_person_is_told(market: Installation, database_url: str, migrations_url: str) -> None:
    _act(database_url, _leave_a_dead_letter)
    assert market.levels() == {"dead letters": "warn"}
    assert "`highstreet outbox list` says why" in market.run().output
    del migrations_url


def test_facts_that_nobody_carries_are_told(market: Installation, database_url: str, tmp_path: Path) -> None:
    _act(database_url, _leave_a_fact)
    assert market.levels() == {}
    FileClock(tmp_path / "clock").advance(timedelta(minutes=5))
    assert market.levels() == {"test clock": "warn", "outbox backlog": "warn"}
    FileClock(tmp_path / "clock").advance(timedelta(hours=5))
    assert market.levels() == {"test clock": "warn", "outbox backlog": "fail"}


def test_a_login_that_may_not_take_the_roles_is_told(
    market: Installation, administrator: psycopg.Connection, database_url: str, tmp_path: Path
) -> None:
    del market
    administrator.execute("CREATE ROLE stranger LOGIN")
    try:
        found = Installation(tmp_path, database_url=database_url.replace(f"{LOGIN}@", "stranger@")).levels()
    finally:
        administrator.execute("DROP ROLE stranger")
    assert found["roles"] == "fail"
    assert "postgresql" not in found
    assert found["search"] == "fail"


def test_a_database_that_was_never_migrated_is_told(
    postgres: EmbeddedPostgres, empty_database: str, tmp_path: Path
) -> None:
    installation = Installation(tmp_path, database_url=postgres.url(LOGIN, empty_database))
    found = installation.levels()
    assert (found["row security"], found["migrations"], found["places"]) == ("fail", "fail", "fail")
    assert "What to do: run `highstreet migrate`." in installation.run().output
    migrations.migrate(postgres.url(OWNER, empty_database), database_url=postgres.url(LOGIN, empty_database))
    assert installation.levels() == {"places": "warn", "categories": "warn"}


def test_where_nothing_is_nothing_is_made(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data")
    assert installation.levels()["database"] == "fail"
    assert list(tmp_path.iterdir()) == []
    assert not base_of(tmp_path / "data").exists()


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path) -> None:
    installation = Installation(tmp_path, database_url="postgresql://app:hunter2@127.0.0.1:1/deals")
    assert installation.levels()["database"] == "fail"
    assert "hunter2" not in installation.run().output


def test_production_is_asked_for_its_settings(database_url: str, market: Installation, tmp_path: Path) -> None:
    del market
    assert Installation(tmp_path, database_url=database_url, env="production").levels() == {
        "secret key": "fail",
        "public url": "warn",
        "mail": "warn",
        "payments": "warn",
    }
