"""Merchants' accounts at providers, where they show who they are and receive their money."""

from highstreet.kit.migrations import run

revision = "0035_accounts_at_providers"
down_revision = "0034_who_bears_disputes"


def upgrade() -> None:
    run(__file__)
