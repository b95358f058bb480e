"""Duplicates: pairs of deals that are likely the same, what somebody decided, and deals that gave way to another."""

from highstreet.kit.migrations import run

revision = "0011_duplicates"
down_revision = "0010_pictures"


def upgrade() -> None:
    run(__file__)
