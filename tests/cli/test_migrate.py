"""`highstreet migrate` keeps its exit codes, speaks JSON where asked, and brings a PostgreSQL where none is given."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from highstreet.kit import revisions
from highstreet.kit.postgres.home import home_of
from highstreet.kit.postgres.server import LOGIN, OWNER, EmbeddedPostgres

Environ = dict[str, str]


@pytest.fixture
def given_database(postgres: EmbeddedPostgres, empty_database: str) -> Environ:
    return {
        "HIGHSTREET_DATABASE_URL": postgres.url(LOGIN, empty_database),
        "HIGHSTREET_MIGRATIONS_URL": postgres.url(OWNER, empty_database),
    }


@pytest.fixture
def data_dir(tmp_path: Path) -> Generator[Path]:
    """A data directory whose cluster goes with it, also where root keeps it elsewhere."""
    yield tmp_path / "data"
    shutil.rmtree(home_of(tmp_path / "data").base, ignore_errors=True)


def _migrate(environ: Environ, *options: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("HIGHSTREET")}
    return subprocess.run(
        [sys.executable, "-m", "highstreet", "migrate", *options],
        env={**inherited, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_check_fails_while_something_is_pending_and_changes_nothing(given_database: Environ) -> None:
    for _ in range(2):
        checked = _migrate(given_database, "--check", "--json")
        assert checked.returncode == 1
        assert msgspec.json.decode(checked.stdout) == {
            "head": revisions.head(),
            "pending": list(revisions.revisions()),
        }
    assert _migrate(given_database).stdout == f"Applied: {', '.join(revisions.revisions())}\n"
    assert (_migrate(given_database, "--check").returncode, _migrate(given_database).stdout) == (
        0,
        "The database is up to date.\n",
    )


def test_without_a_database_it_brings_one_in_the_data_directory(data_dir: Path) -> None:
    environ = {"HIGHSTREET_DATA_DIR": str(data_dir)}
    first = _migrate(environ, "--json")
    assert (first.returncode, first.stderr) == (0, "")
    assert msgspec.json.decode(first.stdout)["applied"] == list(revisions.revisions())
    assert _migrate(environ, "--check").returncode == 0


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"HIGHSTREET_DATABASE_URL": "postgresql://app:hunter2@127.0.0.1:1/deals"}, "127.0.0.1:1/deals"),
        ({"HIGHSTREET_DATABSE_URL": "postgresql://x"}, "did you mean HIGHSTREET_DATABASE_URL?"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(environ: Environ, told: str) -> None:
    failed = _migrate(environ)
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert told in failed.stderr
    assert failed.stderr.count("\n") == 1
    assert "hunter2" not in failed.stderr
