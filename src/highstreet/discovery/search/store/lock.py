"""One indexer a machine: whoever holds the lock of the directory writes, others stand by and take over."""

import fcntl
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from highstreet.kit import cancellation

_FILE: Final = "lock"
_ASK_EVERY_S: Final = 0.25

_log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def only_one(directory: Path) -> AsyncGenerator[None]:
    """Wait until no other process writes to this directory; none does while the context lasts.

    The directory is there. The system gives the lock back when a process ends, whatever ends it.
    """
    handle = os.open(directory / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(handle):
            _log.info("another indexer is at work here; standing by", directory=str(directory))
            while not _taken(handle):
                await cancellation.pause(_ASK_EVERY_S)
            _log.info("the other indexer has gone; taking over", directory=str(directory))
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
