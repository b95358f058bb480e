"""The rule about when redemptions are reversed is looked over for the rows that were there before it."""

from highstreet.kit.migrations import run

revision = "0030_offline_reversals"
down_revision = "0029_offline"


def upgrade() -> None:
    run(__file__)
