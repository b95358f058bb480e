"""A backup brings its blobs along, names those that it lacks, and mends a place where some were lost."""

import asyncio
import hashlib
import json
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from highstreet import main
from highstreet.__main__ import group
from highstreet.kit.backup.bytes_beside import BlobColumn
from highstreet.kit.blobs import Blobs, open_blobs
from highstreet.kit.errors import HighstreetError, Unavailable
from highstreet.kit.settings import Settings
from tests.buckets import BUCKET, serve_bucket

MANY = [f"picture {number}".encode() * 1000 for number in range(12)]
NAMES = [hashlib.sha256(data).hexdigest() for data in MANY]
KEYS = {"access_key": "name-of-the-key", "secret_key": "open-sesame"}

Command = Callable[..., Result]


@pytest.fixture
def command(database_url: str, migrations_url: str, tmp_path: Path) -> Command:
    """`highstreet ...` with blobs at the bucket, or in the directory of the test, that is named first."""

    def run(place: str, *arguments: str, **settings: str) -> Result:
        environ = {
            "HIGHSTREET_DATABASE_URL": database_url,
            "HIGHSTREET_MIGRATIONS_URL": migrations_url,
            "HIGHSTREET_BLOBS_URL": place if ":" in place else (tmp_path / place).as_uri(),
            **{f"HIGHSTREET_BLOBS_{name.upper()}": text for name, text in settings.items()},
        }
        return CliRunner().invoke(group, arguments, env=environ)

    return run


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A directory of blobs, each with a variant."""
    directory = tmp_path / "full"

    async def fill(blobs: Blobs) -> None:
        for data in MANY:
            await blobs.put_variant(await blobs.put(data), "320.avif", data[:20])

    asyncio.run(fill(open_blobs(Settings(blobs_url=directory.as_uri()))))
    return directory


@pytest.fixture
def file(command: Command, filled: Path, tmp_path: Path) -> Path:
    """A backup of all of them."""
    made = tmp_path / "all.backup"
    taken = command(filled.name, "backup", str(made))
    assert taken.exit_code == 0, taken.output
    assert "and 24 blobs (0.1 MiB) to" in taken.output
    return made


def files(directory: Path) -> dict[str, bytes]:
    return {str(each.relative_to(directory)): each.read_bytes() for each in directory.rglob("*") if each.is_file()}


def test_what_is_damaged_is_named_and_the_rest_is_kept(command: Command, filled: Path, tmp_path: Path) -> None:
    (filled / NAMES[0][:2] / NAMES[0] / "blob").write_bytes(b"something else")
    (filled / NAMES[1][:2] / NAMES[1] / "320.avif").write_bytes(b"short")
    taken = command(filled.name, "backup", str(tmp_path / "some.backup"), "--json")
    assert taken.exit_code == 1
    held = json.loads(taken.stdout)["blobs"]
    assert (held["count"], held["missing"]) == (22, [])
    assert held["damaged"] == sorted([NAMES[0], f"{NAMES[1]}/320.avif"])
    assert f"lacks 0 blobs that are missing and 2 that are damaged: {held['damaged'][0]}" in taken.stderr


def test_a_blob_that_a_row_speaks_of_and_that_is_not_there_is_named(
    command: Command, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    absent = "0" * 64
    with psycopg.connect(database_url, options="-c role=highstreet_system") as connection:
        for digest in (absent, NAMES[0]):
            connection.execute("INSERT INTO kit.subscriptions (subscriber, fact) VALUES (%s, 'x')", (digest,))
    monkeypatch.setattr(main, "SPEAKING_OF_BLOBS", (BlobColumn("kit", "subscriptions", "subscriber"),))
    taken = command(filled.name, "backup", str(tmp_path / "some.backup"), "--json")
    assert (taken.exit_code, json.loads(taken.stdout)["blobs"]["missing"]) == (1, [absent])
    bare = command(filled.name, "backup", str(tmp_path / "bare.backup"), "--without-blobs", "--json")
    assert (bare.exit_code, json.loads(bare.stdout)["blobs"]) == (0, None)


def test_what_was_lost_comes_back_and_what_is_there_stays(command: Command, filled: Path, file: Path) -> None:
    before = files(filled)
    kept = filled / NAMES[5][:2] / NAMES[5] / "blob"
    untouched = kept.stat().st_mtime_ns
    (filled / NAMES[0][:2] / NAMES[0] / "blob").write_bytes(b"something else")
    (filled / NAMES[1][:2] / NAMES[1] / "320.avif").unlink()
    brought = command(filled.name, "restore", str(file), "--only-blobs")
    assert brought.output == "Brought back 24 blobs; what was there already stays as it was.\n"
    assert files(filled) == before
    assert kept.stat().st_mtime_ns == untouched


@pytest.fixture(scope="module")
def endpoint() -> Generator[str]:
    with serve_bucket() as address:
        yield address


def test_blobs_move_between_a_directory_and_a_bucket(
    command: Command, filled: Path, file: Path, endpoint: str, tmp_path: Path
) -> None:
    bucket = f"s3://{BUCKET}/moved"
    assert command(bucket, "restore", str(file), "--only-blobs", endpoint=endpoint, **KEYS).exit_code == 0
    taken = command(bucket, "backup", str(tmp_path / "bucket.backup"), "--json", endpoint=endpoint, **KEYS)
    assert json.loads(taken.stdout)["blobs"]["count"] == 24
    assert command("back", "restore", str(tmp_path / "bucket.backup"), "--only-blobs").exit_code == 0
    assert files(tmp_path / "back") == files(filled)


def test_a_place_that_cannot_be_used_leaves_no_backup(command: Command, endpoint: str, tmp_path: Path) -> None:
    refused = command("s3://no-such-bucket", "backup", str(tmp_path / "x.backup"), endpoint=endpoint, **KEYS)
    assert isinstance(refused.exception, Unavailable)
    assert list(tmp_path.glob("*.backup*")) == []


@pytest.mark.parametrize("name", [f"blobs/{'a' * 64}", "blobs/../../outside", "blobs/x", f"blobs/{'a' * 64}/../x"])
def test_what_is_no_blob_is_not_brought_in(command: Command, file: Path, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, b"something else")
    refused = command("other", "restore", str(file), "--only-blobs")
    assert type(refused.exception) is HighstreetError
    assert not (tmp_path / "outside").exists()
    assert b"something else" not in files(tmp_path / "other").values()


def test_blobs_that_are_packed_tight_are_not_unpacked(command: Command, file: Path) -> None:
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"blobs/{'a' * 64}", b"0" * 10_000_000)
    assert "which is no blob" in str(command("other", "restore", str(file), "--only-blobs").exception)


def test_nothing_is_left_to_restore_without_blobs_and_without_rows(command: Command, file: Path) -> None:
    assert command("other", "restore", str(file), "--only-blobs", "--without-blobs").exit_code == 2


def test_a_backup_without_blobs_brings_none(command: Command, tmp_path: Path, filled: Path) -> None:
    bare = tmp_path / "bare.backup"
    taken = command(filled.name, "backup", str(bare), "--without-blobs")
    assert "tables, without blobs, to" in taken.output
    assert command("other", "restore", str(bare), "--only-blobs").output.startswith("Brought back 0 blobs")
    assert files(tmp_path / "other") == {}
