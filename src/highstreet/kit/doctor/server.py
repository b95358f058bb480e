"""The server, the roles and the protection of the tables."""

from collections.abc import Sequence
from typing import Final

import msgspec

from highstreet.kit import revisions
from highstreet.kit.database import APP_ROLE, SYSTEM_ROLE, Transaction
from highstreet.kit.doctor.checks import HouseCheck, ServerCheck, Verdict, fail, ok, warn
from highstreet.kit.errors import ConfigurationError
from highstreet.kit.tables import TABLES, Table

_OLDEST: Final = 15
_MIGRATE: Final = "run `highstreet migrate`"

_ROLES: Final = """
SELECT r.rolname AS name, pg_catalog.pg_has_role(r.oid, %(right)s) AS taken
FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY(%(roles)s)
"""


class _Role(msgspec.Struct, frozen=True):
    name: str
    taken: bool


def judge_version(server_version: int) -> Verdict:
    """`server_version` as libpq tells it: 180001 is 18.1."""
    major, minor = divmod(server_version, 10_000)
    if major < _OLDEST:
        return fail(f"PostgreSQL is of version {major}.{minor}.", f"upgrade it to {_OLDEST} or newer")
    return ok(f"PostgreSQL is of version {major}.{minor}.")


def judge_roles(takes: dict[str, bool]) -> Verdict:
    """`takes` says of each role that exists whether the login may take it."""
    absent = [role for role in (APP_ROLE, SYSTEM_ROLE) if role not in takes]
    refused = [role for role, taken in takes.items() if not taken]
    if absent:
        return fail(f"The server has no role {' and no role '.join(absent)}.", _MIGRATE)
    if refused:
        return fail(
            f"The login may not take the role {' nor '.join(refused)}.",
            f"{_MIGRATE} with this login in HIGHSTREET_DATABASE_URL and the owner's in HIGHSTREET_MIGRATIONS_URL",
        )
    return ok("The login takes both roles.")


def judge_protection(tables: Sequence[Table]) -> Verdict:
    """A table that only migrations fill is its owner's own, so that security need not be forced on it."""
    open_ones = [t.full_name for t in tables if not t.protected or (t.written and not t.forced)]
    if not tables:
        return fail("None of our tables is there.", _MIGRATE)
    if open_ones:
        return fail(
            f"Row-level security is not forced on {', '.join(open_ones)}.",
            "as their owner: ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        )
    hidden = [t.full_name for t in tables if t.written and not t.seen_whole]
    if hidden:
        return warn(
            f"Policies hide rows of {', '.join(hidden)} from {SYSTEM_ROLE}.",
            "no backup can be made before a policy shows them to that role",
        )
    return ok(f"Row-level security is forced on all {len(tables)} tables.")


def judge_migrations(lacking: Sequence[str]) -> Verdict:
    if lacking:
        return fail(f"The database lacks {', '.join(lacking)}.", _MIGRATE)
    return ok(f"All migrations are applied, up to {revisions.head()}.")


async def _version(tx: Transaction) -> Verdict:
    return judge_version(tx.connection.info.server_version)


async def _roles(tx: Transaction) -> Verdict:
    right = "SET" if tx.connection.info.server_version >= 160_000 else "MEMBER"
    found = await tx.fetch_all(_Role, _ROLES, {"right": right, "roles": [APP_ROLE, SYSTEM_ROLE]})
    return judge_roles({role.name: role.taken for role in found})


async def _protection(tx: Transaction) -> Verdict:
    return judge_protection(await tx.fetch_all(Table, TABLES))


async def _migrations(tx: Transaction) -> Verdict:
    try:
        return judge_migrations(await revisions.pending(tx))
    except ConfigurationError as newer:
        return fail(f"{newer}.", "install the version of Highstreet that migrated it, or a newer one")


CHECKS: Final = (
    ServerCheck("postgresql", _version),
    ServerCheck("roles", _roles),
    ServerCheck("row security", _protection),
    HouseCheck("migrations", _migrations),
)
