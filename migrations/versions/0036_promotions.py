"""Promotion codes with their budgets and limits, and credit that buyers have."""

from highstreet.kit.migrations import run

revision = "0036_promotions"
down_revision = "0035_accounts_at_providers"


def upgrade() -> None:
    run(__file__)
