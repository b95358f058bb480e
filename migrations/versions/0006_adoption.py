"""Adoption: a deal of a feed becomes one that is sold here, and where it came from is kept."""

from highstreet.kit.migrations import run

revision = "0006_adoption"
down_revision = "0005_traces"


def upgrade() -> None:
    run(__file__)
