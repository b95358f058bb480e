"""The answers of a search, served without a search: what is left to gain by a faster one.

Twice: within the house, where a request passes through everything but the question, the search and the making of its
answer, and by an application that does nothing else. The first is what a search over HTTP is compared with; the second
tells what the server and the kernel cost. Both on our own server, in a process of their own:
`python -m benchmarks.same_bytes WAY`, with the answers on standard input.
"""

import asyncio
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from random import SystemRandom
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec
import uvloop
from litestar import get
from litestar.types import ASGIApp, Receive, Scope, Send

from highstreet.kit.clock import SystemClock
from highstreet.kit.logs import configure_logs
from highstreet.kit.settings import Environment, LogFormat, Secret, Settings
from highstreet.web.answers import Answer
from highstreet.web.app import create_app
from highstreet.web.problems import HttpRequest
from highstreet.web.runtime import Lifecycle, Runtime
from highstreet.web.server import Farewell, address_of, bind, make_server

WAYS: Final = ("bare", "within the house")

_MADE_ANEW = frozenset({"date", "x-request-id", "connection"})


class Recorded(msgspec.Struct, frozen=True):
    """One answer as it came, without what each answer gets anew."""

    path: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


def record(url: str, paths: Sequence[str]) -> list[Recorded]:
    """Ask for each path once."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=30)
    found: list[Recorded] = []
    for path in dict.fromkeys(paths):
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path} answered {answer.status}"
        headers = [(name.lower(), value) for name, value in answer.getheaders()]
        found.append(
            Recorded(path, [(n.encode(), value.encode()) for n, value in headers if n not in _MADE_ANEW], body)
        )
    connection.close()
    return found


@contextmanager
def serving(answers: Sequence[Recorded], way: str) -> Generator[str]:
    """The address of a process that answers with these bytes, and ends afterwards."""
    command = [sys.executable, "-m", "benchmarks.same_bytes", way]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(msgspec.msgpack.encode(answers))
            process.stdin.close()
            url = process.stdout.readline().decode().strip()
            if not url:
                raise RuntimeError("the server of recorded answers did not start")
            yield url
        finally:
            process.terminate()


def _bare(answers: dict[str, Answer]) -> ASGIApp:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        asked = cast("dict[str, Any]", scope)
        await answers[f"{asked['path']}?{asked['query_string'].decode()}"](scope, receive, send)

    return application


def _house(answers: dict[str, Answer]) -> ASGIApp:
    @get("/api/v1/deals")
    async def answer(request: HttpRequest) -> Answer:
        return answers[f"{request.scope['path']}?{request.scope['query_string'].decode()}"]

    # A house without rooms: nothing of these answers needs a database, an index or blobs.
    nothing: Any = None
    settings = Settings(env=Environment.DEMO, database_url=Secret("postgresql://nowhere"), data_dir=Path.cwd(), port=0)
    runtime = Runtime(settings, nothing, SystemClock(), nothing, SystemRandom(), nothing)
    return create_app(runtime, faces=[answer])


def _main() -> None:
    recorded = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Recorded])
    answers = {each.path: Answer(200, tuple(each.headers), each.body) for each in recorded}
    configure_logs(LogFormat.JSON)
    application = (_bare if sys.argv[1] == WAYS[0] else _house)(answers)

    async def serve() -> None:
        with bind("127.0.0.1", 0) as listening:
            sys.stdout.write(address_of(listening) + "\n")
            sys.stdout.flush()
            await make_server(application, Lifecycle(), Farewell(accept_s=0)).serve(sockets=[listening])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


if __name__ == "__main__":
    _main()
