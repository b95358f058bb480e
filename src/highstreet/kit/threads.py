"""Blocking work beside the event loop, in threads that stop when nobody waits for them any more.

A thread cannot be cancelled. So work that may take long asks `raise_if_stopped` wherever it goes round, and what it
waits for is ended by `on_stop`; who cancels the task that waits gets it back when the thread has come to its end, and
with it everything that the work cleans up behind itself.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """Whoever waited for this work has gone. Raised inside the thread only."""


class _Stop:
    """Whether the work in a thread is to end, and what ends what it waits for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Callable[[], object]] = []
        self.is_set = False

    def set(self) -> None:
        with self._lock:
            self.is_set = True
            calls = tuple(self._calls)
        for call in calls:
            call()

    def add(self, call: Callable[[], object]) -> None:
        with self._lock:
            self._calls.append(call)

    def remove(self, call: Callable[[], object]) -> None:
        with self._lock:
            self._calls.remove(call)


_STOP: ContextVar[_Stop | None] = ContextVar("stop", default=None)


async def in_thread(work: Callable[[], T]) -> T:
    """What `work` returns, from a thread. A cancellation goes on once the work has stopped."""
    stop, context = _Stop(), copy_context()
    context.run(_STOP.set, stop)
    working = asyncio.get_running_loop().run_in_executor(None, context.run, work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(working, return_exceptions=True)
        raise


async def ahead(items: Iterator[T]) -> AsyncGenerator[T]:
    """The items in turn, each made in a thread while the one before it is worked on. None ends them. Close it."""
    coming = asyncio.create_task(in_thread(lambda: next(items, None)))
    try:
        while (item := await coming) is not None:
            coming = asyncio.create_task(in_thread(lambda: next(items, None)))
            yield item
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


def raise_if_stopped() -> None:
    """Raise Stopped if this work runs in a thread and nobody waits for it any more."""
    stop = _STOP.get()
    if stop is not None and stop.is_set:
        raise Stopped


@contextmanager
def on_stop(call: Callable[[], object]) -> Generator[None]:
    """Have `call` made, from another thread, when this work is to stop: it ends what the work waits for."""
    stop = _STOP.get()
    if stop is None:
        yield
        return
    stop.add(call)
    try:
        raise_if_stopped()
        yield
        raise_if_stopped()
    finally:
        stop.remove(call)
