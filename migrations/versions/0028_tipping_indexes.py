"""What a deal that has to tip is counted by, without holding up who buys meanwhile."""

from highstreet.kit.migrations import run_concurrently

revision = "0028_tipping_indexes"
down_revision = "0027_paying"


def upgrade() -> None:
    run_concurrently(__file__)
