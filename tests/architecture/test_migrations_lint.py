"""The linter of migrations, set up as it is here, refuses what would stop live work."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _squawk(*files: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("squawk")
    return subprocess.run([program, "--reporter", "gcc", *files], cwd=ROOT, capture_output=True, text=True, check=False)


def test_our_migrations_pass() -> None:
    result = _squawk(*sorted((ROOT / "migrations" / "versions").glob("*.sql")))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE catalog.deals ALTER COLUMN title TYPE varchar(80);", "changing-column-type"),
        ("ALTER TABLE catalog.deals ADD COLUMN colour text NOT NULL;", "adding-required-field"),
        ("CREATE INDEX deals_by_title ON catalog.deals (title);", "require-concurrent-index-creation"),
        ("ALTER TABLE catalog.deals RENAME COLUMN title TO name;", "renaming-column"),
        ("ALTER TABLE catalog.deals DROP COLUMN title;", "ban-drop-column"),
    ],
)
def test_a_migration_that_would_stop_live_work_is_refused(statement: str, rule: str, tmp_path: Path) -> None:
    planted = tmp_path / "9999_planted.sql"
    planted.write_text(f"{statement}\n", encoding="utf-8")
    result = _squawk(planted)
    assert result.returncode == 1
    assert rule in result.stdout
