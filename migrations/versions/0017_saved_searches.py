"""Saved searches: what people want to be told of, and what they were told of."""

from highstreet.kit.migrations import run

revision = "0017_saved_searches"
down_revision = "0016_snapshots"


def upgrade() -> None:
    run(__file__)
