"""Identity: accounts, and who may do what as roles, permissions and grants."""

from highstreet.kit.migrations import run

revision = "0018_identity"
down_revision = "0017_saved_searches"


def upgrade() -> None:
    run(__file__)
