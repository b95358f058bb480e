"""`highstreet demo` as a process: it comes up, stays up, and leaves nothing behind, whatever ends it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final, TypeVar
from urllib.request import urlopen

import psutil
import pytest

from highstreet.kit.postgres.home import home_of

T = TypeVar("T")

READY: Final = "Highstreet is ready at "
DEALS: Final = 120
_STARTS_WITHIN_S: Final = 120
_ENDS_WITHIN_S: Final = 30


class Demo:
    """One run of the command in a data directory."""

    def __init__(self, data_dir: Path, port: int) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HIGHSTREET_")}
        self.output = data_dir.parent / "output"
        began = time.monotonic()
        with self.output.open("w") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "highstreet", "demo", f"--port={port}", f"--deals={DEALS}"],
                env={**environ, "HIGHSTREET_DATA_DIR": str(data_dir)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            line = wait_for(self._ready_line, _STARTS_WITHIN_S)
        except AssertionError as late:
            if self.process.poll() is None:
                self.end()
            logs = [log.read_text()[-2000:] for log in sorted((data_dir / "logs").glob("*.log"))]
            raise AssertionError("\n".join([self.output.read_text(), *logs])) from late
        self.seconds = time.monotonic() - began
        self.url = line.removeprefix(READY).strip()

    def children(self) -> dict[str, psutil.Process]:
        """The processes that the demonstration keeps, by the command that each runs."""
        names = ("serve", "worker")
        return {name: child for child in self.process.children() for name in names if name in child.cmdline()}

    def get(self, path: str) -> tuple[int, bytes]:
        with urlopen(self.url + path, timeout=20) as answer:  # noqa: S310 - our own address
            return answer.status, answer.read()

    def total(self) -> int:
        return json.loads(self.get("/api/v1/deals?limit=1")[1])["total"]

    def end(self, sig: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(_ENDS_WITHIN_S)

    def _ready_line(self) -> str | None:
        told = self.output.read_text()
        assert self.process.poll() is None, told
        return next((line for line in told.splitlines() if line.startswith(READY)), None)


def wait_for(look: Callable[[], T | None], within_s: float) -> T:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """A data directory that all runs of this file share: the first start is the slow one."""
    directory = tmp_path_factory.mktemp("demo") / "data"
    yield directory
    shutil.rmtree(home_of(directory).base, ignore_errors=True)


@pytest.fixture
def demo(data_dir: Path) -> Generator[Demo]:
    running = Demo(data_dir, port=0)
    yield running
    if running.process.poll() is None:
        running.end()


def of_the_cluster(data_dir: Path) -> list[psutil.Process]:
    """The processes of the data directory's PostgreSQL: they work in its directory."""
    cluster = home_of(data_dir).cluster
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if Path(process.cwd()) == cluster:
                found.append(process)
    return found


def test_a_first_start_ends_with_a_home_page_that_shows_a_marketplace(demo: Demo) -> None:
    status, page = demo.get("/")

    assert status == 200
    assert b"New York" in page
    assert demo.get("/health/ready")[0] == 200
    assert DEALS * 0.9 <= demo.total() <= DEALS * 1.1


def test_a_later_start_finds_what_is_there_and_is_quick(data_dir: Path) -> None:
    first = Demo(data_dir, port=0)
    deals = first.get("/api/v1/deals?limit=100&sort=price")[1]
    assert first.end() == 0

    second = Demo(data_dir, port=0)
    again = second.get("/api/v1/deals?limit=100&sort=price")[1]
    assert second.end() == 0

    assert [deal["id"] for deal in json.loads(again)["deals"]] == [deal["id"] for deal in json.loads(deals)["deals"]]
    assert second.seconds < 30


def test_sigterm_leaves_no_process(demo: Demo, data_dir: Path) -> None:
    children = list(demo.children().values())
    assert len(children) == 2
    assert of_the_cluster(data_dir)

    assert demo.end(signal.SIGTERM) == 0

    assert not [child for child in children if child.is_running()]
    assert of_the_cluster(data_dir) == []


def test_ctrl_c_leaves_no_process_and_says_that_it_was_interrupted(demo: Demo, data_dir: Path) -> None:
    assert demo.end(signal.SIGINT) == 130
    assert of_the_cluster(data_dir) == []


def test_a_web_process_that_is_killed_is_replaced_and_that_is_said(demo: Demo) -> None:
    killed = demo.children()["serve"]
    killed.kill()

    def answers_again() -> bool:
        serving = demo.children().get("serve")
        with contextlib.suppress(OSError):
            return serving is not None and serving.pid != killed.pid and demo.get("/health/ready")[0] == 200
        return False

    wait_for(answers_again, 60)
    assert "The web process ended (by SIGKILL)" in demo.output.read_text()
    assert demo.get("/")[0] == 200


def test_killed_it_takes_its_children_along_and_the_next_start_recovers(data_dir: Path) -> None:
    first = Demo(data_dir, port=0)
    before = first.total()
    children = list(first.children().values())

    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: not [child for child in children if child.is_running()], _ENDS_WITHIN_S)
    wait_for(lambda: not of_the_cluster(data_dir), _ENDS_WITHIN_S)

    second = Demo(data_dir, port=0)
    assert second.total() == before
    second.end()


def test_a_port_that_is_taken_gives_way_to_the_next_one_and_the_line_says_which(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        running = Demo(data_dir, port)
        try:
            assert int(running.url.rpartition(":")[2]) > port
            assert running.get("/")[0] == 200
            assert f"Port {port} is taken." in running.output.read_text()
        finally:
            running.end()


def test_a_second_demonstration_in_the_same_directory_is_refused_in_one_line(demo: Demo, data_dir: Path) -> None:
    environ = {**os.environ, "HIGHSTREET_DATA_DIR": str(data_dir)}
    refused = subprocess.run(
        [sys.executable, "-m", "highstreet", "demo", "--port=0"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "already runs" in refused.stderr
    assert demo.get("/")[0] == 200
