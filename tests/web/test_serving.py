"""`highstreet serve` as an operator runs it: real processes, real signals, and visitors who must not notice."""

import asyncio
import contextlib
import json
import signal
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.serving import Program, program, until_ready


@contextmanager
def serve(house_url: str, data_dir: Path, *arguments: str) -> Generator[Program]:
    with program(
        "serve", "--port=0", *arguments, env="test", database_url=house_url, data_dir=data_dir, log_format="json"
    ) as running:
        yield running


def children(running: Program, command: str = "serve") -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for child in psutil.Process(running.process.pid).children():
        with contextlib.suppress(psutil.Error):  # one that has just died
            found += [child] if command in child.cmdline() else []
    return found


class Crowd:
    """Visitors that ask as fast as they can until nobody lets them in, and count what they were given."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "", parts.port or 0)
        self.outcomes: Counter[str] = Counter()

    async def one(self, *, patient: bool) -> None:
        """Asks on and on; a patient one keeps its connection for as long as it is let."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                reader, writer = await asyncio.open_connection(*self.address)
            except OSError:
                return
            try:
                while await self._ask(reader, writer, keep=patient):
                    pass
            finally:
                writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep: bool) -> bool:
        """One question; whether the connection may be used for another."""
        connection = "keep-alive" if keep else "close"
        writer.write(f"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: {connection}\r\n\r\n".encode())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as problem:
            self.outcomes[f"dropped: {type(problem).__name__}"] += 1
            return False
        self.outcomes[head.partition("\r\n")[0]] += 1
        return "connection: close" not in head


@pytest.mark.parametrize("workers", [1, 2])
async def test_ending_drops_no_request(house_url: str, tmp_path: Path, workers: int) -> None:
    with serve(house_url, tmp_path, f"--workers={workers}", "--drain-seconds=0.6") as running:
        url = running.url()
        until_ready(url)
        crowd = Crowd(url)
        visitors = [asyncio.create_task(crowd.one(patient=number % 2 == 0)) for number in range(8)]
        # One who asks slowly: half of the question is on its way when the end begins.
        reader, writer = await asyncio.open_connection(*crowd.address)
        order = json.dumps({"advance_seconds": 0}).encode()
        writer.write(
            b"POST /_test/clock HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n" % len(order)
        )
        await asyncio.sleep(0.5)
        running.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        unready = await asyncio.to_thread(httpx.get, f"{url}/health/ready")
        assert unready.status_code == 503
        await asyncio.sleep(0.6)
        writer.write(order)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'{"now":' in answer
        await asyncio.gather(*visitors)
        assert await asyncio.to_thread(running.process.wait, 20) == 0
    assert list(crowd.outcomes) == ["http/1.1 200 ok"]
    assert crowd.outcomes.total() > 50


def test_a_dead_process_is_replaced_while_the_others_serve(house_url: str, tmp_path: Path) -> None:
    with serve(house_url, tmp_path, "--workers=2") as running:
        url = running.url()
        until_ready(url)
        before = {child.pid for child in children(running)}
        assert len(before) == 2
        next(iter(children(running))).kill()
        until = time.monotonic() + 30
        while len({child.pid for child in children(running)} - before) != 1:
            assert time.monotonic() < until
            time.sleep(0.05)
        until_ready(url)
        # All figures are told by whichever process is asked, also those of one that came and went.
        for _ in range(20):
            assert httpx.get(f"{url}/health/live").status_code == 200
        assert {_live_requests(url) for _ in range(6)} == {20.0}
        # When the parent is killed, its children see their visitors out and go too.
        left = children(running) + children(running, "indexer")
        assert len(left) == 3
        running.process.kill()
        _, alive = psutil.wait_procs(left, 20)
        assert alive == []
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/health/live")


def _live_requests(url: str) -> float:
    for family in text_string_to_metric_families(httpx.get(f"{url}/metrics").text):
        for sample in family.samples:
            if sample.name.endswith("_seconds_count") and sample.labels.get("route") == "/health/live":
                return sample.value
    return 0.0


def test_an_interrupt_ends_all_processes_at_once_and_says_so(house_url: str, tmp_path: Path) -> None:
    with serve(house_url, tmp_path, "--workers=2", "--drain-seconds=60") as running:
        until_ready(running.url())
        assert running.end(signal.SIGINT) == 130


def test_a_taken_port_gives_way_to_the_next_free_one(house_url: str, tmp_path: Path) -> None:
    with serve(house_url, tmp_path) as first:
        url = first.url()
        port = urlsplit(url).port
        with serve(house_url, tmp_path, f"--port={port}") as second:
            other = second.url()
            assert urlsplit(other).port != port
            until_ready(other)
            assert second.end(signal.SIGINT) == 130
        assert httpx.get(f"{url}/health/live").status_code == 200


def test_test_and_demo_listen_beyond_this_machine_only_when_told(house_url: str, tmp_path: Path) -> None:
    with serve(house_url, tmp_path, "--host=0.0.0.0") as running:
        assert running.process.wait(30) == 1
        assert "HIGHSTREET_ALLOW_REMOTE" in running.said.get(timeout=5)
    with serve(house_url, tmp_path, "--host=0.0.0.0", "--allow-remote") as running:
        assert "0.0.0.0" in running.url()


def test_a_server_that_cannot_start_gives_up_and_says_why(tmp_path: Path) -> None:
    nowhere = "postgresql://highstreet:swordfish@127.0.0.1:1/nowhere"
    with serve(nowhere, tmp_path) as running:
        assert running.process.wait(30) == 1
    said = list(running.said.queue)
    assert any("127.0.0.1:1/nowhere cannot be used" in line for line in said)
    assert not any("swordfish" in line or "Traceback" in line for line in said)
