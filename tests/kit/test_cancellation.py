"""A task that is told to end does, also when a library lost the word on its way."""

import asyncio

from highstreet.kit.cancellation import pause


async def test_a_loop_ends_when_its_cancellation_arrives_with_what_it_waited_for() -> None:
    came = asyncio.Event()

    async def loop() -> None:
        while True:
            await asyncio.wait_for(came.wait(), 60)
            came.clear()
            await pause(0)

    looping = asyncio.create_task(loop())
    await asyncio.sleep(0.01)
    came.set()
    await asyncio.sleep(0)  # what it waits for is there, and it has not been told yet
    looping.cancel()
    done, _ = await asyncio.wait([looping], timeout=60)
    came.set()
    assert done
    assert looping.cancelled()
