"""The pictures of deals: those that are kept, and those that a feed names and a worker still has to fetch."""

from highstreet.kit.migrations import run

revision = "0010_pictures"
down_revision = "0009_prices_by_option"


def upgrade() -> None:
    run(__file__)
