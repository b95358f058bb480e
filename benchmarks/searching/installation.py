"""An installation full of invented deals: its database, its index and its web processes, gone afterwards."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil

from benchmarks.loading import load
from benchmarks.searching import catalogue
from benchmarks.searching.geography import world
from highstreet.kit.clock import FileClock
from highstreet.kit.migrations import migrate
from highstreet.kit.postgres.addresses import DatabaseUrls, database_urls
from highstreet.kit.postgres.home import home_of
from highstreet.kit.settings import load_settings

_READY_SECONDS: Final = 900
_IN_A_ROW: Final = 20
_LISTENING: Final = re.compile(r"listening at (http://\S+)")


@dataclass(frozen=True)
class Installation:
    """Its environment, its database, and how long it took to fill that."""

    environ: dict[str, str]
    directory: Path
    databases: DatabaseUrls
    seconds_to_fill: float


@dataclass(frozen=True)
class Serving:
    """Web processes that are ready, and how long they took from the command on."""

    url: str
    process: psutil.Process
    seconds_to_ready: float

    def web_processes(self) -> list[psutil.Process]:
        """Those that answer, and not what stands beside them."""
        family = [self.process, *self.process.children(recursive=True)]
        workers = [each for each in family if "--socket" in " ".join(each.cmdline())]
        return workers or [self.process]


@contextmanager
def installed(number: int) -> Generator[Installation]:
    """A database with `number` deals."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("HIGHSTREET_")}
    with tempfile.TemporaryDirectory(prefix="highstreet-bench-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)  # as root, PostgreSQL runs as another user, who has to pass through
        environ |= {"HIGHSTREET_DATA_DIR": f"{directory}/data", "HIGHSTREET_ENV": "test", "HIGHSTREET_PORT": "0"}
        settings = load_settings(environ, serving=False)
        settings.data_dir.mkdir(mode=0o755)
        try:
            with database_urls(settings) as databases:
                migrate(databases.migrations, database_url=databases.database)
                began = time.perf_counter()
                FileClock(settings.data_dir / "clock").set(catalogue.AT)
                load(databases.migrations, catalogue.deals(number), catalogue.TREE, world(number).divisions)
                yield Installation(environ, settings.data_dir, databases, time.perf_counter() - began)
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(home_of(settings.data_dir).base)  # as root, the cluster stands elsewhere


@contextmanager
def serving(installation: Installation, *, workers: int = 1) -> Generator[Serving]:
    """`highstreet serve` and its indexer, once they are ready."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "highstreet", "serve", f"--workers={workers}", "--drain-seconds=0"]
    process = subprocess.Popen(
        command, env=installation.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        url = _address(process)
        _wait(url, 1 if workers == 1 else _IN_A_ROW * workers)
        yield Serving(url, psutil.Process(process.pid), time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=120)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := _LISTENING.search(line):
            return found[1]
    raise RuntimeError(f"`highstreet serve` ended with {process.wait()}")


def _wait(url: str, times: int) -> None:
    """Until it says so many times in a row that it is ready: each time another of its processes may answer."""
    address = urlsplit(url)
    deadline = time.monotonic() + _READY_SECONDS
    ready = 0
    while time.monotonic() < deadline:
        with suppress(OSError):
            connection = HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=30)
            connection.request("GET", "/health/ready")
            ready = ready + 1 if connection.getresponse().status == 200 else 0
            connection.close()
            if ready == times:
                return
            if ready:
                continue
        time.sleep(0.02)
    raise RuntimeError(f"{url} was not ready within {_READY_SECONDS} s")
