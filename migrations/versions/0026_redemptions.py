"""Redemptions: what was redeemed of vouchers, by whom and on which device, and how often codes were guessed."""

from highstreet.kit.migrations import run

revision = "0026_redemptions"
down_revision = "0025_vouchers"


def upgrade() -> None:
    run(__file__)
