"""Answers that are ready to leave."""

from dataclasses import dataclass

from litestar.types import Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is ready to leave; the framework's own response would be built only to be taken apart again."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
