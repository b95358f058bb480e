"""Pictures that no deal shows any more: since when, so that they can go after a while."""

from highstreet.kit.migrations import run

revision = "0014_unused_pictures"
down_revision = "0013_pictures_by_host"


def upgrade() -> None:
    run(__file__)
