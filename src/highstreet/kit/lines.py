"""A line: who waits for the same thing is served together.

A transaction costs its round trips and its commit whatever is done in it. So whoever comes while others are being
served waits for them to be done, and is then served with all who came meanwhile. When nobody waits, one is served at
once and alone. What is served was asked for before its transaction began: nobody is told what was true earlier.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

W = TypeVar("W")
G = TypeVar("G")


class Line(Generic[W, G]):
    """One of a process, for one event loop.

    `serve` is handed up to `together` wishes, in the order in which they came, and answers with what to give each, or
    to raise for it; what `serve` itself raises is raised for all of them. Several `clerks` serve in turn: while one
    waits for the disk, another begins with who comes next.
    """

    def __init__(
        self, serve: Callable[[Sequence[W]], Awaitable[Sequence[G | Exception]]], *, together: int, clerks: int
    ) -> None:
        self._serve = serve
        self._together = together
        self._clerks = clerks
        self._serving = 0
        self._waiting = deque[tuple[W, asyncio.Future[G]]]()
        self._tasks = set[asyncio.Task[None]]()

    @property
    def waiting(self) -> int:
        """How many nobody has begun to serve."""
        return len(self._waiting)

    @property
    def idle(self) -> bool:
        """Whether nobody is served."""
        return not self._serving

    @property
    def busy(self) -> bool:
        """Whether whoever comes now has to wait for a clerk."""
        return self._serving >= self._clerks

    async def get(self, wish: W) -> G:
        """What `serve` gives for it. Raises what it raises."""
        if not self.busy:
            self._serving += 1
            clerk = asyncio.create_task(self._work())
            self._tasks.add(clerk)
            clerk.add_done_callback(self._tasks.discard)
        given: asyncio.Future[G] = asyncio.get_running_loop().create_future()
        self._waiting.append((wish, given))
        return await given

    async def close(self) -> None:
        """Serve everybody who waits."""
        await asyncio.gather(*self._tasks)

    async def _work(self) -> None:
        try:
            await asyncio.sleep(0)  # whoever came in the same turn of the loop is served with the first
            while self._waiting:
                await self._serve_some()
        finally:
            self._serving -= 1  # before anybody who was served goes on

    async def _serve_some(self) -> None:
        served = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._together))]
        served = [each for each in served if not each[1].done()]  # whoever went away meanwhile wants nothing
        if not served:
            return
        try:
            outcomes = await self._serve([wish for wish, _ in served])
        except Exception as problem:  # noqa: BLE001 - those who wait are told, and the next are served
            outcomes = [problem] * len(served)
        for (_, given), outcome in zip(served, outcomes, strict=True):
            if given.done():
                continue
            if isinstance(outcome, Exception):
                given.set_exception(outcome)
            else:
                given.set_result(outcome)
