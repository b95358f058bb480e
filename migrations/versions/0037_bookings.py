"""Bookings: slots that a merchant offers, and who comes when."""

from highstreet.kit.migrations import run

revision = "0037_bookings"
down_revision = "0036_promotions"


def upgrade() -> None:
    run(__file__)
