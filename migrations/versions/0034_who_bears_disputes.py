"""Whether a merchant bears disputes that were lost."""

from highstreet.kit.migrations import run

revision = "0034_who_bears_disputes"
down_revision = "0033_reconciliation"


def upgrade() -> None:
    run(__file__)
