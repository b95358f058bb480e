"""Blocking work beside the loop: the loop goes on meanwhile, and a cancellation leaves no thread at work."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from highstreet.kit.threads import Stopped, ahead, in_thread, on_stop, raise_if_stopped


async def test_the_loop_goes_on_while_a_thread_works() -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> str:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)
        return threading.current_thread().name

    working = asyncio.create_task(in_thread(work))
    await asyncio.wait_for(begun.wait(), 10)
    go_on.set()
    assert await working != threading.current_thread().name


async def test_a_cancelled_task_comes_back_when_its_thread_has_cleaned_up() -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    seen: list[str] = []

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        try:
            while True:
                raise_if_stopped()
                time.sleep(0.001)
        except Stopped:
            seen.append("stopped")
            raise
        finally:
            seen.append("cleaned up")

    working = asyncio.create_task(in_thread(work))
    await asyncio.wait_for(begun.wait(), 10)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert seen == ["stopped", "cleaned up"]


async def test_what_a_thread_waits_for_is_ended() -> None:
    begun, release = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        with on_stop(release.set):
            loop.call_soon_threadsafe(begun.set)
            assert release.wait(30)

    working = asyncio.create_task(in_thread(work))
    await asyncio.wait_for(begun.wait(), 10)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(working, 10)
    assert release.is_set()


def test_outside_of_a_thread_nothing_stops() -> None:
    with on_stop(lambda: pytest.fail("nobody stops it")):
        raise_if_stopped()


async def test_items_come_in_order_and_their_error_after_them() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("of the third")

    async with aclosing(ahead(items())) as found:
        assert [await anext(found), await anext(found)] == [1, 2]
        with pytest.raises(ValueError, match="of the third"):
            await anext(found)


async def test_leaving_early_leaves_no_thread_in_the_items() -> None:
    inside: list[str] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            inside.append("in")
            time.sleep(0.001)
            inside.append("out")
            yield number

    async with aclosing(ahead(items())) as found:
        async for _ in found:
            break
    assert inside.count("in") == inside.count("out") <= 3
