"""Answers that are kept for whoever asks again with the same key."""

from highstreet.kit.migrations import run

revision = "0021_idempotency"
down_revision = "0020_mails"


def upgrade() -> None:
    run(__file__)
