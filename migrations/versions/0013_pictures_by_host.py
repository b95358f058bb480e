"""Pictures that are wanted, by the host that is to be asked, so that a slow one keeps only its own waiting."""

from highstreet.kit.migrations import run_concurrently

revision = "0013_pictures_by_host"
down_revision = "0012_states"


def upgrade() -> None:
    run_concurrently(__file__)
