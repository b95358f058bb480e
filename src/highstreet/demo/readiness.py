"""Asks the serving process, as a visitor would, whether it is ready."""

import asyncio
import http.client
import time
from typing import Final

from highstreet.kit.errors import Unavailable

_ASK_EVERY_S: Final = 0.1
_ANSWER_TIMEOUT_S: Final = 10.0


async def wait_until_ready(host: str, port: int, *, timeout_s: float) -> None:
    """Return once readiness and the home page answer 200. Raises Unavailable when they do not in time."""
    until = time.monotonic() + timeout_s
    for path in ("/health/ready", "/"):
        while (status := await asyncio.to_thread(_status, host, port, path)) != http.client.OK:
            if time.monotonic() > until:
                answer = "does not answer" if status is None else f"answers {status}"
                raise Unavailable(f"Highstreet does not become ready: {path} {answer}; its log says why", 1)
            await asyncio.sleep(_ASK_EVERY_S)


def _status(host: str, port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", path, headers={"Accept": "text/html,application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
