"""Highstreet runs on a PostgreSQL of the operator's own, of every version that is promised and installed here."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncGenerator, Generator, Iterable
from pathlib import Path
from random import Random
from urllib.parse import quote

import msgspec
import psycopg
import pytest

from highstreet.kit import jobs, migrations, outbox, relay, revisions
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Database, Transaction, open_database
from highstreet.kit.errors import Forbidden
from highstreet.kit.jobs import Job, Pace
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.postgres.home import make_home
from highstreet.kit.postgres.programs import Programs, installed
from highstreet.market.catalog import service as catalog
from tests.market.catalog.conftest import Publish, World, publish, stated, world
from tests.scratch import scratch_directory

__all__ = ["publish", "world"]

OLDEST = 15
_PROGRAMS = ("initdb", "pg_ctl", "postgres")
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
"""Where Debian, Red Hat, a build by hand and Homebrew put the programs."""


def _found() -> dict[int, Path]:
    """The installations of this machine by major version, but for that of the wheel, which every other test runs on."""
    on_path = shutil.which("initdb", path=os.environ.get("PATH"))
    directories = [found for place in _PLACES for found in Path("/").glob(place[1:])]
    directories += [Path(on_path).resolve().parent] if on_path else []
    whole = [directory for directory in directories if all((directory / name).exists() for name in _PROGRAMS)]
    versions = {_major(directory): directory.parent for directory in whole}
    embedded = int(installed().name.removeprefix("pginstall"))
    return {major: directory for major, directory in sorted(versions.items()) if major >= OLDEST and major != embedded}


def _major(directory: Path) -> int:
    told = subprocess.run([directory / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\) (\d+)", told)
    return int(version.group(1)) if version else 0


def _servers() -> Iterable[object]:
    found = _found()
    for major, directory in found.items():
        yield pytest.param((major, directory), id=f"postgresql-{major}")
    if not found:
        reason = f"no other PostgreSQL from {OLDEST} on is installed: ONLY the embedded version was tried"
        yield pytest.param((0, Path()), id="none", marks=pytest.mark.skip(reason=reason))


class Given(msgspec.Struct, frozen=True):
    """A database as an operator may have made it: an owner who is no superuser, and a login that owns nothing."""

    owner: str
    login: str


@pytest.fixture(scope="module", params=_servers())
def given_database(request: pytest.FixtureRequest) -> Generator[Given]:
    major, directory = request.param
    with scratch_directory() as temporary:
        home = make_home(temporary / "given")
        programs = Programs(directory=directory, major=major, owner=home.owner)
        home.cluster.mkdir(mode=0o700)
        if home.owner:
            os.chown(home.cluster, home.owner.uid, home.owner.gid)
        _run(programs, "initdb", f"--pgdata={home.cluster}", "--username=postgres", "--auth=trust", "--no-sync")
        options = f"-c listen_addresses= -c fsync=off -c unix_socket_directories={home.sockets}"
        arguments = (f"--pgdata={home.cluster}", f"--log={home.log}", f"--options={options}", "--wait")
        _run(programs, "pg_ctl", "start", *arguments)
        try:
            yield _give(f"@/{{}}?host={quote(str(home.sockets), safe='')}", major)
        finally:
            _run(programs, "pg_ctl", "stop", f"--pgdata={home.cluster}", "--mode=immediate", "--wait")


def _run(programs: Programs, program: str, *arguments: str) -> None:
    result = programs.run(program, *arguments)
    assert result.returncode == 0, result.stderr


def _give(where: str, major: int) -> Given:
    with psycopg.connect(f"postgresql://postgres{where.format('postgres')}", autocommit=True) as administrator:
        assert administrator.info.server_version // 10_000 == major
        administrator.execute("CREATE ROLE town LOGIN CREATEROLE")
        administrator.execute("CREATE ROLE town_app LOGIN")
        administrator.execute("CREATE DATABASE town OWNER town TEMPLATE template0 ENCODING 'UTF8'")
    return Given(owner=f"postgresql://town{where.format('town')}", login=f"postgresql://town_app{where.format('town')}")


@pytest.fixture(scope="module")
def migrated(given_database: Given) -> Given:
    assert migrations.lacking(given_database.owner) == revisions.revisions()
    assert migrations.migrate(given_database.owner, database_url=given_database.login) == revisions.revisions()
    return given_database


@pytest.fixture
async def database(migrated: Given, clock: FixedClock, rng: Random) -> AsyncGenerator[Database]:
    """In place of the one of the embedded server, also for the fixtures of the catalogue."""
    async with open_database(migrated.login, clock, rng) as opened:
        yield opened


class Parcel(msgspec.Struct, frozen=True):
    number: int


async def test_migrations_lead_all_the_way_and_once(migrated: Given) -> None:
    assert migrations.migrate(migrated.owner, database_url=migrated.login) == ()


async def test_a_deal_is_published_followed_told_of_and_worked_on(
    database: Database, migrated: Given, world: World, publish: Publish
) -> None:
    deal_id = await publish()
    async with database.system() as tx:
        outcome = await catalog.import_deals(tx, [stated(key, world.chicago) for key in "ab"])
    assert (outcome.new, outcome.changed, outcome.same) == (2, 0, 0)
    async with database.system() as tx:
        everything = await catalog.changed_deals(tx, None)
    assert len(everything.published) == 3
    async with database.transaction(OPERATOR) as tx:
        await catalog.pause(tx, deal_id)
    async with database.system() as tx:
        changes = await catalog.changed_deals(tx, everything.cursor)
    assert (changes.published, changes.withdrawn) == ([], [deal_id])
    with pytest.raises(Forbidden):
        async with database.transaction(VISITOR) as tx:
            await tx.execute("INSERT INTO catalog.merchants SELECT * FROM catalog.merchants")

    assert await _hear(database, "deal.paused") == [deal_id]
    assert await _work(database, migrated.login) == Parcel(1)


async def _hear(database: Database, name: str) -> list[object]:
    """Whom facts of a name are about, as the outbox hands them over."""
    heard: list[object] = []

    async def handle(tx: Transaction, fact: Fact) -> None:
        del tx
        heard.append(fact.aggregate_id)

    listener = Subscriber("listener", frozenset({name}), handle)
    await relay.subscribe(database, [listener])
    while await relay.route(database):
        pass
    while await relay.deliver(database, {"listener": listener}, Random(1), relay.RetryPolicy()):
        pass
    async with database.system() as tx:
        assert [(one.pending, one.dead) for one in await outbox.standing(tx)] == [(0, 0)]
    return heard


async def _work(database: Database, url: str) -> Parcel:
    """The parcel that a worker was handed."""
    handed = asyncio.get_running_loop().create_future()

    async def run(_: Database, parcel: Parcel) -> None:
        handed.set_result(parcel)

    job = Job("parcel", Parcel, run)
    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, job, Parcel(1), lock="parcel", queueing_lock="parcel")
    working = asyncio.create_task(jobs.run_jobs(database, url, [job], Random(1), Pace(look_every_s=0.05)))
    try:
        async with asyncio.timeout(60):
            return await handed
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
