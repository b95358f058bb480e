"""One trace goes from a change through its facts into its jobs, and tells nothing that it should not."""

import asyncio
import json
import logging
import socket
from collections.abc import Generator
from contextlib import contextmanager
from io import StringIO
from random import Random
from time import monotonic
from uuid import UUID

import msgspec
import psycopg
import pytest

from highstreet.kit import jobs, outbox, relay, tracing
from highstreet.kit.database import VISITOR, Database, Transaction
from highstreet.kit.errors import NotFound
from highstreet.kit.jobs import Job, Pace
from highstreet.kit.logs import configure_logs
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.relay import RetryPolicy
from highstreet.kit.settings import LogFormat, Secret, Settings
from highstreet.kit.sweeps import Sweep, sweep_once
from highstreet.kit.trace_export import FLUSH_WITHIN_S, exporting
from tests.collector import Collector, collecting

BALL = UUID(int=1)


class Parcel(msgspec.Struct, frozen=True):
    number: int


@pytest.fixture
def collector() -> Generator[Collector]:
    with collecting() as made:
        yield made


@contextmanager
def traced(settings: Settings, url: str, **changes: float) -> Generator[None]:
    """Everything is sent when the context is left."""
    with exporting(msgspec.structs.replace(settings, traces_url=Secret(url), **changes), "test", Random(11)):
        yield


@pytest.fixture
def log() -> Generator[StringIO]:
    root = logging.getLogger()
    before, stream = root.handlers[:], StringIO()
    configure_logs(LogFormat.JSON, stream)
    yield stream
    root.handlers[:] = before


async def throw(database: Database) -> None:
    async with database.transaction(VISITOR) as tx:
        await outbox.record(tx, aggregate="ball", aggregate_id=BALL, name="thrown", payload={"to": "Ann"})


async def carry(database: Database, subscriber: Subscriber) -> None:
    await relay.subscribe(database, [subscriber])
    while await relay.route(database):
        pass
    while await relay.deliver(database, {subscriber.name: subscriber}, Random(1), RetryPolicy(attempts=1)):
        pass


async def work_off(database: Database, url: str, job: Job[Parcel]) -> None:
    """Until the queue is empty or holds only what failed."""
    pace = Pace(look_every_s=0.02, heartbeat_s=0.2, finish_within_s=0.2)
    working = asyncio.create_task(jobs.run_jobs(database, url, [job], Random(5), pace))
    async with asyncio.timeout(30):
        while True:
            async with database.system() as tx:
                if all(each.status == "failed" for each in await jobs.waiting(tx)):
                    break
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_one_trace_goes_from_a_change_through_its_fact_into_its_job(
    settings: Settings, database: Database, database_url: str, collector: Collector
) -> None:
    async def deliver(database: Database, parcel: Parcel) -> None:
        async with database.system() as tx:
            await tx.execute("SELECT count(*) FROM kit.facts WHERE name = %s", (f"parcel {parcel.number}",))

    job = Job("parcel", Parcel, deliver)

    async def pack(tx: Transaction, fact: Fact) -> None:
        del fact
        await jobs.defer(tx, job, Parcel(4711))

    with traced(settings, collector.url):
        with tracing.root("visit"):
            await throw(database)
        await carry(database, Subscriber("packer", frozenset({"thrown"}), pack))
        await work_off(database, database_url, job)
    spans = {(span.name, span.parent_id): span for span in collector.spans}
    assert {span.trace_id for span in collector.spans} == {collector.spans[0].trace_id}
    visit = spans["visit", ""]
    recording = spans["transaction", visit.span_id]
    packing = spans["process packer", recording.span_id]
    working = spans["process parcel", packing.span_id]
    counting = spans["transaction", working.span_id]
    assert (packing.links, working.links) == ((recording.span_id,), (packing.span_id,))
    assert recording.statements == ("INSERT kit.facts",)
    assert counting.statements == ("SELECT kit.facts",)
    assert (packing.attributes["highstreet.fact"], working.attributes["highstreet.attempt"]) == ("thrown", 1)
    told = " ".join(span.raw for span in collector.spans)
    assert "Ann" not in told
    assert "4711" not in told


async def test_a_failure_is_told_by_its_kind_and_not_by_its_words(
    settings: Settings, database: Database, database_url: str, collector: Collector
) -> None:
    async def refuse(tx: Transaction, fact: Fact) -> None:
        del tx, fact
        raise RuntimeError("Ann lives in Elm Street")

    async def stumble(database: Database, parcel: Parcel) -> None:
        del database, parcel
        raise KeyError("Elm Street")

    job = Job("parcel", Parcel, stumble, attempts=1)
    with traced(settings, collector.url):
        with tracing.root("visit"):
            await throw(database)
            async with database.transaction(VISITOR) as tx:
                await jobs.defer(tx, job, Parcel(1))
            with pytest.raises(NotFound):
                async with database.transaction(VISITOR):
                    raise NotFound("no Ann here")
        await carry(database, Subscriber("packer", frozenset({"thrown"}), refuse))
        await work_off(database, database_url, job)
    (packing,), (working,) = collector.named("process packer"), collector.named("process parcel")
    assert (packing.failed, packing.attributes["error.type"]) == (True, "RuntimeError")
    assert (working.failed, working.attributes["error.type"]) == (True, "KeyError")
    refused = [span for span in collector.named("transaction") if "error.type" in span.attributes]
    assert [(span.failed, span.attributes["error.type"]) for span in refused] == [(False, "NotFound")]
    told = " ".join(span.raw for span in collector.spans)
    assert "Ann" not in told
    assert "Elm" not in told


async def test_work_from_before_traces_is_done_as_before(
    settings: Settings, database: Database, database_url: str, collector: Collector
) -> None:
    done: list[int] = []

    async def note(database: Database, parcel: Parcel) -> None:
        del database
        done.append(parcel.number)

    job = Job("parcel", Parcel, note)
    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, job, Parcel(1))
    async with database.system() as tx:
        args = await tx.fetch_one(dict[str, object], "SELECT args FROM jobs.procrastinate_jobs")
    assert args == {"args": {"payload": {"number": 1}}}
    with traced(settings, collector.url):
        await work_off(database, database_url, job)
    assert done == [1]
    (span,) = collector.named("process parcel")
    assert (span.parent_id, span.links) == ("", ())


async def test_sweeps_are_traces_of_their_own_when_something_was_due(
    settings: Settings, database: Database, collector: Collector
) -> None:
    async def none(tx: Transaction) -> int:
        del tx
        return 0

    async def some(tx: Transaction) -> int:
        await outbox.record(tx, aggregate="ball", aggregate_id=BALL, name="swept", payload={})
        return 3

    with traced(settings, collector.url):
        await sweep_once(database, Sweep("idle", 1.0, none))
        await sweep_once(database, Sweep("due", 1.0, some))
    (span,) = collector.spans
    assert (span.name, span.parent_id, span.attributes["highstreet.count"]) == ("sweep due", "", 3)
    async with database.system() as tx:
        fact = await tx.fetch_one(dict[str, str], "SELECT traceparent FROM kit.facts")
    assert fact is not None
    assert fact["traceparent"].split("-")[1:3] == [span.trace_id, span.span_id]


async def test_nothing_is_kept_beside_a_fact_while_nothing_is_exported(database: Database) -> None:
    with tracing.root("visit"):
        await throw(database)
        assert (tracing.traceparent(), tracing.ids()) == (None, None)
    async with database.system() as tx:
        assert await tx.fetch_one(dict[str, object], "SELECT traceparent FROM kit.facts") == {"traceparent": None}


@pytest.mark.parametrize("wrong", ["", "garbage", "00-" + "a" * 32 + "-" + "b" * 16 + "-1"])
def test_the_table_holds_only_what_is_a_traceparent(migrations_url: str, wrong: str) -> None:
    told = (
        "INSERT INTO kit.facts (id, aggregate, aggregate_id, name, version, payload, recorded_at, traceparent)"
        " VALUES (%s, 'ball', %s, 'thrown', 1, '{}', '2026-03-02', %s)"
    )
    with psycopg.connect(migrations_url) as owner:
        owner.execute("ALTER TABLE kit.facts NO FORCE ROW LEVEL SECURITY")
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(told, (BALL, BALL, wrong))
        owner.rollback()


def test_a_trace_that_is_not_sampled_is_not_sampled_further_on(settings: Settings, collector: Collector) -> None:
    with traced(settings, collector.url, traces_ratio=0.0):
        with tracing.root("visit"):
            parent = tracing.traceparent()
            assert parent is not None
            assert parent.endswith("-02")
        with tracing.processing("packer", "1", parent, {}):
            assert tracing.trace_id_of(tracing.traceparent()) == tracing.trace_id_of(parent)
    assert collector.requests == 0


def test_about_the_share_that_is_set_is_kept(settings: Settings, collector: Collector) -> None:
    with traced(settings, collector.url, traces_ratio=0.25):
        for _ in range(400):
            with tracing.root("visit"):
                pass
    assert 60 <= len(collector.spans) <= 140


def test_lines_of_the_log_name_their_trace(settings: Settings, collector: Collector, log: StringIO) -> None:
    with traced(settings, collector.url):
        with tracing.root("visit"):
            logging.getLogger("ours").warning("hello")
        logging.getLogger("ours").warning("goodbye")
    hello, goodbye = (json.loads(line) for line in log.getvalue().splitlines())
    (span,) = collector.spans
    assert (hello["trace_id"], hello["span_id"]) == (span.trace_id, span.span_id)
    assert "trace_id" not in goodbye


def test_a_collector_that_refuses_is_complained_of_once_and_harms_nobody(
    settings: Settings, collector: Collector, log: StringIO
) -> None:
    collector.status = 400
    with traced(settings, collector.url.replace("//", "//ann:swordfish@")):
        for attempt in range(1, 4):
            with tracing.root("visit"):
                pass
            with collector.arrived:
                assert collector.arrived.wait_for(lambda attempt=attempt: collector.requests >= attempt, 30)
    (line,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (line["event"], line["lost"], line["level"]) == ("traces are not taken", 1, "warning")
    assert "swordfish" not in log.getvalue()


def test_the_end_does_not_wait_for_a_collector_that_never_answers(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = monotonic()
        with traced(settings, f"http://127.0.0.1:{silent.getsockname()[1]}"):
            for _ in range(2_000):
                with tracing.root("visit"):
                    pass
        assert monotonic() - began < FLUSH_WITHIN_S + 10  # ten seconds for a busy machine


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT id FROM catalog.deals AS deal JOIN catalog.options ON true", "SELECT catalog.deals catalog.options"),
        ("\n  INSERT INTO kit.facts (id) SELECT id FROM json_to_recordset(%s)", "INSERT kit.facts"),
        ("WITH head AS (SELECT 1 FROM kit.deliveries FOR UPDATE OF d) SELECT 1 FROM head", "SELECT kit.deliveries"),
        ("WITH gone AS (DELETE FROM kit.facts RETURNING id) SELECT count(*) FROM gone", "DELETE kit.facts"),
        ("UPDATE kit.deliveries SET state = 'secret' WHERE error = 'secret'", "UPDATE kit.deliveries"),
        ("SELECT kit.actor_kind() FROM kit.actor_kind()", "SELECT"),
        ("", ""),
    ],
)
def test_a_statement_is_told_by_what_it_does_to_which_tables(statement: str, told: str) -> None:
    assert tracing.summary(statement) == told
