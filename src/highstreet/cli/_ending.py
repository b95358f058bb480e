"""How commands that work until they are told to end hear that."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, Final

_ENDINGS: Final = (signal.SIGTERM, signal.SIGINT)


async def until_told(work: Coroutine[Any, Any, None], parent: int | None) -> signal.Signals:
    """Do the work until a signal, which is what is returned.

    `parent` is a pipe that closes when whoever started this process is gone, which counts as SIGTERM.
    """
    working = asyncio.create_task(work)
    received: list[signal.Signals] = []

    def end(sig: signal.Signals) -> None:
        if not received:  # a second signal would cancel what the first one lets finish
            working.cancel()
        received.append(sig)

    loop = asyncio.get_running_loop()
    for sig in _ENDINGS:
        loop.add_signal_handler(sig, end, sig)
    if parent is not None:

        def orphaned(pipe: int) -> None:
            loop.remove_reader(pipe)
            end(signal.SIGTERM)

        loop.add_reader(parent, orphaned, parent)
    with contextlib.suppress(asyncio.CancelledError):
        await working
    return received[0]
