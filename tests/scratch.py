"""Short directories for servers of the tests, and the removal of those whose process was killed before it could."""

import contextlib
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


@contextmanager
def scratch_directory() -> Generator[Path]:
    """A directory whose name tells which process it belongs to; short, as a socket's address has little room.

    Every user can pass through: as root, a server runs as somebody else.
    """
    prefix = f"highstreet-tests-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def sweep() -> None:
    """End the servers, and remove the directories, of test processes that are gone."""
    for directory in Path(tempfile.gettempdir()).iterdir():
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
