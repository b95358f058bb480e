"""Sweeps: what has become due by the house's clock is found and dealt with, again and again.

Every worker sweeps; a lock held for the transaction lets one of them at a time do it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from highstreet.kit import tracing
from highstreet.kit.cancellation import pause
from highstreet.kit.database import Database, Transaction

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """`run` deals with what is due at `tx.now`, a bounded batch at a time, and answers how much it was.

    `every_seconds` is real time between two sweeps of one worker.
    """

    name: str
    every_seconds: float
    run: Callable[[Transaction], Awaitable[int]]


async def run_sweeps(database: Database, sweeps: Sequence[Sweep]) -> None:
    """Sweep until cancelled. A sweep that fails is undone, reported, and tried again the next time."""
    async with asyncio.TaskGroup() as tasks:
        for sweep in sweeps:
            tasks.create_task(_sweep_continually(database, sweep), name=f"sweep {sweep.name}")


async def sweep_once(database: Database, sweep: Sweep) -> int:
    """How much was due; 0 also when another worker is at it."""
    async with database.system() as tx:
        turn = await tx.fetch_one(
            _Turn, "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS mine", (f"sweep {sweep.name}",)
        )
        if turn is None or not turn.mine:
            return 0
        with tracing.root(f"sweep {sweep.name}") as span:
            count = await sweep.run(tx)
            span.note("highstreet.count", count)
            if not count:
                span.forget()
        return count


@dataclass(frozen=True, slots=True)
class _Turn:
    mine: bool


async def _sweep_continually(database: Database, sweep: Sweep) -> None:
    while True:
        try:
            count = await sweep_once(database, sweep)
            if count:
                _log.info("swept", sweep=sweep.name, count=count)
        except Exception as problem:  # noqa: BLE001 - the next sweep finds what this one left
            _log.error("sweep failed", sweep=sweep.name, error=f"{type(problem).__name__}: {problem}")
        await pause(sweep.every_seconds)
