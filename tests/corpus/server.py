"""The server that the corpus's addresses lead to. It does what no server should."""

import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread

from tests.corpus.addresses import REDIRECTS

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
_BODY = b"link,title,price\n"


@contextmanager
def server() -> Generator[int]:
    """A server on every loopback address; its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        port = listening.getsockname()[1]
        Thread(target=_serve, args=(listening, port), daemon=True).start()
        yield port


def _serve(listening: socket.socket, port: int) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return  # it was closed
        Thread(target=_answer, args=(connection, port), daemon=True).start()


def _answer(connection: socket.socket, port: int) -> None:
    with connection:
        try:
            asked = connection.recv(65_536).split(b" ")[1].decode()
            if asked.startswith("/redirect/"):
                to = REDIRECTS[asked.removeprefix("/redirect/")].format(port=port)
                connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())
            elif asked.startswith("/answer/"):
                _misbehave(connection, asked.removeprefix("/answer/"))
            else:
                connection.sendall(_OK + b"Content-Length: %d\r\n\r\n" % len(_BODY) + _BODY)
        except OSError:
            return  # who asked had enough


def _misbehave(connection: socket.socket, how: str) -> None:
    answers = {
        "not_found": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "too_long": _OK + b"Content-Length: 5000\r\n\r\n" + _BODY,
        "states_too_much": _OK + b"Content-Length: 99999999999999\r\n\r\n" + _BODY,
        "no_http": b"220 deals.example ESMTP\r\n",
        "long_header": _OK + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n",
        "many_headers": _OK + b"".join(b"X-%d: 1\r\n" % number for number in range(1_000)) + b"\r\n",
        "negative_length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "brotli": _OK + b"Content-Encoding: br\r\nContent-Length: 5\r\n\r\nabcde",
        "closed": b"",
        "chunks_cut": _OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + _BODY,
        "chunks_wrong": _OK + b"Transfer-Encoding: chunked\r\n\r\nnot-a-number\r\n" + _BODY,
    }
    if how in answers:
        connection.sendall(answers[how])
    elif how == "endless":
        connection.sendall(_OK + b"\r\n")
        while True:
            connection.sendall(b"x" * 65_536)
    elif how == "slow":
        connection.sendall(_OK + b"\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.1)
    else:
        connection.settimeout(30)
        connection.recv(1)
