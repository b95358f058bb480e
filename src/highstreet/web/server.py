"""One serving process: takes its socket, serves, and at the end sees every visitor out.

At SIGTERM readiness answers 503, so that whoever sends visitors sends them elsewhere; the process goes on accepting
for a while, tells every connection to close after its answer, then stops listening and finishes what was begun. SIGINT
does the same without the while.
"""

import asyncio
import errno
import signal
import socket
import time
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final, cast

import uvicorn
from litestar.types import ASGIApp

from highstreet.kit.errors import ConfigurationError
from highstreet.web import door
from highstreet.web.runtime import Lifecycle

_PORTS_TRIED: Final = 100
_BACKLOG: Final = 2048
_KEEP_ALIVE_S: Final = 75
"""Longer than the 60 s for which common proxies keep an idle connection: the one that reuses it should close it."""

LAST_ARRIVALS_S: Final = 0.1
"""How long those who are in line when the door is shut are let in."""

_UNTOLD_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Farewell:
    """How a process ends, in seconds.

    For `accept_s` visitors are still let in, for `linger_s` more whoever is in may still ask, and `finish_s` is how
    long the answers may then take.
    """

    accept_s: float = 3.0
    linger_s: float = 0.5
    finish_s: int = 25


class Server(uvicorn.Server):
    """Uvicorn's server with the farewell above, which uvicorn cuts short: it closes idle connections at once."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle, farewell: Farewell, *, sibling: bool) -> None:
        super().__init__(config)
        self.interrupted = False
        self._sibling = sibling
        self._shuts_door = not sibling
        self._lifecycle = lifecycle
        self._farewell = farewell
        self._listens_until = float("inf")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by uvicorn for SIGTERM and SIGINT. A second signal only makes it hurry."""
        del frame
        if self._sibling and sig == signal.SIGINT:
            return  # Ctrl-C reaches a whole terminal, and the supervisor does what has to be done
        self.interrupted = self.interrupted or sig == signal.SIGINT
        hurry = self._lifecycle.draining or self.interrupted
        self._lifecycle.draining = True
        # Siblings wait a little longer: their supervisor tells them when it has shut the door that they share.
        wait_s = self._farewell.accept_s + (_UNTOLD_S if self._sibling else 0.0)
        self._listens_until = time.monotonic() + (0.0 if hurry else wait_s)

    def left_alone(self) -> None:
        """The supervisor shut the door, or whoever started this process is gone."""
        if not self._sibling:
            self.handle_exit(signal.SIGTERM, None)
            return
        self._lifecycle.draining = True
        self._shuts_door = True
        self._listens_until = time.monotonic()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or time.monotonic() >= self._listens_until

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._lifecycle.draining = True
        if self._shuts_door:
            for listening in sockets or []:
                door.shut(listening)
            await asyncio.sleep(LAST_ARRIVALS_S)
        for server in self.servers:
            server.close()
        # Whoever was let in last has not asked yet.
        until = time.monotonic() + self._farewell.linger_s
        while self.server_state.connections and time.monotonic() < until:  # noqa: ASYNC110 - uvicorn has no event
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)


def make_server(app: ASGIApp, lifecycle: Lifecycle, farewell: Farewell, *, sibling: bool = False) -> Server:
    """The server of `app`. A `sibling` shares its socket with others, and leaves the door to their supervisor."""
    config = uvicorn.Config(
        cast("Any", app),  # uvicorn spells the same type in its own words
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=farewell.finish_s,
    )
    return Server(config, lifecycle, farewell, sibling=sibling)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens at `port` or, where that is taken, at the next free one above it; 0 takes any.

    Raises ConfigurationError when the address is not this machine's, or nothing near the port is free.
    """
    for candidate in range(port, min(port + _PORTS_TRIED, 65_536)) if port else (0,):
        listening = _listen(host, candidate)
        if listening is not None:
            return listening
    raise ConfigurationError(f"The ports of {host} from {port} on are all taken; choose another with --port")


def address_of(listening: socket.socket) -> str:
    """The URL of what listens."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def end_with(parent: int, server: Server) -> None:
    """Tell the server when the other end of the pipe `parent` closes."""
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(parent, gone.set)
    try:
        await gone.wait()
        server.left_alone()
    finally:
        loop.remove_reader(parent)


def _listen(host: str, port: int) -> socket.socket | None:
    """None where somebody listens there already."""
    listening: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)  # two that bind at once are told apart only here
    except OSError as problem:
        if listening is not None:
            listening.close()
        if problem.errno == errno.EADDRINUSE:
            return None
        raise ConfigurationError(f"Cannot listen at {host}, port {port}: {problem.strerror}") from None
    return listening
