"""Runs the embedded cluster of a data directory for as long as any process uses it.

Every user of a cluster holds a shared lock on one file while it uses it. The first starts the server; whoever can have
the lock alone when it leaves was the last, and stops it. The kernel drops a lock when its process dies, however it
dies, so nobody needs to count. If all are killed, the server goes on, and the next user finds it running.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
import psutil
import psycopg

from highstreet.kit.errors import ConfigurationError
from highstreet.kit.postgres.home import Home, home_of
from highstreet.kit.postgres.programs import Programs, complaint, programs_for

_log = logging.getLogger(__name__)

ADMINISTRATOR: Final = "postgres"
OWNER: Final = "highstreet_owner"
LOGIN: Final = "highstreet"
DATABASE: Final = "highstreet"

_START_TIMEOUT_S: Final = 60
_ORPHANS_TIMEOUT_S: Final = 10.0
_LOG_LIMIT_BYTES: Final = 10_000_000

_CONFIGURATION: Final = """\
# Written by Highstreet at every start; changes do not last.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
cluster_name = 'highstreet'
max_connections = 100
shared_buffers = 128MB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
log_min_messages = warning
log_checkpoints = off
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""
_ACCESS: Final = """\
# Written by Highstreet at every start. The socket's directory lets nobody in but the server's own user.
local all all trust
"""


class EmbeddedPostgres(msgspec.Struct, frozen=True):
    """A server that runs. Its addresses hold no secret: they work for the server's user, and for root, alone."""

    home: Home

    def url(self, user: str, database: str) -> str:
        return f"postgresql://{user}@/{database}?host={quote(str(self.home.sockets), safe='')}"

    @property
    def database_url(self) -> str:
        return self.url(LOGIN, DATABASE)

    @property
    def migrations_url(self) -> str:
        return self.url(OWNER, DATABASE)


@contextmanager
def embedded_postgres(data_dir: Path) -> Generator[EmbeddedPostgres]:
    """The server of a data directory, with an empty or already used database in it.

    Blocks for a second or two where it must be set up and started. Raises ConfigurationError, saying what to do.
    """
    with serve(home_of(data_dir)) as server:
        yield server


@contextmanager
def serve(home: Home, *, durable: bool = True) -> Generator[EmbeddedPostgres]:
    """The server of a home. Without `durable` a crash of the machine may destroy it; for tests."""
    programs = programs_for(home.owner)
    server = EmbeddedPostgres(home)
    with (home.base / "users.lock").open("w") as users:
        with _alone(home):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start(server, programs, durable=durable)
        try:
            yield server
        finally:
            with _alone(home), contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(home, programs)


@contextmanager
def _alone(home: Home) -> Generator[None]:
    """One process at a time starts or stops the server of a home."""
    with (home.base / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(server: EmbeddedPostgres, programs: Programs, *, durable: bool) -> None:
    home = server.home
    if not home.cluster.exists():
        _create(home, programs, durable=durable)
    _check_version(home, programs)
    if _postmaster(home.cluster) is None:
        _clear_leftovers(home)
        _configure(home, durable=durable)
        _launch(home, programs)
    _prepare(server)


def _create(home: Home, programs: Programs, *, durable: bool) -> None:
    """Set up a cluster beside its final name, so that one that was interrupted is never taken for a whole one."""
    draft = home.base / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if home.owner:
        os.chown(draft, home.owner.uid, home.owner.gid)
    result = programs.run(
        "initdb",
        f"--pgdata={draft}",
        f"--username={ADMINISTRATOR}",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    )
    if result.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise ConfigurationError(f"PostgreSQL cannot be set up in {home.base}: {complaint(result.stderr)}")
    draft.rename(home.cluster)


def _check_version(home: Home, programs: Programs) -> None:
    found = (home.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    if found != str(programs.major):
        raise ConfigurationError(
            f"The database in {home.cluster} was made by PostgreSQL {found}, and this Highstreet brings "
            f"{programs.major}: move it over with pg_dump and pg_restore, or run your own PostgreSQL {found} on it and "
            "set HIGHSTREET_DATABASE_URL"
        )


def runs(cluster: Path) -> bool:
    """Whether a server works on this cluster."""
    return _postmaster(cluster) is not None


def _postmaster(cluster: Path) -> psutil.Process | None:
    """The server's first process, if the one that the cluster's pid file names is really it."""
    try:
        pid = int((cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        process = psutil.Process(pid)
        return process if _works_in(process, cluster) else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _works_in(process: psutil.Process, cluster: Path) -> bool:
    """Whether a process is of this cluster's server: all of them work in the cluster's directory."""
    with contextlib.suppress(psutil.Error, OSError):
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == cluster.resolve()
    return False


def _clear_leftovers(home: Home) -> None:
    """After a kill: wait until no process of the old server is left, then remove what it left behind.

    PostgreSQL would believe a left-over pid file when another process has got its number meanwhile, as happens at once
    in a container that is started again.
    """
    leftovers = (home.cluster / "postmaster.pid", home.sockets / ".s.PGSQL.5432.lock")
    if not any(path.exists() for path in leftovers):
        return
    until = time.monotonic() + _ORPHANS_TIMEOUT_S
    while any(_works_in(process, home.cluster) for process in psutil.process_iter()):
        if time.monotonic() > until:
            raise ConfigurationError(f"Processes of a PostgreSQL that was killed still use {home.cluster}; end them")
        time.sleep(0.05)
    for path in leftovers:
        path.unlink(missing_ok=True)


def _configure(home: Home, *, durable: bool) -> None:
    texts = {
        "postgresql.conf": _CONFIGURATION.format(
            sockets=str(home.sockets).replace("'", "''"), durable="on" if durable else "off"
        ),
        "pg_hba.conf": _ACCESS,
    }
    for name, text in texts.items():
        path = home.cluster / name
        path.write_text(text, encoding="utf-8")
        if home.owner:
            os.chown(path, home.owner.uid, home.owner.gid)


def _launch(home: Home, programs: Programs) -> None:
    with contextlib.suppress(FileNotFoundError):
        if home.log.stat().st_size > _LOG_LIMIT_BYTES:
            home.log.replace(home.log.with_suffix(".old.log"))
    result = programs.run(
        "pg_ctl", "start", f"--pgdata={home.cluster}", f"--log={home.log}", "--wait", f"--timeout={_START_TIMEOUT_S}"
    )
    if result.returncode != 0:
        told = home.log.read_text(encoding="utf-8", errors="replace") if home.log.exists() else result.stderr
        raise ConfigurationError(f"PostgreSQL cannot start in {home.cluster}: {complaint(told)}")


def _prepare(server: EmbeddedPostgres) -> None:
    """Wait for an answer, and make the logins and the database where they are missing."""
    until = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            connection = psycopg.connect(server.url(ADMINISTRATOR, "postgres"), autocommit=True)
            break
        except psycopg.OperationalError as problem:
            if time.monotonic() > until:
                reason = str(problem).strip().splitlines()[-1]
                raise ConfigurationError(f"PostgreSQL in {server.home.cluster} does not answer: {reason}") from None
            time.sleep(0.05)
    with connection:
        if not _exists(connection, "SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", OWNER):
            connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
        if not _exists(connection, "SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", LOGIN):
            connection.execute(f"CREATE ROLE {LOGIN} LOGIN")
        if not _exists(connection, "SELECT FROM pg_catalog.pg_database WHERE datname = %s", DATABASE):
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def _exists(connection: psycopg.Connection[Any], query: str, name: str) -> bool:
    return connection.execute(query.encode(), (name,)).fetchone() is not None


def _stop(home: Home, programs: Programs) -> None:
    result = programs.run("pg_ctl", "stop", f"--pgdata={home.cluster}", "--mode=fast", "--wait", "--timeout=60")
    if result.returncode != 0 and _postmaster(home.cluster) is not None:
        _log.warning("PostgreSQL in %s did not stop: %s", home.cluster, complaint(result.stderr))
