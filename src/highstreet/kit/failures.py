"""Why attempts failed: each error of a delivery or a job, kept for as long as what failed is kept."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit import tracing
from highstreet.kit.database import Transaction

_CHARACTERS: Final = 500


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One failed attempt. `attempt` counts from 1, and begins anew when an operator tries it again."""

    attempt: int
    failed_at: datetime
    error: str
    trace_id: str | None


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


async def of_delivery(tx: Transaction, fact_id: UUID, subscriber: str) -> list[Failure]:
    """In the order in which they happened."""
    return await tx.fetch_all(
        _failure,
        """
        SELECT attempt, failed_at, error, traceparent FROM kit.failures
        WHERE fact_id = %s AND subscriber = %s ORDER BY failed_at, attempt, id
        """,
        (fact_id, subscriber),
    )


async def of_job(tx: Transaction, job_id: int) -> list[Failure]:
    """In the order in which they happened."""
    return await tx.fetch_all(
        _failure,
        """
        SELECT attempt, failed_at, error, traceparent FROM kit.failures
        WHERE job_id = %s ORDER BY failed_at, attempt, id
        """,
        (job_id,),
    )


def _failure(attempt: int, failed_at: datetime, error: str, traceparent: str | None) -> Failure:
    return Failure(attempt=attempt, failed_at=failed_at, error=error, trace_id=tracing.trace_id_of(traceparent))
