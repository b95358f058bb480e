"""Runs of feeds as records: what each did, what it refused, what it takes to undo it, and when the next is due."""

from highstreet.kit.migrations import run

revision = "0008_runs"
down_revision = "0007_terms_of_feeds"


def upgrade() -> None:
    run(__file__)
