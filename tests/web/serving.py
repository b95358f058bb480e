"""Servers for tests: in this process, and as the processes that an operator would start."""

import asyncio
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from litestar import Litestar

from highstreet.web.runtime import Lifecycle
from highstreet.web.server import Farewell, address_of, bind, make_server


@asynccontextmanager
async def served(app: Litestar) -> AsyncGenerator[str]:
    """The URL of `app` on real HTTP."""
    listening = bind("127.0.0.1", 0)
    server = make_server(app, Lifecycle(), Farewell(accept_s=0, linger_s=0, finish_s=1))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield address_of(listening)
    finally:
        server.should_exit = True
        await serving


@dataclass
class Program:
    """`highstreet ...` as a process of its own; what it says is collected line by line."""

    process: subprocess.Popen[str]
    said: "queue.Queue[str]" = field(default_factory=queue.Queue[str])
    lines: list[str] = field(default_factory=list[str])

    def wait_for(self, text: str, seconds: float = 30) -> str:
        until = time.monotonic() + seconds
        while True:
            line = self.said.get(timeout=max(0.01, until - time.monotonic()))
            self.lines.append(line)
            if text in line:
                return line

    def url(self) -> str:
        return self.wait_for("listening at").split()[-1]

    def end(self, sig: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(30)


@contextmanager
def program(*arguments: str, **environ: str | Path) -> Generator[Program]:
    """Start `highstreet` with these arguments; settings without their prefix, in lower case."""
    settings = {f"HIGHSTREET_{name.upper()}": str(value) for name, value in environ.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "highstreet", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("HIGHSTREET_")}, **settings},
    )
    running = Program(process)
    reader = threading.Thread(target=_collect, args=(running,))
    reader.start()
    try:
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        reader.join()


def _collect(running: Program) -> None:
    assert running.process.stdout is not None
    with running.process.stdout as output:
        for line in output:
            running.said.put(line.rstrip())


def until_ready(url: str, seconds: float = 30) -> None:
    """Wait until the process takes visitors."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/health/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{url} was not ready within {seconds} s")
