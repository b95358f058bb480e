"""A load on an HTTP server: connections that stay open, each asking its next question when the last one is answered.

`python -m benchmarks.load` is the generator. It is a process of its own, so that it has a core of its own; it takes an
Order as JSON on standard input and answers with what it Found. It does as little as it can: requests are bytes made
beforehand, an answer is counted by its Content-Length and thrown away.
"""

import selectors
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit

import msgspec

from benchmarks.report import Result, percentiles

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_BUFFER_BYTES = 1 << 20
_TIMEOUT_S = 30.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to ask. The connections take what is asked in turn, `requests` in all, after `warm_up` that are not counted.

    `asked` are whole requests as they are sent, `expected` the beginning of every answer.
    """

    host: str
    port: int
    asked: tuple[bytes, ...]
    expected: bytes
    connections: int
    requests: int
    warm_up: int


class Found(msgspec.Struct, frozen=True):
    """How long the counted requests took together, how long each took, and how large their bodies were together."""

    seconds: float
    milliseconds: list[float]
    body_bytes: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.milliseconds) / self.seconds


def load(url: str, paths: Sequence[str], connections: int, requests: int, *, warm_up: int = 200) -> Found:
    """Put a load on the server at `url` from another process. Raises RuntimeError where an answer was not 200."""
    host = urlsplit(url).hostname or "127.0.0.1"
    asked = [f"GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: */*\r\n\r\n".encode("ascii") for path in paths]
    return load_requests(url, asked, connections, requests, warm_up=warm_up)


def load_requests(
    url: str, asked: Sequence[bytes], connections: int, requests: int, *, status: int = 200, warm_up: int = 0
) -> Found:
    """The same with whole requests, all of which are to be answered with `status`."""
    address = urlsplit(url)
    order = Order(
        host=address.hostname or "127.0.0.1",
        port=address.port or 80,
        asked=tuple(asked),
        expected=b"HTTP/1.1 %d " % status,
        connections=connections,
        requests=requests,
        warm_up=warm_up,
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"], input=msgspec.json.encode(order), capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"The load on {url} broke off: {done.stderr.decode().strip()}")
    return msgspec.json.decode(done.stdout, type=Found)


def figures(subject: str, connections: int, found: Found) -> list[Result]:
    """Requests a second and the times of one run, under a name that tells the number of connections."""
    name = f"{subject}, {connections} connection" + ("s" if connections > 1 else "")
    return [Result(name, "rate", round(found.rate), "requests/s"), *percentiles(name, found.milliseconds)]


@dataclass(slots=True)
class _Connection:
    """One that is open. `missing` is what is still to come of the present answer, None until its head has been read."""

    open: socket.socket
    asked_at: float = 0.0
    missing: int | None = None
    head: bytearray = field(default_factory=bytearray)


class _Run:
    """The questions and what came back."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._asked = 0
        self._answered = 0
        self._began = perf_counter()
        self._ended = 0.0
        self._milliseconds: list[float] = []
        self._body_bytes = 0

    def found(self) -> Found:
        """Ask everything."""
        selector = selectors.DefaultSelector()
        open_ones = [_connect(self._order) for _ in range(self._order.connections)]
        for connection in open_ones:
            selector.register(connection.open, selectors.EVENT_READ, connection)
        for connection in open_ones:
            self._ask(connection)
        total = self._order.warm_up + self._order.requests
        while self._answered < total:
            ready = selector.select(_TIMEOUT_S)
            if not ready:
                raise RuntimeError(f"no answer within {_TIMEOUT_S:g} s")
            for key, _events in ready:
                self._hear(key.data)
        for connection in open_ones:
            connection.open.close()
        return Found(self._ended - self._began, self._milliseconds, self._body_bytes)

    def _ask(self, connection: _Connection) -> None:
        if self._asked == self._order.warm_up + self._order.requests:
            return
        request = self._order.asked[self._asked % len(self._order.asked)]
        self._asked += 1
        connection.missing = None
        connection.asked_at = perf_counter()
        connection.open.sendall(request)

    def _hear(self, connection: _Connection) -> None:
        count = connection.open.recv_into(self._buffer)
        if not count:
            raise RuntimeError("the server closed a connection")
        if connection.missing is not None:
            connection.missing -= count
        else:
            connection.head += self._buffer[:count]
            head_bytes = connection.head.find(_HEAD_END)
            if head_bytes < 0:
                return
            length = _length_of(connection.head, head_bytes, self._order.expected)
            connection.missing = head_bytes + len(_HEAD_END) + length - len(connection.head)
            connection.head.clear()
            if self._answered >= self._order.warm_up:
                self._body_bytes += length
        if connection.missing == 0:
            self._note(connection)
            self._ask(connection)

    def _note(self, connection: _Connection) -> None:
        now = perf_counter()
        self._answered += 1
        if self._answered == self._order.warm_up:
            self._began = now
        elif self._answered > self._order.warm_up:
            self._milliseconds.append((now - connection.asked_at) * 1000)
            self._ended = now


def _connect(order: Order) -> _Connection:
    made = socket.create_connection((order.host, order.port), timeout=_TIMEOUT_S)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return _Connection(made)


def _length_of(head: bytearray, head_bytes: int, expected: bytes) -> int:
    if not head.startswith(expected):
        raise RuntimeError(f"an answer began with {bytes(head[:80])!r}")
    begins = head.find(_LENGTH, 0, head_bytes)
    if begins < 0:
        raise RuntimeError("an answer told no length")
    begins += len(_LENGTH)
    return int(head[begins : head.index(b"\r", begins)])


def _main() -> None:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(_Run(order).found()))


if __name__ == "__main__":
    _main()
