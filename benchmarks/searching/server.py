"""A PostgreSQL for a peer alone: set up, configured as its documentation advises, and gone afterwards."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg

from highstreet.kit.postgres.home import ROOT_BASE, Home, make_home
from highstreet.kit.postgres.programs import Programs, programs_for

_SYSTEM: Final = Path("/usr/lib/postgresql")
_SHARED: Final = Path("/usr/share/postgresql")
_CONFIGURATION: Final = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
shared_buffers = '{shared} MB'
effective_cache_size = '{cache} MB'
work_mem = '64 MB'
maintenance_work_mem = '1 GB'
max_wal_size = '8 GB'
wal_level = minimal
max_wal_senders = 0
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 2
"""
"""A quarter of the memory for itself (its manual, 20.4). No query is shared out among processes and none is compiled:
both cost these short ones more than they give."""


def with_postgis() -> Path | None:
    """The newest PostgreSQL of the system that has PostGIS."""
    found = [
        directory
        for directory in _SYSTEM.glob("*")
        if (_SHARED / directory.name / "extension" / "postgis.control").exists()
    ]
    return max(found, key=lambda directory: int(directory.name), default=None)


@contextmanager
def serving(programs_in: Path | None = None) -> Generator[psycopg.Connection[Any]]:
    """A connection to a new server: of the programs of a directory, else of those that Highstreet brings."""
    with tempfile.TemporaryDirectory(prefix="highstreet-bench-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)  # as root, PostgreSQL runs as another user, who has to pass through
        home = make_home(ROOT_BASE / Path(directory).name if os.geteuid() == 0 else Path(directory))
        programs = (
            programs_for(home.owner)
            if programs_in is None
            else Programs(directory=programs_in, major=int(programs_in.name), owner=home.owner)
        )
        try:
            _start(home, programs)
            try:
                address = f"postgresql://postgres@/postgres?host={quote(str(home.sockets), safe='')}"
                with psycopg.connect(address, autocommit=True) as connection:
                    yield connection
            finally:
                _run(programs, "pg_ctl", "stop", f"--pgdata={home.cluster}", "--mode=immediate", "--wait")
        finally:
            shutil.rmtree(home.base, ignore_errors=True)
            shutil.rmtree(home.sockets, ignore_errors=True)


def _start(home: Home, programs: Programs) -> None:
    home.cluster.mkdir(mode=0o700)
    if home.owner:
        os.chown(home.cluster, home.owner.uid, home.owner.gid)
    _run(
        programs,
        "initdb",
        f"--pgdata={home.cluster}",
        *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    configuration = home.cluster / "postgresql.conf"
    configuration.write_text(
        _CONFIGURATION.format(sockets=home.sockets, shared=memory // 4, cache=memory // 2), encoding="utf-8"
    )
    _run(programs, "pg_ctl", "start", f"--pgdata={home.cluster}", f"--log={home.log}", "--wait")


def _run(programs: Programs, program: str, *arguments: str) -> None:
    result = programs.run(program, *arguments)
    assert result.returncode == 0, f"{program} ended with {result.returncode}: {result.stderr}{result.stdout}"
