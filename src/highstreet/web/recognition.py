"""Whose tokens the requests of this process carry: those that come together are looked up together.

Each is looked up in a transaction that began after its request had come, and nothing is remembered: a login that was
ended, a role that was taken away or a key that was revoked counts for the very next request.
"""

from collections.abc import Sequence
from typing import Final

from highstreet.kit.database import Database
from highstreet.kit.lines import Line
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.keys import Key
from highstreet.market.identity.domain.logins import Login, Visitor

_TOGETHER: Final = 256
_CLERKS: Final = 2


class Recognition:
    """One of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._logins: Line[tuple[str, Visitor], Login | None]
        self._logins = Line(self._recognise_logins, together=_TOGETHER, clerks=_CLERKS)
        self._keys: Line[str, Key | None] = Line(self._recognise_keys, together=_TOGETHER, clerks=_CLERKS)

    async def login(self, token: str, visitor: Visitor) -> Login | None:
        """Whose login this is, if they are still signed in."""
        return await self._logins.get((token, visitor))

    async def key(self, token: str) -> Key | None:
        """Whose key this is, while it is good."""
        return await self._keys.get(token)

    async def _recognise_logins(self, shown: Sequence[tuple[str, Visitor]]) -> Sequence[Login | None]:
        async with self._database.system() as tx:
            return await identity.recognise_all(tx, shown)

    async def _recognise_keys(self, tokens: Sequence[str]) -> Sequence[Key | None]:
        async with self._database.system() as tx:
            return await identity.recognise_keys(tx, tokens)
