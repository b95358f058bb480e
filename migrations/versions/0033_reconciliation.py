"""What providers' own books say, and where ours differ from them."""

from highstreet.kit.migrations import run

revision = "0033_reconciliation"
down_revision = "0032_settlement"


def upgrade() -> None:
    run(__file__)
