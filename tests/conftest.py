"""What every test may ask for: a real database of its own, a clock that stands still, and chance that repeats."""

import itertools
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import hypothesis
import psycopg
import pytest
from psycopg import sql

from highstreet.kit import migrations
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, open_database
from highstreet.kit.postgres.home import make_home
from highstreet.kit.postgres.server import ADMINISTRATOR, LOGIN, OWNER, EmbeddedPostgres, serve
from highstreet.kit.settings import Environment, Secret, Settings
from tests.scratch import scratch_directory, sweep

# The same examples every time, on a machine of any speed: a failure of one run is a failure of the next.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("repeatable")

_TEMPLATE = "migrated"
_DROPPED_LATER = 3
"""A database whose connections were closed a moment ago is waited for by DROP DATABASE, in steps of 100 ms."""
_LONGEST = (
    "corpus/test_corpus.py",
    "discovery/search/test_find.py",
    "journeys/test_demo.py",
    "web/test_serving.py",
    "simulation/test_simulation.py",
    "journeys/test_accessibility.py",
    "journeys/test_pictures.py",
    "market/feeds/test_import_killed.py",
    "web/test_traces.py",
    "proofs/test_proofs.py",
)
"""Files that take more than ten seconds, in the order in which they are begun, before all others: so none is left to
one process while the other has nothing to do. The first that searches compiles the kernels for all of them.
"""
_numbers = itertools.count(1)
_left: deque[str] = deque()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Clear away what runs left behind that were killed; under xdist once, not in every worker."""
    if not hasattr(session.config, "workerinput"):
        sweep()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; `./dev test` hands files out in this order."""
    rank = {str(Path(__file__).parent / name): number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: rank.get(str(item.path), len(rank)))


@pytest.fixture(scope="session")
def postgres() -> Generator[EmbeddedPostgres]:
    """A server for this pytest process alone."""
    with (
        scratch_directory(in_memory=True) as directory,
        serve(make_home(directory / "postgres"), durable=False) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def administrator(postgres: EmbeddedPostgres) -> Generator[psycopg.Connection]:
    """A superuser's connection, for making and dropping whole databases."""
    with psycopg.connect(postgres.url(ADMINISTRATOR, "postgres"), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres, administrator: psycopg.Connection) -> str:
    """The name of a freshly migrated, empty database that others are copied from."""
    administrator.execute(
        sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(_TEMPLATE), sql.Identifier(OWNER))
    )
    migrations.migrate(postgres.url(OWNER, _TEMPLATE), database_url=postgres.url(LOGIN, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def database_name(migrated_template: str, administrator: psycopg.Connection) -> Iterator[str]:
    """A migrated database of this test's own, dropped some tests later."""
    name = f"test_{next(_numbers)}"
    administrator.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(migrated_template), sql.Identifier(OWNER)
        )
    )
    yield name
    _left.append(name)
    while len(_left) > _DROPPED_LATER:
        administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_left.popleft())))


@pytest.fixture
def empty_database(administrator: psycopg.Connection) -> Iterator[str]:
    """The name of a database that nothing has touched; the server's roles may be there already."""
    name = f"test_{next(_numbers)}"
    administrator.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
    yield name
    administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, database_name: str) -> str:
    """The application's login."""
    return postgres.url(LOGIN, database_name)


@pytest.fixture
def migrations_url(postgres: EmbeddedPostgres, database_name: str) -> str:
    """The owner's login."""
    return postgres.url(OWNER, database_name)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 10, tzinfo=UTC))


@pytest.fixture
def rng() -> Random:
    return Random(7)


@pytest.fixture
async def database(database_url: str, clock: FixedClock, rng: Random) -> AsyncGenerator[Database]:
    async with open_database(database_url, clock, rng) as opened:
        yield opened


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        env=Environment.TEST,
        database_url=Secret(database_url),
        data_dir=tmp_path,
        port=0,
        secret_key=Secret("a secret of the tests, and of nobody else"),
    )
