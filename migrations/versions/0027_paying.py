"""Paying for orders: when each was paid, and deals that run only once enough of them are sold."""

from highstreet.kit.migrations import run

revision = "0027_paying"
down_revision = "0026_redemptions"


def upgrade() -> None:
    run(__file__)
