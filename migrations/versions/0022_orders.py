"""Orders: stock, what was ordered, and the holds that keep it for those who have yet to pay."""

from highstreet.kit.migrations import run

revision = "0022_orders"
down_revision = "0021_idempotency"


def upgrade() -> None:
    run(__file__)
