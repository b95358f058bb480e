"""Who waits for the same thing is served together: each gets what was meant for them, and nobody is forgotten."""

import asyncio
from collections.abc import Sequence

import pytest

from highstreet.kit.lines import Line


class Counter:
    """Answers a number with its double, 7 with an error, and knows who was served with whom."""

    def __init__(self) -> None:
        self.served: list[list[int]] = []
        self.is_serving = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def serve(self, wishes: Sequence[int]) -> Sequence[int | Exception]:
        self.served.append(list(wishes))
        self.is_serving.set()
        await self.may_go_on.wait()
        if 13 in wishes:
            raise RuntimeError("closed")
        return [ValueError("seven") if wish == 7 else wish * 2 for wish in wishes]


async def test_who_comes_together_is_served_together_and_each_gets_their_own() -> None:
    counter = Counter()
    line = Line(counter.serve, together=4, clerks=1)
    told = await asyncio.gather(*(line.get(number) for number in range(10)), return_exceptions=True)
    assert counter.served == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert told[:7] + told[8:] == [0, 2, 4, 6, 8, 10, 12, 16, 18]
    assert isinstance(told[7], ValueError)
    assert line.idle


async def test_whoever_comes_while_others_are_served_is_not_told_what_they_are() -> None:
    counter = Counter()
    line = Line(counter.serve, together=4, clerks=1)
    counter.may_go_on.clear()
    first = asyncio.create_task(line.get(1))
    async with asyncio.timeout(5):
        await counter.is_serving.wait()
    assert line.busy
    later = [asyncio.create_task(line.get(1)), asyncio.create_task(line.get(2))]
    await asyncio.sleep(0)
    assert line.waiting == 2
    counter.may_go_on.set()
    assert await asyncio.gather(first, *later) == [2, 2, 4]
    assert counter.served == [[1], [1, 2]]


async def test_a_failure_is_told_to_those_who_were_served_and_to_nobody_else() -> None:
    line = Line(Counter().serve, together=2, clerks=2)
    told = await asyncio.gather(*(line.get(number) for number in (1, 13, 3, 4)), return_exceptions=True)
    assert [type(each) for each in told] == [RuntimeError, RuntimeError, int, int]
    assert line.idle
    assert await line.get(5) == 10


async def test_somebody_is_served_who_comes_as_the_last_one_leaves() -> None:
    line = Line(Counter().serve, together=2, clerks=2)

    async def come_again(number: int) -> int:
        return sum([await line.get(number) for _ in range(5)])

    async with asyncio.timeout(5):
        assert await asyncio.gather(*(come_again(number) for number in range(1, 4))) == [10, 20, 30]
    assert line.idle


async def test_who_went_away_is_not_served() -> None:
    counter = Counter()
    line = Line(counter.serve, together=8, clerks=1)
    tasks = [asyncio.create_task(line.get(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
    await line.close()
    assert counter.served in ([[0, 2, 3]], [[0, 1, 2, 3]])
    assert [tasks[index].result() for index in (0, 2, 3)] == [0, 4, 6]
