"""What explains a failure: every error that was met on the way, and the trace that what failed belongs to."""

from highstreet.kit.migrations import run

revision = "0005_traces"
down_revision = "0004_catalog"


def upgrade() -> None:
    run(__file__)
