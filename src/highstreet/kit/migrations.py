"""Brings a database to this version's shape, one migration a transaction, without standing in the way of live work.

A migration that cannot have its locks within moments gives up, lets the waiting queries pass, and tries again. Two
migrators take turns. The steps are SQL files under `migrations/versions`, numbered, and only ever added.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, LiteralString, cast

import psycopg
import sqlalchemy
from alembic import command, op
from alembic.config import Config
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.exc import DBAPIError

from highstreet.kit.database import APP_ROLE, SYSTEM_ROLE, server_name
from highstreet.kit.errors import ConfigurationError, Unavailable
from highstreet.kit.revisions import APPLIED, IS_READABLE, after, directory

_log = logging.getLogger(__name__)

LOCK_TIMEOUT_MS: Final = 2_000
_ATTEMPTS: Final = 20
_PAUSE_S: Final = 0.5
TURN_KEY: Final = 0x68696768  # any number, the same in every migrator: "high"
_TURN_TIMEOUT_S: Final = 600.0
_OLDEST_SERVER: Final = 150_000
_NAME: Final = "highstreet migrate"
_ALEMBIC: Final = threading.Lock()
"""Alembic keeps what it is doing in globals, so one process does it once at a time."""


def run(revision_file: str) -> None:
    """Execute the SQL file that stands beside a revision, inside the revision's transaction."""
    _driver().execute(_statements(revision_file))


def run_concurrently(revision_file: str) -> None:
    """Execute the statements of the SQL file one by one, outside of a transaction, as an index of a live table needs.

    The file drops first what an interrupted run may have left (DROP INDEX CONCURRENTLY IF EXISTS), then makes it anew.
    Such statements wait for others without holding them up, so no `lock_timeout` ends the wait.
    """
    with op.get_context().autocommit_block():
        _driver().execute("SET lock_timeout = 0")
        for statement in _statements(revision_file).split(";\n"):
            _driver().execute(statement)


def _statements(revision_file: str) -> LiteralString:
    return cast("LiteralString", Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8"))


def _driver() -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", op.get_bind().connection.driver_connection)


def lacking(migrations_url: str) -> tuple[str, ...]:
    """What `revisions.pending` tells, asked as the owner, who needs no role for it."""
    with _connect(migrations_url) as connection:
        return after(_current(connection))


def migrate(migrations_url: str, *, database_url: str | None = None, until: str | None = None) -> tuple[str, ...]:
    """Apply what is pending as the owner, then let the login of `database_url` take both roles; what was applied.

    `until` is the last revision to apply, for whoever then fills the tables of an older version. Raises
    ConfigurationError when the owner lacks a right, and Unavailable when live work never let go of a lock.
    """
    with _ALEMBIC, _turn(migrations_url) as keeper:
        _require(keeper)
        keeper.execute("CREATE SCHEMA IF NOT EXISTS kit")
        beyond = after(until) if until else ()
        todo = tuple(revision for revision in after(_current(keeper)) if revision not in beyond)
        for revision in todo:
            _apply(migrations_url, revision)
        login = conninfo_to_dict(database_url or migrations_url).get("user") or keeper.info.user
        _patiently(lambda: _admit(keeper, str(login)), what="granting the roles")
        return todo


@contextmanager
def _turn(url: str) -> Generator[psycopg.Connection[Any]]:
    """A connection that holds the turn of the only migrator.

    It polls: a session that waits inside `pg_advisory_lock` would hold a snapshot that the other migrator's
    CREATE INDEX CONCURRENTLY waits for.
    """
    with _connect(url) as connection:
        waited_until = time.monotonic() + _TURN_TIMEOUT_S
        while not _truth(connection, "SELECT pg_try_advisory_lock(%s)", TURN_KEY):
            if time.monotonic() > waited_until:
                raise Unavailable("Another migration has been running for ten minutes; look at it first", 60)
            time.sleep(_PAUSE_S)
        yield connection


def _connect(url: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(url, autocommit=True, application_name=_NAME, connect_timeout=5, options=_options())
    except psycopg.OperationalError as problem:
        reason = str(problem).strip().splitlines()[-1]
        raise ConfigurationError(f"The database {server_name(url)} cannot be migrated: {reason}") from None


def _options() -> str:
    return f"-c lock_timeout={LOCK_TIMEOUT_MS}ms -c timezone=UTC"


def _apply(url: str, revision: str) -> None:
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, application_name=_NAME, options=_options()),
        poolclass=sqlalchemy.NullPool,
    )

    def upgrade() -> None:
        with engine.connect() as connection:
            command.upgrade(_config(connection), revision)

    _patiently(upgrade, what=f"migration {revision}")
    _log.info("applied migration %s", revision)


def _patiently(step: Callable[[], None], *, what: str) -> None:
    """Run a step again for as long as it only met a lock, or a catalogue row that another database's migrator held."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            step()
        except (psycopg.Error, DBAPIError) as problem:
            cause = problem if isinstance(problem, psycopg.Error) else problem.orig
            if isinstance(cause, psycopg.errors.InsufficientPrivilege):
                raise ConfigurationError(_how_to_permit(cause)) from None
            if not _passing(cause):
                raise
            _log.info("%s waits for a lock, attempt %d of %d", what, attempt, _ATTEMPTS)
            time.sleep(_PAUSE_S)
        else:
            return
    raise Unavailable(f"Live work never let go of what {what} needs; nothing of it was done", 60)


def _passing(cause: BaseException | None) -> bool:
    if isinstance(cause, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
        return True
    return isinstance(cause, psycopg.errors.InternalError_) and "concurrently updated" in str(cause)


def _require(connection: psycopg.Connection[Any]) -> None:
    if connection.info.server_version < _OLDEST_SERVER:
        found = connection.info.server_version // 10_000
        raise ConfigurationError(f"PostgreSQL {found} is too old: Highstreet needs 15 or newer")
    missing = not _truth(
        connection, "SELECT count(*) = 2 FROM pg_catalog.pg_roles WHERE rolname = ANY(%s)", [APP_ROLE, SYSTEM_ROLE]
    )
    if missing and not _truth(
        connection,
        "SELECT rolcreaterole OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = %s",
        connection.info.user,
    ):
        raise ConfigurationError(
            f"The login {connection.info.user} may not create roles; as an administrator of PostgreSQL, run: "
            f"CREATE ROLE {APP_ROLE} NOLOGIN; CREATE ROLE {SYSTEM_ROLE} NOLOGIN; "
            f'GRANT {APP_ROLE}, {SYSTEM_ROLE} TO "{connection.info.user}" WITH ADMIN OPTION;'
        )


def _how_to_permit(cause: BaseException) -> str:
    return (
        f"The migrating login lacks a right ({str(cause).splitlines()[0]}): it must own the database, "
        "or be granted CREATE on it"
    )


def _admit(connection: psycopg.Connection[Any], login: str) -> None:
    """Let `login` take both roles. From PostgreSQL 16 on it gains nothing before it takes one."""
    modern = connection.info.server_version >= 160_000
    wanted = "SET" if modern else "MEMBER"
    for role in (APP_ROLE, SYSTEM_ROLE):
        may = "SELECT pg_catalog.pg_has_role(%s, %s, %s)"
        superuser = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = %s"
        if _truth(connection, superuser, login) or _truth(connection, may, login, role, wanted):
            continue
        how = "WITH INHERIT FALSE, SET TRUE" if modern else ""
        grant = sql.SQL("GRANT {role} TO {login} " + how)
        connection.execute(grant.format(role=sql.Identifier(role), login=sql.Identifier(login)))


def _current(connection: psycopg.Connection[Any]) -> str | None:
    if not _truth(connection, IS_READABLE):
        return None
    row = connection.execute(APPLIED).fetchone()
    return row[0] if row else None


def _truth(connection: psycopg.Connection[Any], query: LiteralString, *params: object) -> bool:
    row = connection.execute(query, params).fetchone()
    return bool(row and row[0])


def _config(connection: sqlalchemy.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(directory()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
