"""What traces cost: one request with a transaction of two statements, answered with tracing off and on.

The application is asked in this process, without a socket, so that its own work is what is measured. CPU time counts
every thread of the process, also the one that sends; the collector is another process.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import process_time

import msgspec
from litestar import Litestar, get
from litestar.di import NamedDependency
from litestar.types import Message

from benchmarks.report import Ratio, Report, Result, report, value
from highstreet import main
from highstreet.kit import migrations
from highstreet.kit.database import VISITOR
from highstreet.kit.logs import configure_logs
from highstreet.kit.postgres.addresses import database_urls
from highstreet.kit.postgres.home import base_of
from highstreet.kit.settings import LogFormat, Secret, Settings, load_settings
from highstreet.kit.trace_export import exporting
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime

_OFF, _TENTH, _ON = "off", "on, a tenth kept", "on, all kept"
_METRIC = "CPU per request"
_ROUNDS = 5
_COLLECTOR = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *words): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class _Count(msgspec.Struct):
    n: int


@get("/measured")
async def _measured(runtime: NamedDependency[Runtime]) -> _Count | None:
    async with runtime.database.transaction(VISITOR) as tx:
        await tx.fetch_one(_Count, "SELECT count(*) AS n FROM catalog.categories")
        return await tx.fetch_one(_Count, "SELECT count(*) AS n FROM catalog.divisions")


def run(*, quick: bool) -> Report:
    number = 100 if quick else 2_000
    with (
        Path(os.devnull).open("w") as nowhere,
        tempfile.TemporaryDirectory(prefix="highstreet-bench-", ignore_cleanup_errors=True) as directory,
    ):
        configure_logs(LogFormat.JSON, nowhere)  # a line for each request, as in service
        Path(directory).chmod(0o755)  # as root, PostgreSQL runs as another user, who has to pass through
        settings = load_settings({"HIGHSTREET_ENV": "test", "HIGHSTREET_DATA_DIR": directory})
        try:
            with database_urls(settings) as urls, _collector() as collector:
                migrations.migrate(urls.migrations, database_url=urls.database)
                times = asyncio.run(_measure(settings, urls.database, collector, number))
        finally:
            shutil.rmtree(base_of(settings.data_dir))  # as root, the cluster stands elsewhere
    results = [Result(subject, _METRIC, round(min(rounds), 1), "us") for subject, rounds in times.items()]
    ratios = [
        Ratio(subject, _OFF, _METRIC, value(results, subject, _METRIC) / value(results, _OFF, _METRIC))
        for subject in (_TENTH, _ON)
    ]
    return report("tracing", results, ratios, [])


async def _measure(settings: Settings, url: str, collector: str, number: int) -> dict[str, list[float]]:
    """By subject, microseconds per request in each round. The rounds of the subjects take turns."""
    times: dict[str, list[float]] = {_OFF: [], _TENTH: [], _ON: []}
    shares = {_TENTH: 0.1, _ON: 1.0}
    async with main.open_runtime(settings, url) as runtime:
        app = create_app(runtime, faces=[_measured])
        await _ask(app, number)
        for _ in range(_ROUNDS):
            for subject, found in times.items():
                with contextlib.ExitStack() as stack:
                    if share := shares.get(subject):
                        chosen = msgspec.structs.replace(settings, traces_url=Secret(collector), traces_ratio=share)
                        stack.enter_context(exporting(chosen, "web", Random(1)))
                    await _ask(app, number // 10)
                    began = process_time()
                    await _ask(app, number)
                    found.append((process_time() - began) / number * 1e6)
    return times


async def _ask(app: Litestar, number: int) -> None:
    """Nobody listens; only the status is looked at."""
    statuses: set[int] = set()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    async def receive() -> object:
        return {"type": "http.request", "body": b"", "more_body": False}

    for _ in range(number):
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/measured",
            "raw_path": b"/measured",
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
            "state": {},
        }
        await app(scope, receive, send)  # pyright: ignore[reportArgumentType] -- as a server would make them
    assert statuses == {200}


@contextmanager
def _collector() -> Generator[str]:
    with subprocess.Popen([sys.executable, "-c", _COLLECTOR], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()
