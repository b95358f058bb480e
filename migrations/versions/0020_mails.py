"""Mails: what is to be sent, and what became of it."""

from highstreet.kit.migrations import run

revision = "0020_mails"
down_revision = "0019_payments"


def upgrade() -> None:
    run(__file__)
