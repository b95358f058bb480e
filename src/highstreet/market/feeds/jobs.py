"""What feeds do by themselves as time goes on: imports that were scheduled.

Each runs in a process of its own, so that its memory and its end are not the worker's. It ends with the worker, and
goes on where it was when the queue gives the job to another.
"""

from typing import Final

import msgspec
import structlog

from highstreet.kit import jobs
from highstreet.kit.commands import run_command
from highstreet.kit.database import Database, Transaction
from highstreet.kit.jobs import Job
from highstreet.kit.sweeps import Sweep
from highstreet.market.feeds import service as feeds

_log = structlog.stdlib.get_logger(__name__)

_SHOWN_CHARACTERS: Final = 500


class ScheduledImport(msgspec.Struct, frozen=True):
    """The feed whose schedule is due."""

    feed: str


async def _import(database: Database, wanted: ScheduledImport) -> None:
    """Run the import. One that failed has told its schedule why and is due again later; one that was killed is not."""
    del database
    status, said = await run_command("import", "schedule", "run", wanted.feed, "--quiet")
    if status == 1:
        _log.warning("scheduled import failed", feed=wanted.feed, said=said[:_SHOWN_CHARACTERS])
    elif status:
        raise RuntimeError(f"the import of {wanted.feed} ended with {status}")


IMPORT: Final = Job("feeds.import", ScheduledImport, _import, attempts=4)


async def _ask(tx: Transaction) -> int:
    due = await feeds.ask_due(tx)
    for feed in due:
        lock = f"feed {feed}"
        await jobs.defer(tx, IMPORT, ScheduledImport(feed), lock=lock, queueing_lock=lock)
    return len(due)


DUE_IMPORTS: Final = Sweep("due imports", 5.0, _ask)
"""Schedules put their imports into the queue."""
