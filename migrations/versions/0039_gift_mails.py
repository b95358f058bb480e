"""Gifts are mailed to whom they are for, on their day."""

from highstreet.kit.migrations import run

revision = "0039_gift_mails"
down_revision = "0038_operators_by_role"


def upgrade() -> None:
    run(__file__)
