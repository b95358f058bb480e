"""A backup, restored on another server under another owner, is the same marketplace, and goes on working."""

import asyncio
import itertools
import json
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TypeVar
from uuid import UUID

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql

from highstreet.__main__ import group
from highstreet.kit import generated, jobs, migrations, outbox, relay, revisions, schema
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import OPERATOR, VISITOR, Database, Transaction, open_database
from highstreet.kit.errors import ConfigurationError, Conflict, HighstreetError, InvalidInput
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.pictures.making import Workshop
from highstreet.kit.postgres.home import make_home
from highstreet.kit.postgres.programs import programs_for
from highstreet.kit.postgres.server import ADMINISTRATOR, LOGIN, OWNER, EmbeddedPostgres, serve
from highstreet.kit.relay import RetryPolicy
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.deals import PublishedDeal
from highstreet.market.catalog.domain.imports import ImportedDeal, ImportedOption
from tests.discovery.search.market import open_market
from tests.photographs import encoded, photograph

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
BALL = UUID(int=1)
FAR_AHEAD = "999999999999"
"""A number of a transaction that no server of these tests reaches."""

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def other_server() -> Generator[EmbeddedPostgres]:
    """Another machine's: nothing of ours was ever on it, and its owner and its login have names of their own."""
    with tempfile.TemporaryDirectory(prefix="highstreet-other-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        with serve(make_home(Path(directory) / "postgres"), durable=False) as server:
            with psycopg.connect(server.url(ADMINISTRATOR, "postgres"), autocommit=True) as administrator:
                administrator.execute("CREATE ROLE landlady LOGIN CREATEROLE")
                administrator.execute("CREATE ROLE tenant LOGIN")
            yield server


class Place(msgspec.Struct, frozen=True):
    """A database, as its owner and as the application's login reach it, and a directory of blobs."""

    owner: str
    login: str
    blobs: Path

    def run(self, *arguments: str) -> Result:
        environ = {
            "HIGHSTREET_BLOBS_URL": self.blobs.as_uri(),
            "HIGHSTREET_DATABASE_URL": self.login,
            "HIGHSTREET_MIGRATIONS_URL": self.owner,
            "HIGHSTREET_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "HIGHSTREET_PUBLIC_URL": "https://deals.example",
            "HIGHSTREET_TRUSTED_PROXIES": "127.0.0.1",
        }
        return CliRunner().invoke(group, arguments, env=environ)

    def act(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Commands make a loop of their own, so no test here has one."""

        async def opened() -> T:
            async with open_database(self.login, FixedClock(NOW), Random(3)) as database:
                return await work(database)

        return asyncio.run(opened())


@pytest.fixture
def elsewhere(other_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Place:
    name = f"elsewhere_{next(_numbers)}"
    with psycopg.connect(other_server.url(ADMINISTRATOR, "postgres"), autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE DATABASE {} OWNER landlady").format(sql.Identifier(name)))
    blobs = tmp_path_factory.mktemp("elsewhere") / "blobs"
    return Place(other_server.url("landlady", name), other_server.url("tenant", name), blobs)


@pytest.fixture(scope="module")
def here(
    postgres: EmbeddedPostgres,
    migrated_template: str,
    administrator: psycopg.Connection,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[Place]:
    """A marketplace with deals of both kinds, a fact that nobody was handed yet, one that is dead, a job, and blobs."""
    name = sql.Identifier("market_to_back_up")
    administrator.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
            name, sql.Identifier(migrated_template), sql.Identifier(OWNER)
        )
    )
    place = Place(
        postgres.url(OWNER, "market_to_back_up"),
        postgres.url(LOGIN, "market_to_back_up"),
        tmp_path_factory.mktemp("here") / "blobs",
    )
    place.act(lambda database: _fill(database, place.blobs))
    _count_far(postgres.url(ADMINISTRATOR, "market_to_back_up"))
    yield place
    administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _count_far(url: str) -> None:
    with psycopg.connect(url) as administrator:
        # As after years of work: triggers would put the true numbers.
        administrator.execute("SET session_replication_role = replica")
        administrator.execute("UPDATE catalog.deals SET changed_xid = %s::text::xid8", [FAR_AHEAD])
        administrator.execute("UPDATE kit.facts SET xid = %s::text::xid8", [FAR_AHEAD])


@pytest.fixture(scope="module")
def backup(here: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("kept") / "all.backup"
    assert here.run("backup", str(file)).exit_code == 0
    return file


@pytest.fixture
def file(backup: Path, tmp_path: Path) -> Path:
    """A backup of `here` to be spoilt."""
    return Path(shutil.copy(backup, tmp_path))


class Parcel(msgspec.Struct):
    number: int


async def _forget(database: Database, parcel: Parcel) -> None:
    del database, parcel


async def _refuse(tx: Transaction, fact: Fact) -> None:
    del tx, fact
    raise RuntimeError("the letterbox is shut")


async def _fill(database: Database, directory: Path) -> None:
    market = await open_market(database)
    blobs = open_blobs(Settings(blobs_url=directory.as_uri()))
    await blobs.put(b"a drawing that no deal shows")
    picture = await catalog.prepare_picture(Workshop(blobs), encoded(photograph(1, 400, 300)), "photograph.jpg")
    async with database.transaction(OPERATOR) as tx:
        with_picture = await market.publish(tx, title="Pizza with a picture")
        await catalog.attach_picture(tx, with_picture, picture, alt="A pizza")
        for number in range(3):
            await market.publish(tx, title=f"Pizza number {number}\twith a tab, a \\ and a\nnew line")
        await catalog.create_deal(tx, market.draft(tx, title="A draft that nobody sees"))
    async with database.system() as tx:
        (chicago,) = await catalog.find_places(tx, "Chicago")
        await catalog.import_deals(
            tx,
            [
                ImportedDeal(
                    feed="gazette",
                    key="a",
                    title="Haircut",
                    url="https://gazette.example/a",
                    currency="USD",
                    options=(ImportedOption(title="Cut", price_minor=2000, value_minor=4000),),
                    reach=market.draft(tx).reach,
                    places=(chicago.id,),
                    starts_at=NOW,
                )
            ],
        )
    postman = Subscriber("postman", frozenset({"thrown"}), _refuse)
    await relay.subscribe(database, [postman])
    await _throw(database, 1)
    while await relay.route(database):
        pass
    await relay.deliver(database, {"postman": postman}, Random(1), RetryPolicy(attempts=1))
    await _throw(database, 2)
    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, jobs.Job("parcel", Parcel, _forget), Parcel(1))


def _blobs_of(directory: Path) -> dict[str, bytes]:
    """Every file, by its place in the directory."""
    return {str(file.relative_to(directory)): file.read_bytes() for file in directory.rglob("*") if file.is_file()}


async def _throw(database: Database, number: int) -> None:
    async with database.transaction(VISITOR) as tx:
        await outbox.record(tx, aggregate="ball", aggregate_id=BALL, name="thrown", payload={"number": number})


async def _shown(database: Database) -> dict[UUID, PublishedDeal]:
    async with database.system() as tx:
        return {deal.id: deal for deal in (await catalog.changed_deals(tx, None)).published}


def test_the_same_deals_are_shown_after_a_restore_under_another_owner(
    here: Place, elsewhere: Place, other_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    file = tmp_path / "all.backup"
    made = here.run("backup", str(file), "--json")
    assert made.exit_code == 0, made.output
    manifest = json.loads(made.output)
    assert manifest["revision"] == revisions.head()
    assert manifest["rows"]["catalog.deals"] == 6
    assert (manifest["rows"]["kit.facts"] > 2, manifest["rows"]["jobs.procrastinate_jobs"]) == (True, 1)
    restored = elsewhere.run("restore", str(file), "--json")
    assert restored.exit_code == 0, restored.exception
    assert json.loads(restored.output) == manifest
    kept = _blobs_of(here.blobs)
    assert (manifest["blobs"]["count"], manifest["blobs"]["missing"], manifest["blobs"]["damaged"]) == (
        len(kept),
        [],
        [],
    )
    assert len(kept) > 4  # the drawing, the photograph, and several sizes of that
    assert _blobs_of(elsewhere.blobs) == kept
    examined = elsewhere.run("doctor", "--json")
    assert examined.exit_code == 0, examined.output
    deals = here.act(_shown)
    assert len(deals) == 5
    assert elsewhere.act(_shown) == deals
    (digest,) = [deal.picture.digest for deal in deals.values() if deal.picture]
    assert asyncio.run(open_blobs(Settings(blobs_url=elsewhere.blobs.as_uri())).exists(digest))
    made_there = schema.dump(elsewhere.owner, other_server.home.owner)
    for said in ("ROLE {}", "TO {} USING"):  # what is the owner's own says so by its name
        made_there = made_there.replace(said.format("landlady"), said.format(OWNER))
    assert generated.difference(made_there, generated.kept_file(schema.NAME).read_text(encoding="utf-8")) == ""
    with psycopg.connect(elsewhere.owner) as owner:
        owners = owner.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('kit', 'catalog', 'jobs')"
        )
        assert owners.fetchall() == [("landlady",)]


def test_what_was_recorded_before_is_delivered_and_what_changes_after_is_followed(
    backup: Path, elsewhere: Place
) -> None:
    assert elsewhere.run("restore", str(backup)).exit_code == 0

    async def go_on(database: Database) -> tuple[list[int], list[str], set[str]]:
        handed: list[int] = []

        async def note(tx: Transaction, fact: Fact) -> None:
            del tx
            handed.append(fact.payload["number"])

        postman = Subscriber("postman", frozenset({"thrown"}), note)
        await relay.subscribe(database, [postman])
        await _throw(database, 3)
        async with database.system() as tx:
            assert await outbox.replay(tx, None) == 1
        while await relay.route(database):
            pass
        while await relay.deliver(database, {"postman": postman}, Random(1), RetryPolicy()):
            pass
        async with database.system() as tx:
            everything = await catalog.changed_deals(tx, None)
            waiting = [job.job for job in await jobs.waiting(tx)]
        (cut,) = [deal for deal in everything.published if deal.title == "Haircut"]
        async with database.system() as tx:
            assert (await catalog.changed_deals(tx, everything.cursor)).published == []
            await tx.execute("UPDATE catalog.deals SET description = 'Short' WHERE id = %s", [cut.id])
        async with database.system() as tx:
            changes = await catalog.changed_deals(tx, everything.cursor)
        async with database.transaction(VISITOR) as tx:
            assert await jobs.defer(tx, jobs.Job("parcel", Parcel, _forget), Parcel(2)) == 2
        return handed, waiting, {str(deal.description) for deal in changes.published}

    assert elsewhere.act(go_on) == ([1, 2, 3], ["parcel"], {"Short"})


def test_the_backup_is_of_one_instant_and_its_file_whole_and_private(here: Place, tmp_path: Path) -> None:
    file = tmp_path / "all.backup"
    assert here.run("backup", str(file)).output.endswith(f"MiB) to {file}.\n")
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        blobs = sorted(f"blobs/{name[3:].removesuffix('/blob')}" for name in _blobs_of(here.blobs))
        assert sorted(archive.namelist()) == [*blobs, "database.dump", "manifest.json"]
        assert archive.read("database.dump").startswith(b"PGDMP")
    before = file.read_bytes()
    assert isinstance(here.run("backup", str(file)).exception, Conflict)
    assert file.read_bytes() == before
    assert here.run("backup", str(file), "--replace").exit_code == 0
    assert list(tmp_path.iterdir()) == [file]


def test_a_picture_that_is_not_there_is_named_and_comes_back_from_an_older_backup(
    here: Place, backup: Path, tmp_path: Path
) -> None:
    (digest,) = [deal.picture.digest for deal in here.act(_shown).values() if deal.picture]
    kept = _blobs_of(here.blobs)
    shutil.rmtree(here.blobs / digest[:2] / digest)
    taken = here.run("backup", str(tmp_path / "poor.backup"))
    assert taken.exit_code == 1
    assert f"lacks 1 blobs that are missing and 0 that are damaged: {digest}; `highstreet restore --" in taken.stderr
    assert (tmp_path / "poor.backup").exists()
    assert here.run("restore", str(backup), "--only-blobs").exit_code == 0
    assert _blobs_of(here.blobs) == kept


def test_a_backup_that_cannot_be_whole_is_not_made(here: Place, elsewhere: Place, tmp_path: Path) -> None:
    file = tmp_path / "all.backup"
    with psycopg.connect(here.owner) as owner:
        owner.execute("CREATE TABLE kit.hidden (id int)")
        owner.execute("ALTER TABLE kit.hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        owner.execute("GRANT SELECT, INSERT ON kit.hidden TO highstreet_system")
    try:
        refused = here.run("backup", str(file))
    finally:
        with psycopg.connect(here.owner) as owner:
            owner.execute("DROP TABLE kit.hidden")
    assert "Policies hide rows of kit.hidden" in str(refused.exception)
    assert isinstance(elsewhere.run("backup", str(file)).exception, ConfigurationError)
    assert list(tmp_path.iterdir()) == []


def test_a_database_with_anything_in_it_is_not_restored_into(here: Place, backup: Path, elsewhere: Place) -> None:
    with_deals = here.run("restore", str(backup))
    assert isinstance(with_deals.exception, Conflict)
    assert "is not empty" in str(with_deals.exception)
    assert len(here.act(_shown)) == 5
    with psycopg.connect(elsewhere.owner) as owner:
        owner.execute("CREATE SCHEMA diary CREATE TABLE days (id int)")
    refused = elsewhere.run("restore", str(backup))
    assert "there is something in diary.days" in str(refused.exception)
    assert migrations.lacking(elsewhere.owner) == revisions.revisions()


def test_a_migrated_database_without_rows_is_empty(backup: Path, elsewhere: Place) -> None:
    assert elsewhere.run("migrate").exit_code == 0
    assert elsewhere.run("restore", str(backup)).exit_code == 0
    assert len(elsewhere.act(_shown)) == 5


@pytest.fixture
def newer_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """The next version of Highstreet, which has one migration more; its revision."""
    before = revisions.head()
    copied = tmp_path / "migrations"
    shutil.copytree(revisions.directory(), copied, ignore=shutil.ignore_patterns("__pycache__"))
    added = f"{int(before[:4]) + 1:04}_added"
    (copied / "versions" / f"{added}.sql").write_text("ALTER TABLE catalog.deals ADD COLUMN shout text;")
    (copied / "versions" / f"{added}.py").write_text(
        f"from highstreet.kit.migrations import run\nrevision = {added!r}\ndown_revision = {before!r}\n\n"
        "def upgrade():\n    run(__file__)\n"
    )
    for module in (migrations, revisions):
        monkeypatch.setattr(module, "directory", lambda: copied)
    revisions.revisions.cache_clear()
    yield added
    revisions.revisions.cache_clear()


def test_a_backup_of_an_older_version_becomes_one_of_this(backup: Path, elsewhere: Place, newer_version: str) -> None:
    assert elsewhere.run("restore", str(backup)).exit_code == 0
    assert migrations.lacking(elsewhere.owner) == ()
    with psycopg.connect(elsewhere.owner) as owner:
        row = owner.execute("SELECT version_num FROM kit.alembic_version").fetchone()
        assert row == (newer_version,)
    assert len(elsewhere.act(_shown)) == 5


def test_a_backup_of_the_first_format_which_had_no_blobs_is_restored(file: Path, elsewhere: Place) -> None:
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in ("database.dump", "manifest.json")}
    manifest = json.loads(parts["manifest.json"])
    del manifest["blobs"]
    _write(file, {**parts, "manifest.json": json.dumps({**manifest, "format": 1}).encode()})
    restored = elsewhere.run("restore", str(file))
    assert "tables, without blobs, as they were" in restored.output
    assert len(elsewhere.act(_shown)) == 5


def test_a_database_beyond_the_backup_is_left_alone(backup: Path, elsewhere: Place, newer_version: str) -> None:
    migrations.migrate(elsewhere.owner, database_url=elsewhere.login)
    refused = elsewhere.run("restore", str(backup))
    assert isinstance(refused.exception, Conflict)
    assert f"is migrated to {newer_version} already" in str(refused.exception)


@pytest.mark.parametrize("spoil", ["cut", "changed", "other", "missing", "count", "newer", "format", "manifest"])
def test_a_backup_that_is_not_whole_restores_nothing(file: Path, elsewhere: Place, spoil: str) -> None:
    content = bytearray(file.read_bytes())
    changes = {
        "count": (b'"catalog.deals": 6', b'"catalog.deals": 7'),
        "newer": (revisions.head().encode(), b"9999_later"),
        "format": (b'"format": 2', b'"format": 9'),
        "manifest": (b'"format": 2', b'"format": ?'),
    }
    match spoil:
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "changed":
            content[len(content) // 2] ^= 0xFF
            file.write_bytes(content)
        case "other":
            file.write_text("a letter")
        case "missing":
            file.unlink()
        case _:
            _with_manifest(file, *changes[spoil])
    failed = elsewhere.run("restore", str(file))
    expected = {"count": HighstreetError, "newer": ConfigurationError}.get(spoil, InvalidInput)
    assert type(failed.exception) is expected
    assert "\n" not in str(failed.exception)
    if spoil == "count":  # the tables are made before their rows come; none stays
        with psycopg.connect(elsewhere.owner.replace("landlady@", f"{ADMINISTRATOR}@")) as administrator:
            assert administrator.execute("SELECT count(*) FROM catalog.deals").fetchone() == (0,)
            assert administrator.execute("SELECT count(*) FROM kit.facts").fetchone() == (0,)
    else:
        assert migrations.lacking(elsewhere.owner) == revisions.revisions()


def test_a_dump_that_fills_other_tables_is_refused(here: Place, file: Path, elsewhere: Place) -> None:
    with psycopg.connect(here.owner) as owner:
        owner.execute("CREATE SCHEMA aside CREATE TABLE notes (text text)")
    try:
        with tempfile.TemporaryFile() as complaints:
            dumping = programs_for(None).start(
                "pg_dump",
                *("--format=custom", "--data-only", "--table=aside.notes"),
                url=here.owner,
                taking=subprocess.DEVNULL,
                complaining=complaints,
            )
            dumped = dumping.communicate()[0]
    finally:
        with psycopg.connect(here.owner) as owner:
            owner.execute("DROP SCHEMA aside CASCADE")
    with zipfile.ZipFile(file) as archive:
        manifest = archive.read("manifest.json")
    _write(file, {"manifest.json": manifest, "database.dump": dumped})
    assert "fills aside.notes, which is none of its tables" in str(elsewhere.run("restore", str(file)).exception)


def _with_manifest(file: Path, before: bytes, after: bytes) -> None:
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert before in parts["manifest.json"]
    _write(file, {**parts, "manifest.json": parts["manifest.json"].replace(before, after)})


def _write(file: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
