"""A house that may be killed: a PostgreSQL of its own, web processes before it, and an indexer, all on this machine.

Whoever leaves the house ends all of it: no process and no file stays behind.
"""

import asyncio
import signal
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Final

import httpx
import msgspec
import psutil

from highstreet.kit import migrations
from highstreet.kit.clock import FileClock
from highstreet.kit.database import Database, open_database
from highstreet.kit.postgres.home import Home, make_home
from highstreet.kit.postgres.server import serve
from highstreet.kit.settings import Environment, Secret, Settings
from tests.scratch import scratch_directory
from tests.web.serving import Program, program

SECRET: Final = Secret("a secret of the proofs, and of nobody else")
_READY_WITHIN_S: Final = 240.0
_TOLD_LINES: Final = 12


class House:
    """What runs, and how each part of it is killed and started again. Made by `open_house`."""

    def __init__(self, stack: ExitStack, settings: Settings, own: Home | None) -> None:
        assert settings.database_url is not None, "who makes a house has a database"
        self._stack = stack
        self._own = own
        self.database_url = settings.database_url.reveal()
        self.settings = settings
        self.clock = FileClock(settings.data_dir / "clock")
        self.ports: list[int] = []
        self._webs: list[Program] = []

    def start(self, webs: int) -> None:
        """Web processes, each at a port of its own that it keeps, and one indexer for all."""
        self._run("indexer")
        self.ports = [_free_port() for _ in range(webs)]
        self._webs = [self._web(port) for port in self.ports]

    async def until_ready(self) -> None:
        """Until every web process takes visitors. Raises TimeoutError with what they said last."""
        try:
            async with asyncio.timeout(_READY_WITHIN_S), httpx.AsyncClient(trust_env=False) as client:
                for port in self.ports:
                    while not await _is_ready(client, port):  # noqa: ASYNC110 -- another process decides
                        await asyncio.sleep(0.2)
        except TimeoutError:
            said = [line for web in self._webs for line in list(web.said.queue)[-_TOLD_LINES:]]
            raise TimeoutError("\n".join(["not every web process was ready", *said])) from None

    def kill_web(self, number: int) -> None:
        """With SIGKILL; it is started again at the same port at once."""
        self._webs[number].end(signal.SIGKILL)
        self._webs[number] = self._web(self.ports[number])

    def restart_web(self, number: int) -> None:
        """As an operator would."""
        self._webs[number].end(signal.SIGTERM)
        self._webs[number] = self._web(self.ports[number])

    def kill_postgres(self) -> None:
        """With SIGKILL, the house's own server and every process of it; it is started again at once."""
        assert self._own is not None, "nobody kills the server of others"
        _kill_server(self._own)
        with serve(self._own):
            pass  # others use it, so that it goes on

    def _web(self, port: int) -> Program:
        return self._run("serve", "--no-indexer", "--drain-seconds=0", f"--port={port}")

    def _run(self, *arguments: str) -> Program:
        environ: dict[str, str | Path] = {
            "env": "test",
            "database_url": self.database_url,
            "data_dir": self.settings.data_dir,
            "secret_key": SECRET.reveal(),
            "log_format": "json",
        }
        return self._stack.enter_context(program(*arguments, **environ))


@contextmanager
def _built(webs: int, database_url: str | None) -> Generator[House]:
    with ExitStack() as stack:
        directory, home = stack.enter_context(scratch_directory()), None
        if database_url is None:
            home = make_home(directory / "postgres")
            postgres = stack.enter_context(serve(home))
            migrations.migrate(postgres.migrations_url, database_url=postgres.database_url)
            database_url = postgres.database_url
        data_dir = directory / "data"
        data_dir.mkdir()
        settings = Settings(
            env=Environment.TEST, database_url=Secret(database_url), data_dir=data_dir, secret_key=SECRET
        )
        house = House(stack, settings, home)
        house.start(webs)
        yield house


class Open(msgspec.Struct, frozen=True):
    """A house, and connections of one's own to its database."""

    house: House
    database: Database


@asynccontextmanager
async def open_house(webs: int = 2, database_url: str | None = None) -> AsyncGenerator[Open]:
    """A house that is ready, in a migrated database or on a PostgreSQL of its own, which waits for the disk."""
    with _built(webs, database_url) as house:
        async with open_database(house.database_url, house.clock, SystemRandom()) as database:
            await house.until_ready()
            yield Open(house, database)


def _kill_server(home: Home) -> None:
    """Kill the PostgreSQL of this home, of which we know the first process by the file that it writes."""
    first = psutil.Process(int((home.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]))
    if Path(first.cwd()) != home.cluster.resolve():
        raise RuntimeError(f"process {first.pid} is not the server of {home.cluster}")
    others = first.children(recursive=True)
    for process in (first, *others):
        process.kill()
    psutil.wait_procs([first, *others], timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/health/ready")).is_success
    except httpx.TransportError:
        return False
