"""Synonyms: how what means the same here differs from what is shipped."""

from highstreet.kit.migrations import run

revision = "0015_synonyms"
down_revision = "0014_unused_pictures"


def upgrade() -> None:
    run(__file__)
