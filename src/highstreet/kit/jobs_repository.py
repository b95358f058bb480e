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
    """`since` is when it last changed state, by the database's clock."""

    id: int
    job: str
    status: str
    attempts: int
    lock: str | None
    since: datetime | None


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
            (SELECT max(event.at) FROM jobs.procrastinate_events AS event WHERE event.job_id = job.id) AS since
        FROM jobs.procrastinate_jobs AS job
        WHERE %(status)s::text IS NULL OR job.status::text = %(status)s
        ORDER BY job.id
        LIMIT %(limit)s
        """,
        {"status": status, "limit": limit},
    )


async def retry(tx: Transaction, job_id: int) -> bool:
    failed = await tx.execute(
        "UPDATE jobs.procrastinate_jobs SET attempts = 0 WHERE id = %s AND status = 'failed'", (job_id,)
    )
    if failed:
        await tx.execute("SELECT jobs.procrastinate_retry_job_v2(%s, NULL, NULL, NULL, NULL)", (job_id,))
    return bool(failed)
