"""A request is the root of a trace that goes on in other processes; a stranger's header begins none."""

import subprocess
import sys
import textwrap
from collections.abc import Generator
from dataclasses import replace
from random import Random
from time import sleep
from uuid import UUID, uuid4

import httpx
import msgspec
import psycopg
import pytest
from litestar import get, post
from litestar.di import NamedDependency

from highstreet.kit import outbox
from highstreet.kit.clock import SystemClock
from highstreet.kit.database import VISITOR, open_database
from highstreet.kit.errors import NotFound
from highstreet.kit.settings import Secret, Settings
from highstreet.kit.trace_export import exporting
from highstreet.web.app import create_app
from highstreet.web.runtime import Runtime
from tests.collector import Collector, collecting
from tests.web.serving import served
from tests.web.test_middleware import house_with

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROXYS_TRACE, PROXYS_SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
FROM_PROXY = {"traceparent": f"00-{PROXYS_TRACE}-{PROXYS_SPAN}-01", "tracestate": "vendor=secret"}
WORKER = """
    import asyncio, os, sys
    import msgspec
    from highstreet import main
    from highstreet.kit import jobs
    from highstreet.kit.jobs import Job
    from highstreet.kit.outbox import Subscriber
    from highstreet.kit.settings import load_settings

    class Parcel(msgspec.Struct):
        number: int

    async def run(database, parcel):
        print("done", flush=True)

    parcels = Job("parcel", Parcel, run)

    async def handle(tx, fact):
        await jobs.defer(tx, parcels, Parcel(1))

    main.SUBSCRIBERS = (Subscriber("packer", frozenset({"thrown"}), handle),)
    main.JOBS = (parcels,)
    settings = load_settings(os.environ, serving=False)

    async def work():
        working = asyncio.create_task(main.work(settings, settings.database_url.reveal()))
        told = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            os._exit(f"the worker ended: {working.exception()}" and 1)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(work())
"""


@post("/throw/{secret:str}")
async def throw(runtime: NamedDependency[Runtime]) -> dict[str, str]:
    async with runtime.database.transaction(VISITOR) as tx:
        await outbox.record(tx, aggregate="ball", aggregate_id=UUID(int=1), name="thrown", payload={})
    return {}


@get("/nobody/{secret:str}")
async def nobody() -> None:
    raise NotFound("There is nobody")


@get("/broken/{secret:str}")
async def broken() -> None:
    raise RuntimeError("a secret")


@pytest.fixture
def collector() -> Generator[Collector]:
    with collecting() as made:
        yield made


async def ask(
    house: Runtime, collector: Collector, *requests: tuple[str, str], headers: dict[str, str] | None = None
) -> list[httpx.Response]:
    """The answers; all spans have arrived afterwards."""
    settings: Settings = msgspec.structs.replace(house.settings, traces_url=Secret(collector.url))
    app = create_app(house, faces=[throw, nobody, broken])
    with exporting(settings, "web", Random(5)):
        async with served(app) as url, httpx.AsyncClient(base_url=url) as visitor:
            return [await visitor.request(method, path, headers=headers) for method, path in requests]


@pytest.fixture
def worker(database_url: str, collector: Collector) -> Generator[subprocess.Popen[str]]:
    """A worker with a subscriber and a job of its own, which has subscribed; it ends when its input does."""
    environ = {
        "HIGHSTREET_DATABASE_URL": database_url,
        "HIGHSTREET_SECRET_KEY": "a secret of the tests, and of nobody else",
        "HIGHSTREET_TRACES_URL": collector.url,
        "PYTHONPATH": ":".join(sys.path),
    }
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER)],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdin is not None
        with started.stdin:
            with psycopg.connect(database_url, options="-c role=highstreet_system", autocommit=True) as connection:
                while connection.execute("SELECT FROM kit.subscriptions").rowcount == 0:
                    assert started.poll() is None
                    sleep(0.05)
            yield started
        assert started.wait(30) == 0


async def test_a_request_is_followed_into_the_work_of_another_process(
    house: Runtime, database_url: str, collector: Collector, worker: subprocess.Popen[str]
) -> None:
    assert worker.stdout is not None
    async with open_database(database_url, SystemClock(), Random(2)) as database:
        (answer,) = await ask(replace(house, database=database), collector, ("POST", f"/throw/{uuid4().hex}"))
    assert worker.stdout.readline() == "done\n"
    kept = {span.name: span for span in collector.wait_for("process packer", "process parcel")}
    request, packing, working = kept["POST /throw/{secret}"], kept["process packer"], kept["process parcel"]
    assert {request.trace_id, packing.trace_id, working.trace_id} == {answer.headers["x-request-id"]}
    assert (request.process, packing.process, working.process) == ("highstreet-web", *["highstreet-worker"] * 2)
    assert (request.parent_id, packing.parent_id) == ("", kept["transaction"].span_id)
    assert kept["transaction"].parent_id == request.span_id
    assert working.parent_id == packing.span_id


async def test_a_span_tells_the_route_and_the_outcome_and_nothing_personal(
    house: Runtime, collector: Collector
) -> None:
    secret = uuid4().hex
    requests = [("GET", f"/nobody/{secret}?email={secret}"), ("GET", f"/broken/{secret}"), ("GET", f"/x/{secret}")]
    await ask(house, collector, *requests, headers={"authorization": secret, "user-agent": secret, "cookie": secret})
    kept = {span.name: span for span in collector.spans}
    assert kept.keys() == {"GET /nobody/{secret}", "GET /broken/{secret}", "GET unmatched"}
    refused, failed = kept["GET /nobody/{secret}"], kept["GET /broken/{secret}"]
    assert refused.attributes["http.response.status_code"] == 404
    assert refused.attributes["http.route"] == "/nobody/{secret}"
    assert refused.attributes["http.request.method"] == "GET"
    assert (refused.failed, failed.failed, failed.attributes["error.type"]) == (False, True, "500")
    assert {span.kind for span in collector.spans} == {2}
    told = " ".join(span.raw for span in collector.spans)
    assert secret not in told
    assert "a secret" not in told
    assert "127.0.0.1" not in told


async def test_a_stranger_neither_joins_a_trace_nor_begins_one(house: Runtime, collector: Collector) -> None:
    (answer,) = await ask(house, collector, ("GET", "/nobody/x"), headers=FROM_PROXY)
    (span,) = collector.spans
    assert span.trace_id == answer.headers["x-request-id"] != PROXYS_TRACE
    assert (span.parent_id, span.links) == ("", ())


async def test_a_trusted_proxys_trace_is_gone_on_with(house: Runtime, collector: Collector) -> None:
    trusting = house_with(house, trusted_proxies=("127.0.0.0/8",))
    (answer,) = await ask(trusting, collector, ("GET", "/nobody/x"), headers=FROM_PROXY)
    (span,) = collector.spans
    assert (span.trace_id, span.parent_id) == (PROXYS_TRACE, PROXYS_SPAN)
    assert span.attributes["highstreet.request_id"] == answer.headers["x-request-id"] != PROXYS_TRACE
    assert "vendor" not in span.raw


@pytest.mark.parametrize("given", ["", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "zz", f"01-{PROXYS_TRACE}-x-01"])
async def test_a_proxys_header_that_says_nothing_begins_a_new_trace(
    house: Runtime, collector: Collector, given: str
) -> None:
    trusting = house_with(house, trusted_proxies=("127.0.0.0/8",))
    await ask(trusting, collector, ("GET", "/nobody/x"), headers={"traceparent": given})
    (span,) = collector.spans
    assert span.parent_id == ""


async def test_what_looks_after_the_process_is_not_traced(house: Runtime, collector: Collector) -> None:
    await ask(house, collector, ("GET", "/health/live"), ("GET", "/metrics"))
    assert collector.spans == []
