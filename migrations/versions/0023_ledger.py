"""The ledger: accounts, entries and lines that are only ever added, and the policies of jurisdictions."""

from highstreet.kit.migrations import run

revision = "0023_ledger"
down_revision = "0022_orders"


def upgrade() -> None:
    run(__file__)
