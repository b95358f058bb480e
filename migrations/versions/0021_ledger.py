"""The ledger: accounts, entries and lines that are only ever added, and the policies of jurisdictions."""

from highstreet.kit.migrations import run

revision = "0021_ledger"
down_revision = "0020_mails"


def upgrade() -> None:
    run(__file__)
