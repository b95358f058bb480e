"""A manager reads a merchant's statements."""

from highstreet.kit.migrations import run

revision = "0042_managers_read_statements"
down_revision = "0041_open_by_deal"


def upgrade() -> None:
    run(__file__)
