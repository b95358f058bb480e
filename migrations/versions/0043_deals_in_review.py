"""The deals that wait for a reviewer, found without reading all deals."""

from highstreet.kit.migrations import run_concurrently

revision = "0043_deals_in_review"
down_revision = "0042_managers_read_statements"


def upgrade() -> None:
    run_concurrently(__file__)
