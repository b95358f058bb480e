"""Fetching from an address that somebody else chose: what lies there, or one sentence; never a way into our network."""

import io
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import perf_counter
from typing import Any

import pytest

from highstreet.kit.errors import InvalidInput
from highstreet.kit.fetch import Limits, fetch, is_public

LIMITS = Limits(max_bytes=2**20, seconds=5.0)
Answer = Callable[[BaseHTTPRequestHandler], None]


class House(ThreadingHTTPServer):
    """A server whose answers a test chooses by path. `asked` are the paths that it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Porter)
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.over = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


class Porter(BaseHTTPRequestHandler):
    server: House  # pyright: ignore[reportIncompatibleVariableOverride] - the server that it is started by

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.answers[self.path.partition("?")[0]](self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class has
        pass


@pytest.fixture
def house() -> Iterator[House]:
    with House() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def send(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    def answer(porter: BaseHTTPRequestHandler) -> None:
        porter.send_response(status)
        stated = {"Content-Length": str(len(body)), **{name.replace("_", "-"): text for name, text in headers.items()}}
        for name, text in stated.items():
            porter.send_header(name, text)
        porter.end_headers()
        porter.wfile.write(body)

    return answer


def raw(*pieces: bytes, pause_s: float = 0.0) -> Answer:
    """Bytes as they are, again and again if they pause."""

    def answer(porter: BaseHTTPRequestHandler) -> None:
        house = porter.server
        assert isinstance(house, House)
        porter.wfile.write(pieces[0])
        porter.wfile.flush()
        while pause_s and not house.over.wait(pause_s):
            porter.wfile.write(pieces[-1])
            porter.wfile.flush()
        porter.close_connection = True

    return answer


def got(address: str, limits: Limits = LIMITS, private: tuple[str, ...] = ("127.0.0.1",)) -> bytes:
    target = io.BytesIO()
    fetch(address, target, limits, private)
    return target.getvalue()


def sentence(address: str, limits: Limits = LIMITS, private: tuple[str, ...] = ("127.0.0.1",)) -> str:
    with pytest.raises(InvalidInput) as caught:
        got(address, limits, private)
    message = str(caught.value)
    assert message.isprintable()
    return message


def test_what_lies_there_is_fetched(house: House) -> None:
    house.answers["/feed.csv"] = send(b"a,b\n" * 50_000)
    house.answers["/chunks"] = raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    house.answers["/endless"] = raw(b"HTTP/1.0 200 OK\r\n\r\nuntil it closes")
    house.answers["/packed"] = send(b"\x1f\x8bas it is", Content_Encoding="gzip")
    assert got(f"{house.url}/feed.csv?token=a%20b&c=d e") == b"a,b\n" * 50_000
    assert house.asked == ["/feed.csv?token=a%20b&c=d%20e"]
    assert got(f"{house.url}/chunks") == b"abcde"
    assert got(f"{house.url}/endless") == b"until it closes"
    assert got(f"{house.url}/packed") == b"\x1f\x8bas it is"


def test_redirects_are_followed_within_a_host_and_not_for_ever(house: House) -> None:
    house.answers["/old"] = send(status=301, Location="/new?x=1")
    house.answers["/new"] = send(b"here")
    house.answers["/round"] = send(status=302, Location="/round")
    assert got(f"{house.url}/old") == b"here"
    assert "leads on more than 5 times" in sentence(f"{house.url}/round")
    assert len(house.asked) == 2 + 6


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0.0.0.0/", "http://[::]/", "http://2130706433/",
        "http://0x7f.1/", "http://127.1/", "http://10.0.0.1/", "http://172.16.9.9/", "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data", "http://100.64.0.1/", "http://224.0.0.1/", "http://255.255.255.255/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:10.0.0.1]/", "http://[fe80::1]/", "http://[fc00::1]/",
        "http://[ff02::1]/", "http://[2002:7f00:1::]/", "http://[2001:0:1::7f00:1]/", "http://[64:ff9b::7f00:1]/",
        "http://[::127.0.0.1]/", "http://[fec0::1]/", "http://240.0.0.1/", "http://192.0.2.1/",
    ],
)  # fmt: skip
def test_addresses_of_other_networks_are_refused(address: str) -> None:
    assert "which is not on the public internet" in sentence(address, private=())


def test_public_addresses_are_public() -> None:
    for address in ("1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "2002:101:101::"):
        assert is_public(address), address


def test_a_redirect_leads_no_further_in_than_the_address_itself(house: House) -> None:
    port = house.server_address[1]
    for number, target in enumerate(
        (f"http://localhost:{port}/secret", f"//localhost:{port}/secret", f"http://[::1]:{port}/", "http://10.0.0.1/")
    ):
        house.answers[f"/{number}"] = send(status=302, Location=target)
        message = sentence(f"{house.url}/{number}")
        assert message.startswith(f"{house.url}/{number}: leads to ")
        assert "not on the public internet" in message
    assert "/secret" not in house.asked
    for target in ("file:///etc/passwd", "ftp://deals.example/", "gopher://deals.example/", "http://", "http://[::1"):
        house.answers["/out"] = send(status=302, Location=target)
        assert "http" in sentence(f"{house.url}/out") or "cannot be read" in sentence(f"{house.url}/out")


def test_a_name_is_resolved_once_and_all_of_its_addresses_count(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    port = house.server_address[1]
    house.answers["/"] = send(b"in")
    asked: list[str] = []
    places = {"rebinding.example": ["1.1.1.1", "127.0.0.1"], "inside.example": ["127.0.0.1"]}

    def resolve(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in places[host]]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for host in places:
        assert f"leads to {host!r}, which is not" in sentence(f"http://{host}:{port}/", private=())
    assert house.asked == []
    asked.clear()
    assert got(f"http://inside.example:{port}/", private=("Inside.example",)) == b"in"
    assert asked == ["inside.example"], "asked again, the name could have led elsewhere"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ftp://deals.example/feed", "http or https address"),
        ("http:///feed", "http or https address"),
        ("http://[::1/feed", "cannot be read"),
        ("http://deals.example:99999/", "cannot be read"),
        ("http://shop:secret@deals.example/", "holds a name and a password"),
        ("http://nowhere.invalid/", "is not known"),
        (f"http://{'a' * 70}.example/", "is not known"),
        ("http://deals..example/", "is not known"),
    ],
)
def test_an_address_that_leads_nowhere_is_named(address: str, why: str) -> None:
    assert why in sentence(address, private=())


def test_secrets_of_an_address_are_never_shown(house: House) -> None:
    assert "secret" not in sentence("http://shop:secret@deals.example/")
    house.answers["/feed"] = send(status=403)
    assert sentence(f"{house.url}/feed?token=secret#x") == f"{house.url}/feed: answered 403 instead of 200"


def test_a_server_that_lies_or_hangs_up_is_found_out(house: House) -> None:
    ok = b"HTTP/1.1 200 OK\r\n"
    house.answers.update(
        {
            "/short": raw(ok + b"Content-Length: 100\r\n\r\nabc"),
            "/long": raw(ok + b"Content-Length: 3\r\n\r\nabcdef"),
            "/chunk": raw(ok + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
            "/nochunk": raw(ok + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab"),
            "/nonsense": raw(b"\x00\x01\x02\r\n\r\n"),
            "/nothing": raw(b""),
            "/headers": raw(ok + b"".join(b"X-%d: y\r\n" % number for number in range(500)) + b"\r\n"),
            "/header": raw(ok + b"X: " + b"y" * 100_000 + b"\r\n\r\n"),
            "/odd": send(b"x", Content_Encoding="br"),
        }
    )
    assert "was cut short: 3 of 100 bytes came" in sentence(f"{house.url}/short")
    assert got(f"{house.url}/long") == b"abc"
    assert "was cut short by its server" in sentence(f"{house.url}/chunk")
    assert "was cut short by its server" in sentence(f"{house.url}/nochunk")
    for path in ("/nonsense", "/nothing", "/headers", "/header"):
        assert "did not answer as HTTP does" in sentence(house.url + path)
    assert "in the encoding 'br'" in sentence(f"{house.url}/odd")


def test_too_much_is_refused_before_it_is_kept(house: House) -> None:
    house.answers["/stated"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n")
    house.answers["/unstated"] = raw(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 2**16, pause_s=0.0001)
    for path in ("/stated", "/unstated"):
        target = io.BytesIO()
        with pytest.raises(InvalidInput, match="answers with more than 1 MiB"):
            fetch(house.url + path, target, LIMITS, ["127.0.0.1"])
        assert len(target.getvalue()) <= LIMITS.max_bytes


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"H"],
    ids=["body", "stated body", "header", "status"],
)
def test_a_server_that_drips_is_left_when_time_is_up(start: bytes, house: House) -> None:
    house.answers["/"] = raw(start, b"x", pause_s=0.05)
    began = perf_counter()
    assert "took longer than 0.6 seconds" in sentence(house.url + "/", Limits(2**20, 0.6))
    assert perf_counter() - began < 3


def test_a_server_that_never_ends_its_tls_handshake_is_left_too() -> None:
    over = Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"\x16\x03\x03\x3f\xff")  # the head of a handshake record of 16 KiB
            while not over.wait(0.05):
                connection.sendall(b"\x02")

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = Thread(target=drip, args=[listening])
        server.start()
        address = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        began = perf_counter()
        assert "took longer than 0.5 seconds" in sentence(address, Limits(2**20, 0.5))
        assert perf_counter() - began < 3
        over.set()
        server.join()
    assert "cannot be reached" in sentence(address)
