"""The till: purchases of one process that wait for the same option are granted together.

A transaction costs a commit whatever is in it, and everybody who buys of one option waits for the same row. So whoever
comes while others are being served waits for them to be done, and is then served with all who came meanwhile. When
nobody waits, a purchase is served at once and alone. Two clerks serve a line in turn: while one waits for its commit,
the other writes down what the next ones want, up to the row that both need.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog

from highstreet.kit.database import Database
from highstreet.kit.errors import HighstreetError, Overloaded, Unavailable
from highstreet.kit.lines import Line
from highstreet.market.orders.usecases.placing import Answered, Outcome, Placed, Purchase, is_plain, place, place_all
from highstreet.market.vouchers.service import VoucherKeys

_RETRY_AFTER_S = 1

_log = structlog.stdlib.get_logger(__name__)


class Till:
    """One of a process. `batch` are served together at most, and `queue` may wait for one option."""

    def __init__(
        self, database: Database, keys: VoucherKeys, *, batch: int = 256, queue: int = 1024, clerks: int = 2
    ) -> None:
        self._database = database
        self._keys = keys
        self._batch = batch
        self._queue = queue
        self._clerks = clerks
        self._lines: dict[UUID, Line[Purchase, Placed | Answered]] = {}

    async def buy(self, purchase: Purchase) -> Placed | Answered:
        """Order what was quoted. Answers when it is committed, and raises as `place` does.

        Raises Unavailable when too many wait for the same option already.
        """
        if not is_plain(purchase):
            return await self._alone(purchase)
        option_id = purchase.quote.lines[0].option_id
        line = self._lines.get(option_id)
        if line is None:
            line = self._lines[option_id] = Line(self._together, together=self._batch, clerks=self._clerks)
        if line.busy and line.waiting >= self._queue:
            raise Unavailable("Too many are buying this at the same moment; try again in a second", _RETRY_AFTER_S)
        try:
            return await line.get(purchase)
        finally:
            if line.idle and self._lines.get(option_id) is line:
                del self._lines[option_id]

    async def close(self) -> None:
        """Serve everybody who waits."""
        await asyncio.gather(*(line.close() for line in self._lines.values()))

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
