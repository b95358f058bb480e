"""The till: purchases of one process that wait for the same option are granted together.

A transaction costs a commit whatever is in it, and everybody who buys of one option waits for the same row. So whoever
comes while others are being served waits for them to be done, and is then served with all who came meanwhile. When
nobody waits, a purchase is served at once and alone. Two clerks serve a line in turn: while one waits for its commit,
the other writes down what the next ones want, up to the row that both need.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from highstreet.kit.database import Database
from highstreet.kit.errors import HighstreetError, Overloaded, Unavailable
from highstreet.market.orders.usecases.placing import Answered, Outcome, Placed, Purchase, is_plain, place, place_all
from highstreet.market.vouchers.service import VoucherKeys

_RETRY_AFTER_S: Final = 1

_log = structlog.stdlib.get_logger(__name__)

_Waiting = tuple[Purchase, "asyncio.Future[Placed | Answered]"]


@dataclass(slots=True)
class _Line:
    """Those who wait for an option, and how many clerks serve them."""

    waiting: deque[_Waiting] = field(default_factory=deque[_Waiting])
    clerks: int = 0


class Till:
    """One of a process. `batch` are served together at most, and `queue` may wait for one option."""

    def __init__(
        self, database: Database, keys: VoucherKeys, *, batch: int = 64, queue: int = 1024, clerks: int = 2
    ) -> None:
        self._database = database
        self._keys = keys
        self._batch = batch
        self._queue = queue
        self._clerks = clerks
        self._lines: dict[UUID, _Line] = {}
        self._servers = set[asyncio.Task[None]]()

    async def buy(self, purchase: Purchase) -> Placed | Answered:
        """Order what was quoted. Answers when it is committed, and raises as `place` does.

        Raises Unavailable when too many wait for the same option already.
        """
        if not is_plain(purchase):
            return await self._alone(purchase)
        option_id = purchase.quote.lines[0].option_id
        line = self._lines.setdefault(option_id, _Line())
        if line.clerks < self._clerks:
            line.clerks += 1
            server = asyncio.create_task(self._serve(option_id, line), name=f"till {option_id}")
            self._servers.add(server)
            server.add_done_callback(self._servers.discard)
        elif len(line.waiting) >= self._queue:
            raise Unavailable("Too many are buying this at the same moment; try again in a second", _RETRY_AFTER_S)
        answer: asyncio.Future[Placed | Answered] = asyncio.get_running_loop().create_future()
        line.waiting.append((purchase, answer))
        return await answer

    async def close(self) -> None:
        """Serve everybody who waits."""
        await asyncio.gather(*self._servers)

    async def _serve(self, option_id: UUID, line: _Line) -> None:
        await asyncio.sleep(0)  # whoever came in the same turn of the loop is served with the first
        while line.waiting:
            served = [line.waiting.popleft() for _ in range(min(len(line.waiting), self._batch))]
            served = [each for each in served if not each[1].done()]  # whoever went away meanwhile wants nothing
            if not served:
                continue
            outcomes = await self._together([purchase for purchase, _ in served])
            for (_, answer), outcome in zip(served, outcomes, strict=True):
                if answer.done():
                    continue
                if isinstance(outcome, BaseException):
                    answer.set_exception(outcome)
                else:
                    answer.set_result(outcome)
        line.clerks -= 1
        if not line.clerks:
            del self._lines[option_id]

    async def _together(self, purchases: Sequence[Purchase]) -> Sequence[Outcome | Exception]:
        try:
            async with self._database.system() as tx:
                return await place_all(tx, self._keys, purchases)
        except Exception as problem:  # noqa: BLE001 - whatever it was, it must not fail those who are not to blame
            if len(purchases) == 1:
                return [problem]
            _log.warning("purchases are placed one by one", count=len(purchases), why=type(problem).__name__)
        return await self._one_by_one(purchases)

    async def _one_by_one(self, purchases: Sequence[Purchase]) -> list[Outcome | Exception]:
        """Each in a transaction of its own. Once the database cannot be used, the others need not wait to hear so."""
        outcomes: list[Outcome | Exception] = []
        for purchase in purchases:
            try:
                outcomes.append(await self._alone(purchase))
            except Overloaded as away:
                outcomes += [away] * (len(purchases) - len(outcomes))
                break
            except HighstreetError as refused:
                outcomes.append(refused)
            except Exception as problem:  # noqa: BLE001 - as above
                outcomes.append(problem)
        return outcomes

    async def _alone(self, purchase: Purchase) -> Placed | Answered:
        async with self._database.system() as tx:
            return await place(tx, self._keys, purchase)
