"""Redemption without network: what devices tell later, and which of two that met comes first."""

from highstreet.kit.migrations import run

revision = "0029_offline"
down_revision = "0028_tipping_indexes"


def upgrade() -> None:
    run(__file__)
