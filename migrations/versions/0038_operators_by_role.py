"""Operators see and change what their roles allow, in the tables that are older than roles."""

from highstreet.kit.migrations import run

revision = "0038_operators_by_role"
down_revision = "0037_bookings"


def upgrade() -> None:
    run(__file__)
