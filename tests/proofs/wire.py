"""Connections that ask one question at a time: requests are bytes made beforehand, so that thousands cost little."""

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import msgspec

_TIMEOUT_S: Final = 30.0


class Lost(Exception):
    """There was no whole answer, so nobody knows what became of what was asked."""


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    head: bytes
    body: bytes

    @property
    def retry_after(self) -> bool:
        return b"\r\nretry-after: " in self.head.lower()


class Wire:
    """One connection to a server on this machine, opened when it is needed and again after it was lost."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()

    async def ask(self, request: bytes) -> Answer:
        """Raises Lost when the connection ends before the answer does, or nothing comes for 30 seconds."""
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                return await self._ask(request)
        except (OSError, EOFError, TimeoutError) as lost:
            self._drop()
            raise Lost(type(lost).__name__) from lost
        except BaseException:
            self._drop()
            raise

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The connection, made where there is none."""
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port)
        return self._open

    async def _ask(self, request: bytes) -> Answer:
        reader, writer = await self.open()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length_of(head))
        if b"\r\nconnection: close" in head.lower():
            self._drop()
        return Answer(int(head[9:12]), head, body)

    def _drop(self) -> None:
        if self._open is not None:
            with contextlib.suppress(OSError):
                self._open[1].transport.abort()
            self._open = None


def _length_of(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def written(method: str, path: str, body: bytes = b"", headers: Sequence[str] = ()) -> bytes:
    """A whole request, of JSON where there is a body."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", *headers]
    if method != "GET":
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body
