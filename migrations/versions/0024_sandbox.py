"""The sandbox provider's own tables, which nothing of the market reads."""

from highstreet.kit.migrations import run

revision = "0024_sandbox"
down_revision = "0023_ledger"


def upgrade() -> None:
    run(__file__)
