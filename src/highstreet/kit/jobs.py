"""Background work: put in the queue by the transaction that wants it, done by a worker at least once.

The queue runs work that can start at once. What becomes due at an instant is a row that a sweep finds (`kit.sweeps`),
because the queue waits by the machine's clock and the house lives by its own. A job that fails is tried again with
growing waits; one whose worker died is given to another; one that failed for good stays until an operator retries it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Generic, TypeVar, cast

import msgspec
import psycopg
import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as LibrarysJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from highstreet.kit import failures, tracing
from highstreet.kit import jobs_repository as repository
from highstreet.kit.cancellation import pause, raise_if_cancelled
from highstreet.kit.database import SYSTEM_ROLE, Database, Transaction, connection_arguments
from highstreet.kit.errors import HighstreetError, NotFound
from highstreet.kit.failures import Failure
from highstreet.kit.jobs_repository import Passage, QueuedJob, WaitingJob

P = TypeVar("P", bound=msgspec.Struct)
_QUEUE: Final = "default"
_LONGEST_WAIT_S: Final = 600.0
_AFTER_FAILURE_S: Final = 1.0
_LOST: Final = "its worker ended without a word: it was killed, or the machine went down"

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Work(Generic[P]):
    """A kind of work by its name, for who asks for it and cannot do it.

    `name` stays the same for ever: work waits in the queue under it.
    """

    name: str
    payload: type[P]


@dataclass(frozen=True, slots=True)
class Job(Work[P]):
    """A kind of work with what does it.

    `run` opens its own transactions, and must bear being run again after it did half. `attempts` counts the first one.
    """

    run: Callable[[Database, P], Awaitable[None]]
    attempts: int = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """How a worker goes about it, in seconds; for tests to hurry."""

    concurrency: int = 4
    look_every_s: float = 0.25
    heartbeat_s: float = 5.0
    presumed_dead_after_s: float = 30.0
    finish_within_s: float = 20.0
    first_retry_s: float = 2.0


async def defer(
    tx: Transaction, job: Work[P], payload: P, *, lock: str | None = None, queueing_lock: str | None = None
) -> int | None:
    """Put work in the queue when the caller's transaction commits; its number in the queue.

    Of jobs with the same `lock` one runs at a time, in order. Of jobs with the same `queueing_lock` one waits at a
    time: None says that there is one already, and that nothing was added. Work that was begun does not count as
    waiting, also when it comes back to be tried again.
    """
    arguments = {"payload": msgspec.to_builtins(payload)}
    if traceparent := tracing.traceparent():
        arguments["traceparent"] = traceparent
    return await repository.enqueue(tx, _QUEUE, job.name, arguments, lock=lock, queueing_lock=queueing_lock)


async def waiting(tx: Transaction, *, status: str | None = None, limit: int = 100) -> list[WaitingJob]:
    """What is in the queue, oldest first. Work that succeeded has left it. `status` is todo, doing or failed."""
    return await repository.jobs(tx, status, limit)


class JobExplained(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept about a job: what it was given, what happened to it, and every error, in their order."""

    job: QueuedJob
    trace_id: str | None
    passages: list[Passage]
    failures: list[Failure]


async def explain(tx: Transaction, job_id: int) -> JobExplained:
    """Raises NotFound for a job that is not in the queue; one that succeeded has left it."""
    found = await repository.job(tx, job_id)
    if found is None:
        raise NotFound(f"There is no job {job_id} in the queue; what succeeded has left it")
    return JobExplained(
        job=found,
        trace_id=tracing.trace_id_of(found.arguments.get("traceparent")),
        passages=await repository.passages(tx, job_id),
        failures=await failures.of_job(tx, job_id),
    )


async def retry(tx: Transaction, job_id: int) -> None:
    """Give failed work a fresh set of attempts, at once. Raises NotFound when there is no such failed job."""
    if not await repository.retry(tx, job_id):
        raise NotFound(f"Job {job_id} is not a failed job")


async def run_jobs(
    database: Database, url: str, jobs: Sequence[Job[Any]], rng: Random, pace: Pace | None = None
) -> None:
    """Work through the queue until cancelled, then finish what was begun or put it back."""
    chosen = pace or Pace()
    while True:
        try:
            await _work(database, url, jobs, rng, chosen)
        except ConnectorException as problem:
            _log.error("job worker interrupted", error=f"{type(problem).__name__}: {problem.__cause__}")
        await pause(_AFTER_FAILURE_S)


async def _work(database: Database, url: str, jobs: Sequence[Job[Any]], rng: Random, pace: Pace) -> None:
    connector = PsycopgConnector(
        conninfo=url,
        kwargs=connection_arguments(url, SYSTEM_ROLE),
        min_size=1,
        max_size=pace.concurrency + 2,
        name="jobs",
    )
    app = App(connector=connector)
    for job in jobs:
        app.task(name=job.name, queue=_QUEUE, retry=_Backoff(job.attempts, pace.first_retry_s, rng), pass_context=True)(
            _runner(database, job)
        )
    async with app.open_async():
        raise_if_cancelled()
        worker = Worker(
            app,
            concurrency=pace.concurrency,
            fetch_job_polling_interval=pace.look_every_s,
            abort_job_polling_interval=pace.heartbeat_s,
            shutdown_graceful_timeout=pace.finish_within_s,
            update_heartbeat_interval=pace.heartbeat_s,
            stalled_worker_timeout=pace.presumed_dead_after_s,
            listen_notify=False,
            install_signal_handlers=False,
            delete_jobs="successful",
        )
        working = asyncio.create_task(worker.run(), name="job-worker")
        rescuing = asyncio.create_task(_rescue_continually(database, app.job_manager, jobs, pace), name="job-rescue")
        try:
            await asyncio.wait([working, rescuing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Told, not cancelled: it then finishes what it can and puts the rest back.
            worker.stop()
            rescuing.cancel()
            ended = await asyncio.gather(working, rescuing, return_exceptions=True)
        for problem in ended:
            if isinstance(problem, Exception):
                raise problem


def _runner(database: Database, job: Job[P]) -> Callable[..., Awaitable[None]]:
    async def run(context: JobContext, payload: dict[str, Any], traceparent: str | None = None) -> None:
        job_id, attempt = cast("int", context.job.id), context.job.attempts + 1
        with tracing.processing(job.name, str(job_id), traceparent, {"highstreet.attempt": attempt}):
            try:
                await job.run(database, msgspec.convert(payload, job.payload))
            except Exception as problem:
                # The library's own line would hold the payload, which may be personal.
                _log.warning("job failed", job=job.name, job_id=job_id, error=type(problem).__name__, exc_info=problem)
                await _keep_failure(database, job_id, attempt, failures.told(problem))
                raise

    return run


async def _keep_failure(database: Database, job_id: int, attempt: int, error: str) -> None:
    """Write down why, for whoever is asked about it later. That this fails as well must not hide the failure itself."""
    try:
        async with database.system() as tx:
            await failures.keep_of_job(tx, job_id, attempt, error)
    except (HighstreetError, psycopg.Error) as problem:
        _log.warning("failure of a job was not kept", job_id=job_id, error=type(problem).__name__)


class _Backoff(BaseRetryStrategy):
    """Waits that double, each cut by up to half at random; work that a stopping worker put back starts at once."""

    def __init__(self, attempts: int, first_s: float, rng: Random) -> None:
        self._attempts = attempts
        self._first_s = first_s
        self._rng = rng

    def get_retry_decision(self, *, exception: BaseException, job: LibrarysJob) -> RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, msgspec.ValidationError) or job.attempts + 1 >= self._attempts:
            return None
        longest = min(_LONGEST_WAIT_S, self._first_s * 2.0**job.attempts)
        return RetryDecision(retry_in={"milliseconds": int(1000 * longest * self._rng.uniform(0.5, 1.0))})


async def _rescue_continually(database: Database, manager: JobManager, jobs: Sequence[Job[Any]], pace: Pace) -> None:
    """Put work back whose worker has not been heard of; give up on work that keeps killing its workers."""
    attempts = {job.name: job.attempts for job in jobs}
    while True:
        await pause(pace.heartbeat_s)
        with contextlib.suppress(ConnectorException):  # another worker was quicker, or the database is away
            for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=pace.presumed_dead_after_s):
                job_id = cast("int", stalled.id)
                await _keep_failure(database, job_id, stalled.attempts + 1, _LOST)
                if stalled.attempts + 1 >= attempts.get(stalled.task_name, 1):
                    await manager.finish_job_by_id_async(job_id, Status.FAILED, delete_job=False)
                else:
                    await manager.retry_job(stalled)
                _log.warning("job lost its worker", job=stalled.task_name, job_id=job_id, attempts=stalled.attempts + 1)
