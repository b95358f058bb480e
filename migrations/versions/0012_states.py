"""The rule about a deal's states is looked over for the rows that were there before it."""

from highstreet.kit.migrations import run

revision = "0012_states"
down_revision = "0011_duplicates"


def upgrade() -> None:
    run(__file__)
