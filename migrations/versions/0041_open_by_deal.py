"""What is sold of a deal and not used yet, found without reading all that was ever sold."""

from highstreet.kit.migrations import run_concurrently

revision = "0041_open_by_deal"
down_revision = "0040_capacity"


def upgrade() -> None:
    run_concurrently(__file__)
