"""Vouchers: what they are worth, the steps that they may take, and the history of each."""

from highstreet.kit.migrations import run

revision = "0025_vouchers"
down_revision = "0024_sandbox"


def upgrade() -> None:
    run(__file__)
