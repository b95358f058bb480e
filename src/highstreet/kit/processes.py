"""Child processes that are kept running: one that dies is started again, and all end when this process does.

Each child holds the reading end of a pipe whose other end only this process has. However this process ends, killed
included, the pipe closes, and the children see that as their order to leave.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import structlog

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0
_STEADY_S: Final = 20.0
"""A child that has lived so long has started well: its next death is its first one."""
_PATIENCE_S: Final = 15.0
_LOG_LIMIT_BYTES: Final = 5_000_000

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs. The number of the pipe is appended to its arguments as `--parent=`."""

    name: str
    arguments: Sequence[str]
    environ: Mapping[str, str]
    log: Path | None = None
    """Where its output goes; None: where that of this process goes."""
    passed: Sequence[int] = ()
    """File descriptors that it inherits."""


class Troupe:
    """The children of this process. Leaving its context ends them, and waits until they are gone."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._pipe = os.pipe()
        self._ending = asyncio.Event()
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._ending.set()
        for process in self._running.values():
            _signal(process, signal.SIGTERM)
        if self._keepers:
            _, late = await asyncio.wait(self._keepers, timeout=_PATIENCE_S)
            for process in self._running.values() if late else ():
                _signal(process, signal.SIGKILL)
            await asyncio.gather(*self._keepers, return_exceptions=True)
        for end in self._pipe:
            os.close(end)

    def start(self, program: Program) -> None:
        """Start a program and keep it running until the end."""
        self._keepers.append(asyncio.create_task(self._keep(program), name=f"keep {program.name}"))

    async def _keep(self, program: Program) -> None:
        pause = _FIRST_PAUSE_S
        while not self._ending.is_set():
            began = time.monotonic()
            code = await self._run(program)
            if self._ending.is_set():
                return
            if time.monotonic() - began > _STEADY_S:
                pause = _FIRST_PAUSE_S
            self._say(f"The {program.name} process ended ({_how(code)}); starting it again.{_told(program.log)}")
            try:
                await asyncio.wait_for(self._ending.wait(), pause)
            except TimeoutError:
                pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _run(self, program: Program) -> int:
        """Run once; the exit code. A session of its own keeps the terminal's Ctrl-C from it: we tell it to end."""
        reading = self._pipe[0]
        with contextlib.nullcontext() if program.log is None else _open_log(program.log) as log:
            process = await asyncio.create_subprocess_exec(
                *program.arguments,
                f"--parent={reading}",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=program.environ,
                pass_fds=(reading, *program.passed),
                start_new_session=True,
            )
        self._running[program.name] = process
        if self._ending.is_set():  # while it was being started
            _signal(process, signal.SIGTERM)
        try:
            return await process.wait()
        finally:
            del self._running[program.name]


def _told(log: Path | None) -> str:
    return "" if log is None else f" Its log: {log}"


def _open_log(path: Path):  # noqa: ANN202 - the type of `open` depends on its mode
    path.parent.mkdir(parents=True, exist_ok=True)
    full = path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES
    return path.open("wb" if full else "ab")


def _signal(process: asyncio.subprocess.Process, sig: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(sig)


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


@contextlib.asynccontextmanager
async def company(programs: Sequence[Program]) -> AsyncGenerator[None]:
    """Keep these running while the context lasts, and say in the log when one had to be started again."""
    async with Troupe(_log.error) as troupe:
        for program in programs:
            troupe.start(program)
        yield
