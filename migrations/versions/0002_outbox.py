"""The outbox: facts, who wants which, and how far each delivery is."""

from highstreet.kit.migrations import run

revision = "0002_outbox"
down_revision = "0001_roles"


def upgrade() -> None:
    run(__file__)
