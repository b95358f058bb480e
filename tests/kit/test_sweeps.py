"""What is due is found by the house's clock, by one worker at a time."""

import asyncio

from highstreet.kit import sweeps
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database, Transaction
from highstreet.kit.sweeps import Sweep


async def test_a_sweep_runs_at_the_clocks_instant(database: Database, clock: FixedClock) -> None:
    async def run(tx: Transaction) -> int:
        assert tx.now == clock.now()
        return 3

    assert await sweeps.sweep_once(database, Sweep("instant", 60, run)) == 3


async def test_two_workers_never_sweep_the_same_thing_at_once(database: Database) -> None:
    at_it, done = asyncio.Event(), asyncio.Event()

    async def run(tx: Transaction) -> int:
        del tx
        at_it.set()
        await done.wait()
        return 1

    first = asyncio.create_task(sweeps.sweep_once(database, Sweep("slow", 60, run)))
    await at_it.wait()
    assert await sweeps.sweep_once(database, Sweep("slow", 60, run)) == 0
    done.set()
    assert await first == 1
    assert await sweeps.sweep_once(database, Sweep("slow", 60, run)) == 1


async def test_a_failing_sweep_is_tried_again_and_stops_no_other(database: Database) -> None:
    failed = 0
    both = asyncio.Event()

    async def fail(tx: Transaction) -> int:
        nonlocal failed
        del tx
        failed += 1
        raise RuntimeError("not today")

    async def work(tx: Transaction) -> int:
        del tx
        if failed >= 2:
            both.set()
        return 0

    running = asyncio.create_task(sweeps.run_sweeps(database, [Sweep("fail", 0.01, fail), Sweep("work", 0.01, work)]))
    async with asyncio.timeout(10):
        await both.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
