"""Snapshots of the search index, which one machine makes and others begin with."""

from highstreet.kit.migrations import run

revision = "0016_snapshots"
down_revision = "0015_synonyms"


def upgrade() -> None:
    run(__file__)
