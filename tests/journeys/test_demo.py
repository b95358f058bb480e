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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar
from urllib.request import urlopen

import psutil
import pytest

from highstreet.kit.clock import FileClock
from highstreet.kit.postgres.home import home_of

T = TypeVar("T")

READY: Final = "Highstreet is ready at "
DEALS: Final = 120
MAPPING: Final = """
[file]
format = "csv"

[feed]
name = "town_talk"
currency = "USD"
time_zone = "America/Chicago"

[division]
slug = "chicago"
name = "Chicago"
place = "Chicago, IL"
radius_km = 60

[fields]
key = { from = "id" }
title = { from = "title" }
price = { from = "price", transforms = ["money"] }

[places]
country = "US"
"""
_STARTS_WITHIN_S: Final = 120
_ENDS_WITHIN_S: Final = 30


class Demo:
    """One run of the command in a data directory."""

    def __init__(self, data_dir: Path, port: int, *arguments: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HIGHSTREET_")}
        self.output = data_dir.parent / "output"
        began = time.monotonic()
        with self.output.open("w") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "highstreet", "demo", f"--port={port}", f"--deals={DEALS}", *arguments],
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
        names = ("serve", "worker", "indexer")
        found: dict[str, psutil.Process] = {}
        for child in self.process.children():
            with contextlib.suppress(psutil.Error):  # one that has just died
                found |= {name: child for name in names if name in child.cmdline()}
        return found

    def get(self, path: str) -> tuple[int, bytes]:
        with urlopen(self.url + path, timeout=20) as answer:  # noqa: S310 - our own address
            return answer.status, answer.read()

    def total(self) -> int:
        return json.loads(self.get("/api/v1/deals?limit=1")[1])["total"]

    def deals(self) -> list[str]:
        return self._listed("id")

    def titles(self) -> list[str]:
        return self._listed("title")

    def answers_after(self, killed: psutil.Process) -> bool:
        """Whether another serving process than the killed one is ready."""
        serving = self.children().get("serve")
        with contextlib.suppress(OSError):
            return serving is not None and serving.pid != killed.pid and self.get("/health/ready")[0] == 200
        return False

    def _listed(self, field: str) -> list[str]:
        return [deal[field] for deal in json.loads(self.get("/api/v1/deals?limit=100&sort=price")[1])["deals"]]

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


@dataclass(frozen=True, slots=True)
class Filled:
    """What a first start made and showed, and what its SIGTERM left running."""

    data_dir: Path
    home_page: bytes
    deals: list[str]
    total: int
    exit_code: int
    left: list[psutil.Process]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Generator[Filled]:
    """A data directory after a first start, which is the slow one, and its end.

    It is ten past three there: deals begin and end at full hours, and none may do so between two looks.
    """
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    data_dir.mkdir()
    FileClock(data_dir / "clock").set(datetime(2026, 3, 2, 15, 10, tzinfo=UTC))
    first = Demo(data_dir, port=0)
    children = [*first.children().values(), *of_the_cluster(data_dir)]
    assert len(children) > 3
    yield Filled(
        data_dir=data_dir,
        home_page=first.get("/")[1],
        deals=first.deals(),
        total=first.total(),
        exit_code=first.end(signal.SIGTERM),
        left=still_running([*children, *of_the_cluster(data_dir)]),
    )
    shutil.rmtree(home_of(data_dir).base, ignore_errors=True)


def still_running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not gone a moment later: the last of them may still be on its way out."""
    _, alive = psutil.wait_procs(processes, timeout=5)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def of_the_cluster(data_dir: Path) -> list[psutil.Process]:
    """The processes of the data directory's PostgreSQL: they work in its directory."""
    cluster = home_of(data_dir).cluster
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if Path(process.cwd()) == cluster:
                found.append(process)
    return found


def test_a_first_start_ends_with_a_home_page_that_shows_a_marketplace(filled: Filled) -> None:
    assert b"New York" in filled.home_page
    assert DEALS * 0.9 <= filled.total <= DEALS * 1.1


def test_sigterm_leaves_no_process(filled: Filled) -> None:
    assert filled.exit_code == 0
    assert filled.left == []


def test_a_later_start_shows_the_same_deals_and_replaces_a_web_process_that_is_killed(filled: Filled) -> None:
    demo = Demo(filled.data_dir, port=0)
    try:
        assert demo.seconds < 60
        assert demo.deals() == filled.deals
        assert_refused("already runs", data_dir=filled.data_dir)

        killed = demo.children()["serve"]
        killed.kill()
        wait_for(lambda: demo.answers_after(killed), 60)

        assert "The web process ended (by SIGKILL)" in demo.output.read_text()
        assert demo.get("/")[0] == 200
    finally:
        demo.end()


def test_killed_it_takes_all_along_and_the_next_start_recovers_also_when_its_port_is_taken(filled: Filled) -> None:
    first = Demo(filled.data_dir, port=0)
    children = list(first.children().values())
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: not [child for child in children if child.is_running()], _ENDS_WITHIN_S)
    wait_for(lambda: not of_the_cluster(filled.data_dir), _ENDS_WITHIN_S)

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        second = Demo(filled.data_dir, port)
        try:
            assert second.deals() == filled.deals
            assert int(second.url.rpartition(":")[2]) > port
            assert f"Port {port} is taken." in second.output.read_text()
        finally:
            ended = second.end(signal.SIGINT)
    assert ended == 130
    assert still_running(of_the_cluster(filled.data_dir)) == []


def test_a_feed_is_not_mixed_into_the_invented_catalogue(filled: Filled, tmp_path: Path) -> None:
    feed, mapping = write_feed(tmp_path)

    assert_refused(
        "holds the invented catalogue", "--import", str(feed), "--mapping", str(mapping), data_dir=filled.data_dir
    )
    assert still_running(of_the_cluster(filled.data_dir)) == []


def test_it_opens_on_a_feed_in_a_directory_of_its_own(tmp_path: Path) -> None:
    feed, mapping = write_feed(tmp_path)
    data_dir = tmp_path / "data"
    demo = Demo(data_dir, 0, "--import", str(feed), "--mapping", str(mapping))
    try:
        assert demo.total() == 1
        assert demo.titles() == ["Brew your own ginger beer"]
        assert "town_talk: 1 of 2 rows can be used." in demo.output.read_text()
        rejected = (data_dir / "town_talk.rejects.jsonl").read_text()
        assert "call us" in rejected
    finally:
        demo.end()
        shutil.rmtree(home_of(data_dir).base, ignore_errors=True)


def write_feed(directory: Path) -> tuple[Path, Path]:
    """A feed of one usable and one unusable row, and its mapping."""
    feed, mapping = directory / "feed.csv", directory / "mapping.toml"
    feed.write_text("id,title,price\n1,Brew your own ginger beer,18.00\n2,Secret offer,call us\n")
    mapping.write_text(MAPPING)
    return feed, mapping


def assert_refused(reason: str, *arguments: str, data_dir: Path) -> None:
    """The command fails with exit code 1 and one line that says why."""
    refused = subprocess.run(
        [sys.executable, "-m", "highstreet", "demo", "--port=0", *arguments],
        env={**os.environ, "HIGHSTREET_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert refused.returncode == 1, refused.stderr
    assert refused.stderr.count("\n") == 1
    assert reason in refused.stderr
