"""What a location takes a day, and the guard that pauses a deal near it."""

from highstreet.kit.migrations import run

revision = "0040_capacity"
down_revision = "0039_gift_mails"


def upgrade() -> None:
    run(__file__)
