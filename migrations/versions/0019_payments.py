"""Payments: what was asked of providers, what they told, and what came of it."""

from highstreet.kit.migrations import run

revision = "0019_payments"
down_revision = "0018_identity"


def upgrade() -> None:
    run(__file__)
