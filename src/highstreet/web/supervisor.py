"""Several serving processes on one socket: started, replaced when they die, ended together.

The parent binds the socket and hands it to its children, so that a child can die and be replaced while the others
serve. Each child also holds the reading end of a pipe that the parent keeps open. When that closes, the child stops
listening and ends: because the parent has shut the door that they share, or because the parent was killed.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final

import structlog

from highstreet.kit import metrics
from highstreet.kit.processes import Program, company
from highstreet.web import door
from highstreet.web.server import LAST_ARRIVALS_S, Farewell

_QUICK_DEATH_S: Final = 5.0
_QUICK_DEATHS: Final = 5
_PATIENCE_S: Final = 5.0

_log = structlog.stdlib.get_logger(__name__)


class _Crew:
    """The children of one server. `failed` says that they died too quickly, too often."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], passed: Sequence[int]) -> None:
        self.command = command
        self.environ = environ
        self.passed = passed
        self.ending = asyncio.Event()
        self.interrupted = asyncio.Event()
        self.failed = False
        self.running: set[asyncio.subprocess.Process] = set()

    def end(self, sig: signal.Signals) -> None:
        """Begin the farewell. Only its first word is passed on: the last is the closing of the pipe."""
        if sig is signal.SIGINT:
            self.interrupted.set()
        if not self.ending.is_set():
            self.ending.set()
            for process in self.running:
                with contextlib.suppress(ProcessLookupError):  # it ended a moment ago
                    process.send_signal(signal.SIGTERM)

    async def keep_one(self) -> None:
        """Keep one process running until the end."""
        quick_deaths = 0
        while not self.ending.is_set():
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(*self.command, pass_fds=self.passed, env=self.environ)
            self.running.add(process)
            if self.ending.is_set():  # while it was being started
                process.send_signal(signal.SIGTERM)
            code = await process.wait()
            self.running.discard(process)
            metrics.forget_process(process.pid, self.environ[metrics.SHARED_DIRECTORY])
            if self.ending.is_set():
                return
            quick_deaths = quick_deaths + 1 if time.monotonic() - began < _QUICK_DEATH_S else 0
            _log.error("serving process died", process=process.pid, code=code)
            if quick_deaths >= _QUICK_DEATHS:
                self.failed = True
                self.end(signal.SIGTERM)


def supervise(
    workers: int,
    listening: socket.socket,
    command: Sequence[str],
    farewell: Farewell,
    *,
    parent: int | None = None,
    companions: Sequence[Program] = (),
) -> int:
    """Serve with `workers` processes until SIGTERM or SIGINT; the exit code.

    `command` starts one process; the numbers of the socket and of the pipe are appended to it. What has not ended some
    time after its farewell is killed. `parent` is the pipe of whoever started this process, as for them. `companions`
    are kept running beside them.
    """
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory(prefix="highstreet-metrics-") as directory:
        environ = {**os.environ, metrics.SHARED_DIRECTORY: directory}
        full = (sys.executable, *command, f"--socket={listening.fileno()}", f"--parent={reading}", "--sibling")
        with os.fdopen(writing, "wb") as lifeline, os.fdopen(reading, "rb"):
            crew = _Crew(full, environ, (listening.fileno(), reading))

            async def run() -> int:
                async with company(companions):
                    return await _run(workers, listening, lifeline, crew, farewell, parent)

            return asyncio.run(run())


async def _run(
    workers: int, listening: socket.socket, lifeline: BinaryIO, crew: _Crew, farewell: Farewell, parent: int | None
) -> int:
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, crew.end, sig)
    if parent is not None:

        def orphaned(pipe: int) -> None:
            loop.remove_reader(pipe)
            crew.end(signal.SIGTERM)

        loop.add_reader(parent, orphaned, parent)
    keepers = [asyncio.create_task(crew.keep_one()) for _ in range(workers)]
    await crew.ending.wait()
    with contextlib.suppress(TimeoutError):  # while the children still let visitors in, an interrupt makes them hurry
        async with asyncio.timeout(farewell.accept_s):
            await crew.interrupted.wait()
    door.shut(listening)
    await asyncio.sleep(LAST_ARRIVALS_S)
    lifeline.close()
    listening.close()
    _, late = await asyncio.wait(keepers, timeout=farewell.linger_s + farewell.finish_s + _PATIENCE_S)
    if late:
        for process in crew.running:
            process.kill()
        await asyncio.wait(late)
    if crew.failed:
        return 1
    return 130 if crew.interrupted.is_set() else 0
