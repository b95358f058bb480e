"""Short directories for servers of the tests, and the removal of those whose process was killed before it could."""

import contextlib
import itertools
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

_NAME = re.compile(r"highstreet-tests-(\d+)-\w+")
_END_WITHIN_S = 10.0
_MEMORY = Path("/dev/shm")  # noqa: S108 - directories in it are made by tempfile, as those elsewhere
_ROOM_BYTES = 8 * 2**30
"""What has to be free for two servers to be kept in memory: the places of the world are in one of their databases."""


@contextmanager
def scratch_directory(*, in_memory: bool = False) -> Generator[Path]:
    """A directory whose name tells which process it belongs to; short, as a socket's address has little room.

    Every user can pass through: as root, a server runs as somebody else. `in_memory`, where there is plenty, makes a
    database in a tenth of the time, as it is hundreds of small files; programs may be forbidden to run from there.
    """
    prefix = f"highstreet-tests-{os.getpid()}-"
    base = _MEMORY if in_memory and _is_plenty() else None
    with tempfile.TemporaryDirectory(prefix=prefix, dir=base, ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def _is_plenty() -> bool:
    if not os.access(_MEMORY, os.W_OK):
        return False
    return min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available) > _ROOM_BYTES


def sweep() -> None:
    """End the servers, and remove the directories, of test processes that are gone."""
    bases = (base for base in (_MEMORY, Path(tempfile.gettempdir())) if base.is_dir())
    for directory in itertools.chain.from_iterable(base.iterdir() for base in bases):
        owner = _NAME.fullmatch(directory.name)
        if owner and not psutil.pid_exists(int(owner[1])) and directory.lstat().st_uid == os.geteuid():
            _end_servers(directory)
            shutil.rmtree(directory, ignore_errors=True)


def _end_servers(directory: Path) -> None:
    """Every process of a PostgreSQL works in the directory of its cluster."""
    left = [process for process in psutil.process_iter() if _works_below(process, directory)]
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT)  # PostgreSQL's immediate shutdown
    _, stubborn = psutil.wait_procs(left, timeout=_END_WITHIN_S)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _works_below(process: psutil.Process, directory: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(directory)
    except (psutil.Error, OSError):
        return False
