"""Ending a task for certain.

Before Python 3.12 `asyncio.wait_for` returns its result and drops a cancellation that arrives with it, and both the
database driver and its pool wait that way. A loop that is cancelled at such a moment would go on for ever, and whoever
waits for its end with it. Python still counts the request, so loops ask for it where they pause.
"""

import asyncio


def raise_if_cancelled() -> None:
    """Raise CancelledError if this task was told to end and went on."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def pause(seconds: float) -> None:
    """Sleep, unless this task was told to end."""
    raise_if_cancelled()
    await asyncio.sleep(seconds)
