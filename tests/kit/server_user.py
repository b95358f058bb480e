"""A program that uses an embedded server until its input ends: `server_user.py BASE [UID]`. Tests start and kill it.

With UID it becomes that user first, after everything is imported: an ordinary user may not be able to read the Python
that runs the tests.
"""

import os
import signal
import sys
from pathlib import Path

import psycopg

from highstreet.kit.postgres.home import make_home
from highstreet.kit.postgres.server import serve


def main(base: Path, uid: int | None) -> None:
    # Whoever is started in the background of a shell may have inherited that interrupts are ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if uid is not None:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    with serve(make_home(base), durable=False) as server:
        try:
            sys.stdout.write(f"{_backend(server.database_url)}\n")
            sys.stdout.flush()
            sys.stdin.readline()
        except KeyboardInterrupt:
            sys.stdout.write(f"{_backend(server.database_url)}\n")


def _backend(url: str) -> int:
    """The process number of a connection's backend, which only a server that works can tell."""
    with psycopg.connect(url) as connection:
        return connection.info.backend_pid


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
