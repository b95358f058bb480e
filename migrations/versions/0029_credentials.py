"""Credentials: how somebody proves who they are, what they carry then, and how often they may try."""

from highstreet.kit.migrations import run

revision = "0029_credentials"
down_revision = "0028_tipping_indexes"


def upgrade() -> None:
    run(__file__)
