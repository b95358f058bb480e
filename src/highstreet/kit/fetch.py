"""Fetching what lies at an address that somebody else wrote down, without being led into our own network.

Each name is resolved once, every address that it has is checked, and the connection goes to an address that was
checked: a name that resolves differently the next time gains nothing. Each redirect is checked in the same way.
Proxies of the environment are not used, because they would resolve names themselves.
"""

import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Collection, Generator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from threading import Event, Timer
from time import monotonic
from typing import IO, NoReturn
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.threads import on_stop, raise_if_stopped

MAX_REDIRECTS = 5
_STALL_S = 20.0
"""How long a server may send nothing at all."""
_CHUNK_BYTES = 2**16
_PORTS = {"http": 80, "https": 443}
_MOVED = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({408, 425, 429, *range(500, 600)})
_AS_IT_IS = "!$&'()*+,;=:@~%/?"


class PassingTrouble(InvalidInput):
    """What an address answers with now may be better later: a server that is busy, slow, away or cut off."""


class Limits(msgspec.Struct, frozen=True):
    """How much one fetch may take, its redirects included."""

    max_bytes: int
    seconds: float


def shown(address: str) -> str:
    """The address as errors name it: without its query, name and password, which may be secret."""
    bare = re.sub(r"//[^/]*@", "//", address.partition("?")[0].partition("#")[0])
    return "".join(sign if sign.isprintable() else "?" for sign in bare)[:200]


def fetch(address: str, target: IO[bytes], limits: Limits, private_hosts: Collection[str] = ()) -> None:
    """Write what lies at an HTTP(S) address to `target`, as the server sends it: gzip, if it says that it is.

    `private_hosts` are the hosts that may be asked although they are not on the public internet; a redirect from
    elsewhere does not lead there. Blocks until done. Raises InvalidInput with one sentence that names the address.
    """
    until = monotonic() + limits.seconds
    url = _parsed(address, address)
    private = url.hostname if url.hostname in {host.lower() for host in private_hosts} else None
    for _ in range(MAX_REDIRECTS + 1):
        with _asked(url, address, limits, until, private=private) as (response, expired):
            if response.status not in _MOVED:
                _copy(response, target, address, limits, expired)
                return
            moved = _parsed(urljoin(url.geturl(), response.getheader("Location") or ""), address)
        if url.scheme == "https" and moved.scheme == "http":
            _refuse(address, "leads from https to http, where anybody on the way could change it")
        url = moved
    _refuse(address, f"leads on more than {MAX_REDIRECTS} times")


def _parsed(address: str, first: str) -> SplitResult:
    """Raises InvalidInput if the address, or where `first` leads, is not one to fetch."""
    try:
        url = urlsplit(address)
        usable = url.scheme in _PORTS and bool(url.hostname) and url.port != 0
    except ValueError:
        _refuse(first, "cannot be read as an address, or leads to what cannot")
    if not usable:
        _refuse(first, "is not, or leads to what is not, an http or https address")
    if url.username is not None or url.password is not None:
        _refuse(first, "holds a name and a password, which would end up in logs; they cannot be used")
    return url


@contextmanager
def _asked(
    url: SplitResult, address: str, limits: Limits, until: float, *, private: str | None
) -> Generator[tuple[http.client.HTTPResponse, Event]]:
    """The answer, whose body is still to be read. The event is set when time was up and the connection was shut."""
    host, port = str(url.hostname), url.port or _PORTS[url.scheme]
    expired = Event()
    try:
        with _connected(host, port, address, until, allowed=host == private) as plain, plain.dup() as handle:
            # TLS takes the socket over, so the watch keeps a handle of its own on the connection.
            watch = Timer(max(0.0, until - monotonic()), _shut, [handle, expired])
            watch.daemon = True
            watch.start()
            try:
                with (
                    on_stop(lambda: _shut(handle, expired)),
                    _secured(plain, host) if url.scheme == "https" else plain as connected,
                    _ask(url, host, port, connected) as response,
                ):
                    yield response, expired
            finally:
                watch.cancel()
                watch.join()
    except (OSError, ValueError, http.client.HTTPException) as problem:
        raise_if_stopped()
        if expired.is_set() or monotonic() >= until:
            _too_slow(address, limits)
        _refuse(address, _sentence(problem), passing=not isinstance(problem, ssl.SSLCertVerificationError))


def _connected(host: str, port: int, address: str, until: float, *, allowed: bool) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        _refuse(address, f"names the host {host[:100]!r}, which is not known", passing=True)
    if not allowed and any(not is_public(str(place[4][0])) for place in found):
        _refuse(address, f"leads to {host[:100]!r}, which is not on the public internet")
    problem: OSError | None = None
    for family, kind, protocol, _, place in found:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(max(0.01, min(_STALL_S, until - monotonic())))
        try:
            connection.connect(place)
        except OSError as refused:
            connection.close()
            problem = refused
        else:
            return connection
    raise problem or OSError("there is no way to it")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and so does the IPv4 address that it may carry."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour
        if carried is not None:
            return is_public(str(carried))
        if ip.is_site_local or ip.teredo is not None:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _ask(url: SplitResult, host: str, port: int, connected: socket.socket) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(host, port)
    connection.sock = connected  # a connection that has its socket never looks a name up
    path = quote(url.path or "/", safe=_AS_IT_IS) + (f"?{quote(url.query, safe=_AS_IT_IS)}" if url.query else "")
    bare = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    headers = {
        "Host": bare if port == _PORTS[url.scheme] else f"{bare}:{port}",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "Highstreet",
    }
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def _copy(response: http.client.HTTPResponse, target: IO[bytes], address: str, limits: Limits, expired: Event) -> None:
    if response.status != HTTPStatus.OK:
        _refuse(address, f"answered {response.status} instead of 200", passing=response.status in _BUSY)
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        _refuse(address, f"answered in the encoding {encoding[:40]!r}, which nobody asked for")
    stated, total = response.length, 0
    while True:
        wanted = _CHUNK_BYTES if stated is None else min(_CHUNK_BYTES, stated - total)
        chunk = response.read1(wanted) if wanted else b""
        total += len(chunk)
        if max(total, stated or 0) > limits.max_bytes:
            _refuse(address, f"answers with more than {limits.max_bytes // 2**20:,} MiB")
        if not chunk:
            break
        target.write(chunk)
    raise_if_stopped()
    if expired.is_set():
        _too_slow(address, limits)
    if stated is not None and total < stated:
        _refuse(address, f"was cut short: {total:,} of {stated:,} bytes came; fetch it again", passing=True)


def _shut(connection: socket.socket, expired: Event) -> None:
    """End a connection that another thread waits for: its next read comes back at once."""
    expired.set()
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _sentence(problem: Exception) -> str:
    match problem:
        case TimeoutError():
            return f"sent nothing for {_STALL_S:g} seconds"
        case http.client.IncompleteRead():
            return "was cut short by its server; fetch it again"
        case ssl.SSLCertVerificationError():
            return f"has no certificate that can be trusted: {problem.verify_message}"
        case http.client.HTTPException() | ValueError():
            return f"did not answer as HTTP does ({type(problem).__name__})"
        case OSError():
            return f"cannot be reached: {problem.strerror or type(problem).__name__}"
        case _:
            raise problem


def _too_slow(address: str, limits: Limits) -> NoReturn:
    _refuse(address, f"took longer than {limits.seconds:g} seconds", passing=True)


def _refuse(address: str, message: str, *, passing: bool = False) -> NoReturn:
    kind = PassingTrouble if passing else InvalidInput
    raise kind.at(shown(address), message) from None
