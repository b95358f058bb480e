"""The two roles, and a database in which nothing is allowed that was not granted."""

from highstreet.kit.migrations import run

revision = "0001_roles"
down_revision = None


def upgrade() -> None:
    run(__file__)
