"""Our SQL on the job library's tables: what operators ask of the queue."""

from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from highstreet.kit.database import Transaction

_ONE_WAITS = "procrastinate_jobs_queueing_lock_idx_v1"


class _Added(msgspec.Struct, frozen=True):
    id: int


class WaitingJob(msgspec.Struct, frozen=True, kw_only=True):
    """`since` is when it last changed state, by the database's clock. `error` is that of its last failed attempt."""

    id: int
    job: str
    status: str
    attempts: int
    lock: str | None
    since: datetime | None
    error: str | None


class Passage(msgspec.Struct, frozen=True):
    """Something that happened to a job, in the library's word for it, by the database's clock."""

    what: str
    at: datetime


class QueuedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the queue holds it. `due_at` is when it is tried next, None at once; `worker` is who has it now.

    `locked_by` is an earlier job with the same lock, which has to end first.
    """

    id: int
    job: str
    status: str
    attempts: int
    arguments: dict[str, Any]
    lock: str | None
    due_at: datetime | None
    worker: int | None
    heard_at: datetime | None
    locked_by: int | None
    waiting: int


async def enqueue(
    tx: Transaction, queue: str, job: str, arguments: dict[str, Any], *, lock: str | None, queueing_lock: str | None
) -> int | None:
    """The number of the new job, or None when one with the same `queueing_lock` waits already.

    Calls the library's function and not the library, which reads the details of a conflict: those of a table that the
    app role may not read are withheld from it.
    """
    try:
        async with tx.connection.transaction():  # a refused insert must not take the caller's work with it
            added = await tx.fetch_one(
                _Added,
                """
                SELECT (jobs.procrastinate_defer_jobs_v1(ARRAY[
                    ROW(%s, %s, 0, %s, %s, %s, NULL)::jobs.procrastinate_job_to_defer_v1
                ]))[1] AS id
                """,
                (queue, job, lock, queueing_lock, Jsonb(arguments)),
            )
    except psycopg.errors.UniqueViolation as conflict:
        if conflict.diag.constraint_name != _ONE_WAITS:
            raise
        return None
    assert added is not None
    return added.id


async def jobs(tx: Transaction, status: str | None, limit: int) -> list[WaitingJob]:
    return await tx.fetch_all(
        WaitingJob,
        """
        SELECT job.id, job.task_name AS job, job.status::text AS status, job.attempts, job.lock,
            (SELECT max(event.at) FROM jobs.procrastinate_events AS event WHERE event.job_id = job.id) AS since,
            (
                SELECT failure.error FROM kit.failures AS failure WHERE failure.job_id = job.id
                ORDER BY failure.failed_at DESC, failure.attempt DESC, failure.id DESC LIMIT 1
            ) AS error
        FROM jobs.procrastinate_jobs AS job
        WHERE %(status)s::text IS NULL OR job.status::text = %(status)s
        ORDER BY job.id
        LIMIT %(limit)s
        """,
        {"status": status, "limit": limit},
    )


async def job(tx: Transaction, job_id: int) -> QueuedJob | None:
    return await tx.fetch_one(
        QueuedJob,
        """
        SELECT job.id, job.task_name AS job, job.status::text AS status, job.attempts, job.args AS arguments, job.lock,
            job.scheduled_at AS due_at, job.worker_id AS worker, worker.last_heartbeat AS heard_at,
            (
                SELECT min(earlier.id) FROM jobs.procrastinate_jobs AS earlier
                WHERE job.status = 'todo' AND earlier.lock = job.lock AND earlier.id <> job.id
                    AND (earlier.status = 'doing' OR (earlier.status = 'todo' AND earlier.id < job.id))
            ) AS locked_by,
            (
                SELECT count(*) FROM jobs.procrastinate_jobs AS later
                WHERE job.status IN ('todo', 'doing') AND later.lock = job.lock AND later.id > job.id
                    AND later.status = 'todo'
            ) AS waiting
        FROM jobs.procrastinate_jobs AS job
        LEFT JOIN jobs.procrastinate_workers AS worker ON worker.id = job.worker_id
        WHERE job.id = %s
        """,
        (job_id,),
    )


async def passages(tx: Transaction, job_id: int) -> list[Passage]:
    """Oldest first."""
    return await tx.fetch_all(
        Passage,
        "SELECT type::text AS what, at FROM jobs.procrastinate_events WHERE job_id = %s ORDER BY at, id",
        (job_id,),
    )


async def retry(tx: Transaction, job_id: int) -> bool:
    failed = await tx.execute(
        "UPDATE jobs.procrastinate_jobs SET attempts = 0 WHERE id = %s AND status = 'failed'", (job_id,)
    )
    if failed:
        await tx.execute("SELECT jobs.procrastinate_retry_job_v2(%s, NULL, NULL, NULL, NULL)", (job_id,))
    return bool(failed)
