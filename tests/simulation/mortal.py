"""A database whose process may die at any statement or after a commit, and where others act between statements."""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, LiteralString, TypeVar

from highstreet.kit.database import SYSTEM, Actor, Database, Parameters, Transaction

T = TypeVar("T")

_ONCE_MORE: Final = 4
"""Statements after which whoever was overtaken is overtaken again."""


class Killed(BaseException):
    """The process is gone. No code of the house may catch this, as none could."""


@dataclass
class Fate:
    """What befalls whoever works on a database; by default nothing. `open_transactions` are those going on now."""

    statements: int | None = None
    """They die at so many statements from now."""
    commits: int | None = None
    """They die after so many commits from now."""
    overtaken: int | None = None
    """Before so many statements from now somebody else acts, in transactions of their own."""
    others: Callable[[], Awaitable[None]] | None = None
    open_transactions: int = 0
    aside: bool = False
    """Whether this is that somebody else. Whoever waits for a lock then would wait for ever, and gives up at once."""

    def spare(self) -> None:
        self.statements = self.commits = self.overtaken = None

    async def before_statement(self) -> None:
        if self.overtaken is not None:
            self.overtaken -= 1
            if self.overtaken <= 0 and self.others is not None:
                self.overtaken = _ONCE_MORE
                await self.others()
        if self.statements is not None:
            self.statements -= 1
            if self.statements <= 0:
                self.spare()
                raise Killed("inside a transaction")

    def after_commit(self) -> None:
        if self.commits is not None:
            self.commits -= 1
            if self.commits <= 0:
                self.spare()
                raise Killed("after a commit")

    @contextlib.contextmanager
    def of_others(self) -> Generator[None]:
        """While others act, who neither die nor are overtaken."""
        standing = (self.statements, self.commits, self.overtaken, self.open_transactions)
        self.spare()
        self.open_transactions, self.aside = 0, True
        try:
            yield
        finally:
            self.aside = False
            self.statements, self.commits, self.overtaken, self.open_transactions = standing


@dataclass(frozen=True)
class MortalTransaction(Transaction):
    fate: Fate = field(default_factory=Fate)

    async def fetch_all(self, row: Callable[..., T], sql: LiteralString, params: Parameters | None = None) -> list[T]:
        await self.fate.before_statement()
        return await super().fetch_all(row, sql, params)

    async def fetch_one(self, row: Callable[..., T], sql: LiteralString, params: Parameters | None = None) -> T | None:
        await self.fate.before_statement()
        return await super().fetch_one(row, sql, params)

    async def execute(self, sql: LiteralString, params: Parameters | None = None) -> int:
        await self.fate.before_statement()
        return await super().execute(sql, params)

    async def execute_many(self, sql: LiteralString, rows: Sequence[Parameters]) -> None:
        await self.fate.before_statement()
        await super().execute_many(sql, rows)


class MortalDatabase(Database):
    """The pools of another database, worked on by somebody who may die."""

    def __init__(self, real: Database, fate: Fate) -> None:
        super().__init__(real.url, real._app, real._system, real._clock, real._rng)
        self.fate = fate

    def transaction(self, actor: Actor) -> contextlib.AbstractAsyncContextManager[Transaction]:
        return self._mortal(super().transaction(actor))

    def system(self, by: Actor = SYSTEM) -> contextlib.AbstractAsyncContextManager[Transaction]:
        return self._mortal(super().system(by))

    @asynccontextmanager
    async def _mortal(self, inner: contextlib.AbstractAsyncContextManager[Transaction]) -> AsyncGenerator[Transaction]:
        self.fate.open_transactions += 1
        try:
            async with inner as tx:
                if self.fate.aside:
                    await tx.execute("SET LOCAL lock_timeout = '1ms'")
                yield MortalTransaction(tx.connection, tx.actor, tx.now, tx.rng, self.fate)
        finally:
            self.fate.open_transactions -= 1
        self.fate.after_commit()
