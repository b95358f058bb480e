"""Many at once over real HTTP: each of some connections takes the next question when its last one was answered."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

from tests.proofs.counting import Broken
from tests.proofs.wire import Answer, Lost, Wire

_AGAIN_AFTER_S: Final = 0.1
_TRIES: Final = 900
"""About a minute and a half: longer than anything takes to be there again."""


async def insist(wires: Sequence[Wire], request: bytes) -> tuple[Answer, int]:
    """Ask until there is an answer that says what is, here or at another process, and how often it took more.

    To be told to come again, and to be told nothing, are the only other outcomes: raises Broken for an error of ours.
    """
    for tried in range(_TRIES):
        try:
            answer = await wires[tried % len(wires)].ask(request)
        except Lost:
            await asyncio.sleep(_AGAIN_AFTER_S)
            continue
        if answer.status == 503 and answer.retry_after:
            await asyncio.sleep(_AGAIN_AFTER_S)
            continue
        if answer.status >= 500:
            raise Broken(f"an answer was {answer.status}: {answer.body[:200]!r}")
        return answer, tried
    raise Broken(f"nothing was answered in {_TRIES} tries")


async def ask_all(ports: Sequence[int], connections: int, requests: Sequence[bytes]) -> list[Answer]:
    """An answer to each request, over so many connections, which are shared out over the processes."""
    answers: dict[int, Answer] = {}
    numbers = iter(range(len(requests)))

    async def client(number: int) -> None:
        async with AsyncExitStack() as stack:
            turned = [ports[(number + step) % len(ports)] for step in range(len(ports))]
            wires = [await stack.enter_async_context(Wire(port)) for port in turned]
            for mine in numbers:
                answers[mine], _ = await insist(wires, requests[mine])

    async with asyncio.TaskGroup() as tasks:
        for number in range(min(connections, len(requests))):
            tasks.create_task(client(number))
    return [answers[number] for number in range(len(requests))]


async def all_at_once(ports: Sequence[int], requests: Sequence[bytes]) -> list[Answer]:
    """Each over a connection of its own, all of which are open before anybody asks. Raises Lost."""
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(Wire(ports[n % len(ports)])) for n in range(len(requests))]
        await asyncio.gather(*(wire.open() for wire in wires))
        return await asyncio.gather(*(wire.ask(request) for wire, request in zip(wires, requests, strict=True)))
