"""Which shape this version's database has, and what a database lacks of it. Reading that needs no migration tool."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import ConfigurationError

IS_READABLE: Final = """
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class AS t
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
    WHERE n.nspname = 'kit' AND t.relname = 'alembic_version' AND has_table_privilege(t.oid, 'SELECT')
) AS readable
"""
APPLIED: Final = "SELECT version_num FROM kit.alembic_version"


class _Readable(msgspec.Struct, frozen=True):
    readable: bool


class _Applied(msgspec.Struct, frozen=True):
    version_num: str


@cache
def revisions() -> tuple[str, ...]:
    """Every revision of this version, oldest first: each is named as its numbered file."""
    return tuple(sorted(file.stem for file in (directory() / "versions").glob("[0-9]*.py")))


def head() -> str:
    """The revision that a database must have for this version to run on it."""
    return revisions()[-1]


async def pending(tx: Transaction) -> tuple[str, ...]:
    """The revisions that the database still lacks, oldest first, as any role may ask.

    Raises ConfigurationError for a database that a newer version migrated.
    """
    found = await tx.fetch_one(_Readable, IS_READABLE)
    assert found is not None
    if not found.readable:
        return revisions()
    applied = await tx.fetch_one(_Applied, APPLIED)
    return after(applied.version_num if applied else None)


async def require(tx: Transaction) -> None:
    """Raise ConfigurationError unless the database has this version's shape."""
    if lacking := await pending(tx):
        raise ConfigurationError(f"The database lacks {', '.join(lacking)}: run `highstreet migrate`")


def after(applied: str | None) -> tuple[str, ...]:
    """The revisions that come after `applied`. Raises ConfigurationError for one that this version does not know."""
    if applied is None:
        return revisions()
    if applied not in revisions():
        raise ConfigurationError(
            f"The database was migrated to {applied} by a newer version of Highstreet; this version ends at {head()}"
        )
    return revisions()[revisions().index(applied) + 1 :]


def directory() -> Path:
    """`migrations` of a checkout, or the copy of it that an installed wheel carries."""
    spec = importlib.util.find_spec("highstreet")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = Path(next(iter(spec.submodule_search_locations)))
    carried = package / "_migrations"
    return carried if carried.is_dir() else package.parents[1] / "migrations"
