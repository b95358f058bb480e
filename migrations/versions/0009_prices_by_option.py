"""An index by option, so that taking an option out of the catalogue does not read every price there ever was."""

from highstreet.kit.migrations import run_concurrently

revision = "0009_prices_by_option"
down_revision = "0008_runs"


def upgrade() -> None:
    run_concurrently(__file__)
