"""Areas and counts of ratings that feeds state."""

from highstreet.kit.migrations import run

revision = "0007_terms_of_feeds"
down_revision = "0006_adoption"


def upgrade() -> None:
    run(__file__)
