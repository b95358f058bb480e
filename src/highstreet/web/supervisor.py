"""Several serving processes on one socket: started, replaced when they die, ended together.

The parent binds the socket and hands it to its children, so that a child can die and be replaced while the others
serve. Each child also holds the reading end of a pipe that the parent keeps open, and ends when that closes: also when
the parent was killed.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from highstreet.kit import metrics

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
        self.signal = signal.SIGTERM
        self.failed = False
        self.running: set[asyncio.subprocess.Process] = set()

    def end(self, sig: signal.Signals) -> None:
        self.signal = sig
        self.ending.set()
        for process in self.running:
            if process.returncode is None:
                process.send_signal(sig)

    async def keep_one(self) -> None:
        """Keep one process running until the end."""
        quick_deaths = 0
        while not self.ending.is_set():
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(*self.command, pass_fds=self.passed, env=self.environ)
            self.running.add(process)
            if self.ending.is_set():  # while it was being started
                process.send_signal(self.signal)
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
    workers: int, listening: socket.socket, command: Sequence[str], farewell_s: float, *, parent: int | None = None
) -> int:
    """Serve with `workers` processes until SIGTERM or SIGINT; the exit code.

    `command` starts one process; the numbers of the socket and of the pipe are appended to it. After `farewell_s` and
    some patience, what has not ended is killed. `parent` is the pipe of whoever started this process, as for them.
    """
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory(prefix="highstreet-metrics-") as directory:
        environ = {**os.environ, metrics.SHARED_DIRECTORY: directory}
        full = (sys.executable, *command, f"--socket={listening.fileno()}", f"--parent={reading}")
        try:
            return asyncio.run(
                _run(workers, listening, _Crew(full, environ, (listening.fileno(), reading)), farewell_s, parent)
            )
        finally:
            os.close(writing)
            os.close(reading)


async def _run(workers: int, listening: socket.socket, crew: _Crew, farewell_s: float, parent: int | None) -> int:
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
    # The children hold the socket as well; once the last of them has closed it, nothing listens any more.
    listening.close()
    _, late = await asyncio.wait(keepers, timeout=farewell_s + _PATIENCE_S)
    if late:
        for process in crew.running:
            process.kill()
        await asyncio.wait(late)
    if crew.failed:
        return 1
    return 130 if crew.signal is signal.SIGINT else 0
