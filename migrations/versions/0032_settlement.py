"""Settlement: who is paid how and when, statements, payouts and reserves."""

from highstreet.kit.migrations import run

revision = "0032_settlement"
down_revision = "0031_credentials"


def upgrade() -> None:
    run(__file__)
