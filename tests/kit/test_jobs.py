"""Work that was put in the queue is done: after failures, kills and restarts, and never for a transaction undone."""

import asyncio
import dataclasses
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib import resources, util
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import psycopg
import pytest

from highstreet.kit import jobs
from highstreet.kit.database import VISITOR, Database
from highstreet.kit.errors import Forbidden, NotFound
from highstreet.kit.jobs import Job, Pace

HURRY = Pace(look_every_s=0.02, heartbeat_s=0.2, finish_within_s=0.2, first_retry_s=0.02)
SUSPICIOUS = dataclasses.replace(HURRY, presumed_dead_after_s=0.8)


class Parcel(msgspec.Struct, frozen=True):
    number: int


class Desk:
    """Work that remembers what it was given, and fails as often as it is told."""

    def __init__(self, *, failures: int = 0, attempts: int = 8) -> None:
        self.done: list[int] = []
        self.failures = failures
        self.changed = asyncio.Condition()
        self.job = Job("parcel", Parcel, self.run, attempts)

    async def run(self, database: Database, parcel: Parcel) -> None:
        del database
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not today")
        self.done.append(parcel.number)
        async with self.changed:
            self.changed.notify_all()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: len(self.done) >= count)


@asynccontextmanager
async def worker(database: Database, url: str, work: Sequence[Job[Any]], pace: Pace = HURRY) -> AsyncGenerator[None]:
    running = asyncio.create_task(jobs.run_jobs(database, url, work, Random(5), pace))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until_failed(database: Database) -> jobs.WaitingJob:
    async with asyncio.timeout(60):
        while True:
            async with database.system() as tx:
                if failed := await jobs.waiting(tx, status="failed"):
                    return failed[0]
            await asyncio.sleep(0.05)


async def test_work_is_done_when_its_transaction_commits_and_leaves_the_queue(
    database: Database, database_url: str
) -> None:
    desk = Desk()
    async with worker(database, database_url, [desk.job]):
        async with database.transaction(VISITOR) as tx:
            await jobs.defer(tx, desk.job, Parcel(1))
            await asyncio.sleep(0.3)
            assert desk.done == []
        await desk.wait_for(1)
    async with database.system() as tx:
        assert await jobs.waiting(tx) == []


async def test_an_undone_transaction_leaves_no_work(database: Database) -> None:
    desk = Desk()

    async def change_ones_mind() -> None:
        async with database.transaction(VISITOR) as tx:
            await jobs.defer(tx, desk.job, Parcel(1))
            raise NotFound("after all")

    with pytest.raises(NotFound):
        await change_ones_mind()
    async with database.system() as tx:
        assert await jobs.waiting(tx) == []


async def test_the_app_role_puts_work_in_the_queue_and_reads_none_of_it(database: Database) -> None:
    desk = Desk()
    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, desk.job, Parcel(1))
    with pytest.raises(Forbidden):
        async with database.transaction(VISITOR) as tx:
            await tx.execute("SELECT args FROM jobs.procrastinate_jobs")


async def test_a_second_job_with_the_same_queueing_lock_is_not_added_and_harms_nothing(database: Database) -> None:
    desk = Desk()
    async with database.transaction(VISITOR) as tx:
        assert await jobs.defer(tx, desk.job, Parcel(1), queueing_lock="parcel") is not None
        assert await jobs.defer(tx, desk.job, Parcel(2), queueing_lock="parcel") is None
        assert await jobs.defer(tx, desk.job, Parcel(3)) is not None
    async with database.system() as tx:
        assert len(await jobs.waiting(tx)) == 2


async def test_work_that_failed_comes_back_also_while_the_next_one_waits(database: Database, database_url: str) -> None:
    desk = Desk()
    begun, may_fail = asyncio.Event(), asyncio.Event()

    async def fail_once(database: Database, parcel: Parcel) -> None:
        if not begun.is_set():
            begun.set()
            await may_fail.wait()
            raise RuntimeError("not today")
        await desk.run(database, parcel)

    job = Job("parcel", Parcel, fail_once)
    async with worker(database, database_url, [job]):
        async with database.transaction(VISITOR) as tx:
            await jobs.defer(tx, job, Parcel(1), lock="parcel", queueing_lock="parcel")
        await begun.wait()
        async with database.transaction(VISITOR) as tx:
            assert await jobs.defer(tx, job, Parcel(2), lock="parcel", queueing_lock="parcel") is not None
        may_fail.set()
        await desk.wait_for(2)
    assert sorted(desk.done) == [1, 2]


async def test_jobs_with_the_same_lock_run_one_at_a_time_and_in_order(database: Database, database_url: str) -> None:
    desk = Desk()
    async with database.transaction(VISITOR) as tx:
        for number in range(12):
            await jobs.defer(tx, desk.job, Parcel(number), lock="one at a time")
    async with worker(database, database_url, [desk.job]):
        await desk.wait_for(12)
    assert desk.done == list(range(12))


async def test_failing_work_is_tried_again(database: Database, database_url: str) -> None:
    desk = Desk(failures=2)
    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, desk.job, Parcel(1))
    async with worker(database, database_url, [desk.job]):
        await desk.wait_for(1)


async def test_work_that_failed_for_good_waits_for_an_operator(database: Database, database_url: str) -> None:
    desk = Desk(failures=2, attempts=2)
    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, desk.job, Parcel(1))
    async with worker(database, database_url, [desk.job]):
        failed = await until_failed(database)
        assert (failed.job, failed.attempts) == ("parcel", 2)
        async with database.system() as tx:
            await jobs.retry(tx, failed.id)
        await desk.wait_for(1)
    async with database.system() as tx:
        with pytest.raises(NotFound):
            await jobs.retry(tx, failed.id)


async def test_a_payload_that_its_job_does_not_know_fails_at_once(database: Database, database_url: str) -> None:
    desk = Desk()
    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, desk.job, Parcel(1))
    async with database.system() as tx:
        await tx.execute("""UPDATE jobs.procrastinate_jobs SET args = '{"payload": {"number": "many"}}'""")
    async with worker(database, database_url, [desk.job]):
        assert (await until_failed(database)).attempts == 1


async def test_work_that_a_stopping_worker_cannot_finish_is_put_back(database: Database, database_url: str) -> None:
    begun = asyncio.Event()

    async def run(database: Database, parcel: Parcel) -> None:
        del database, parcel
        begun.set()
        await asyncio.sleep(60)

    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, Job("parcel", Parcel, run, attempts=1), Parcel(1))
    async with worker(database, database_url, [Job("parcel", Parcel, run, attempts=1)]):
        await begun.wait()
    desk = Desk()
    async with worker(database, database_url, [desk.job]):
        await desk.wait_for(1)


async def test_work_of_a_killed_worker_is_done_by_another(database: Database, database_url: str) -> None:
    program = """
        import asyncio, sys, time
        from random import Random
        import msgspec
        from highstreet.kit import jobs
        from highstreet.kit.clock import SystemClock
        from highstreet.kit.database import open_database

        class Parcel(msgspec.Struct):
            number: int

        async def run(database, parcel):
            print("now", flush=True)
            time.sleep(60)

        async def main():
            async with open_database(sys.argv[1], SystemClock(), Random()) as database:
                await jobs.run_jobs(database, sys.argv[1], [jobs.Job("parcel", Parcel, run)], Random())
        asyncio.run(main())
    """
    desk = Desk()
    async with database.transaction(VISITOR) as tx:
        await jobs.defer(tx, desk.job, Parcel(1))
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), database_url, stdout=subprocess.PIPE
    )
    assert victim.stdout is not None
    assert await victim.stdout.readline() == b"now\n"
    victim.kill()
    await victim.wait()
    async with worker(database, database_url, [desk.job], SUSPICIOUS):
        await desk.wait_for(1)


async def test_enqueueing_notifies_nobody(database: Database, database_url: str) -> None:
    desk = Desk()
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as ears:
        await ears.execute("LISTEN procrastinate_any_queue_v1")
        async with database.transaction(VISITOR) as tx:
            await jobs.defer(tx, desk.job, Parcel(1))
        assert [note async for note in ears.notifies(timeout=0.2)] == []


def test_the_migration_names_every_step_that_the_installed_library_brings() -> None:
    """When this fails, the library was upgraded: add a migration with the new steps, and name them here too."""
    file = Path(__file__).parents[2] / "migrations" / "versions" / "0003_jobs.py"
    spec = util.spec_from_file_location("jobs_migration", file)
    assert spec is not None
    assert spec.loader is not None
    migration = util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    brought = {
        step.name.removesuffix(".sql")
        for step in resources.files("procrastinate.sql.migrations").iterdir()
        if step.name.endswith(".sql")
    }
    assert set(migration.STEPS) == brought
