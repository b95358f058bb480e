"""Why attempts failed: each error of a delivery or a job, kept for as long as what failed is kept."""

from typing import Final
from uuid import UUID

from highstreet.kit import tracing
from highstreet.kit.database import Transaction

_CHARACTERS: Final = 500


def told(problem: BaseException) -> str:
    """The error as it is kept: its class and what it says, cut to a length that can be read."""
    return f"{type(problem).__name__}: {problem}"[:_CHARACTERS].replace("\0", "")


async def keep_of_delivery(tx: Transaction, fact_id: UUID, subscriber: str, attempt: int, error: str) -> None:
    """Write down a failed attempt at a delivery."""
    await tx.execute(
        """
        INSERT INTO kit.failures (id, fact_id, subscriber, attempt, failed_at, error, traceparent)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (tx.new_id(), fact_id, subscriber, attempt, tx.now, error, tracing.traceparent()),
    )


async def keep_of_job(tx: Transaction, job_id: int, attempt: int, error: str) -> None:
    """Write down a failed attempt at a job; nothing where the job is gone."""
    await tx.execute(
        """
        INSERT INTO kit.failures (id, job_id, attempt, failed_at, error, traceparent)
        SELECT %s, job.id, %s, %s, %s, %s FROM jobs.procrastinate_jobs AS job WHERE job.id = %s
        """,
        (tx.new_id(), attempt, tx.now, error, tracing.traceparent(), job_id),
    )
