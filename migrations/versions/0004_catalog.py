"""The catalogue: its tables, the rules that hold whoever writes, and who may see and do what."""

from pathlib import Path

from highstreet.kit.migrations import run

revision = "0004_catalog"
down_revision = "0003_jobs"

PARTS = ("0004_catalog_tables.sql", "0004_catalog_rules.sql", "0004_catalog_rights.sql")


def upgrade() -> None:
    for part in PARTS:
        run(str(Path(__file__).with_name(part)))
