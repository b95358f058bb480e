"""Credentials: how somebody proves who they are, what they carry then, and how often they may try."""

from highstreet.kit.migrations import run

revision = "0031_credentials"
down_revision = "0030_offline_reversals"


def upgrade() -> None:
    run(__file__)
