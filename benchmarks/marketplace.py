"""A marketplace to measure: `highstreet demo` on loopback, with a PostgreSQL of its own, gone afterwards."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from highstreet.kit.postgres.addresses import DatabaseUrls, database_urls
from highstreet.kit.postgres.home import home_of
from highstreet.kit.settings import Settings, load_settings

_READY_SECONDS = 300


@dataclass(frozen=True)
class Marketplace:
    """One that runs. `seconds_to_ready` counts from the command to its first page."""

    url: str
    databases: DatabaseUrls
    settings: Settings
    seconds_to_ready: float

    def connect(self) -> HTTPConnection:
        """A connection that stays open, as a client's does."""
        address = urlsplit(self.url)
        return HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=30)


@contextmanager
def demonstration() -> Generator[Marketplace]:
    """The demonstration with its whole catalogue, ready, and gone afterwards."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HIGHSTREET_")}
    with tempfile.TemporaryDirectory(prefix="highstreet-bench-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)  # as root, PostgreSQL runs as another user, who has to pass through
        environ |= {"HIGHSTREET_DATA_DIR": directory, "HIGHSTREET_ENV": "demo", "HIGHSTREET_PORT": "0"}
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "highstreet", "demo"], env=environ, stdout=subprocess.PIPE, text=True
        )
        try:
            url = _wait(process)
            seconds = time.monotonic() - began
            settings = load_settings(environ, serving=False)
            with database_urls(settings) as databases:
                yield Marketplace(url, databases, settings, seconds)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
            shutil.rmtree(home_of(Path(directory)).base)  # as root, the cluster stands elsewhere


def _wait(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + _READY_SECONDS
    for line in process.stdout:
        if found := re.search(r"ready at (http://\S+)", line):
            return found[1]
        if time.monotonic() > deadline:
            break
    raise RuntimeError(f"`highstreet demo` did not say that it is ready (exit code {process.poll()})")
