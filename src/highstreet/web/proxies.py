"""Who is asking, over which scheme and for which host, when proxies stand between.

`X-Forwarded-*`, `X-Request-ID` and `Traceparent` are believed only from the peers of HIGHSTREET_TRUSTED_PROXIES. They
are removed from every request, so that nothing further inside can believe a stranger's by mistake.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TypeAlias

from litestar.types import HTTPScope

Network: TypeAlias = IPv4Network | IPv6Network
Headers: TypeAlias = list[tuple[bytes, bytes]]

_FORWARDED = frozenset({
    b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded", b"x-request-id", b"traceparent",
    b"tracestate",
})  # fmt: skip
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as the visitor sent it, with the id and the trace that a trusted proxy gave it."""

    scope: HTTPScope
    request_id: str | None = None
    traceparent: str | None = None


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def resolve(scope: HTTPScope, trusted: tuple[Network, ...]) -> Arrival:
    """What is known of a request and may be believed.

    Only the last of several `X-Forwarded-Proto` or `-Host` values is read: the one that our own proxy wrote.
    """
    headers: Headers = list(scope["headers"])
    plain = [pair for pair in headers if pair[0] not in _FORWARDED]
    resolved: HTTPScope = {**scope, "headers": plain}
    peer = scope["client"]
    if not trusted or peer is None or not _within(peer[0], trusted):
        return Arrival(resolved)
    if proto := _last(headers, b"x-forwarded-proto"):
        resolved["scheme"] = "https" if proto == "https" else "http"
    if host := _last(headers, b"x-forwarded-host"):
        resolved["headers"] = [*(pair for pair in plain if pair[0] != b"host"), (b"host", host.encode("latin-1"))]
    if client := _first_untrusted(headers, trusted):
        resolved["client"] = (client, 0)
    given = _last(headers, b"x-request-id")
    return Arrival(resolved, given if given and _SANE_ID.fullmatch(given) else None, _last(headers, b"traceparent"))


def _first_untrusted(headers: Headers, trusted: tuple[Network, ...]) -> str | None:
    """The nearest address that is no proxy of ours; what stands left of it was written by a stranger."""
    for name, value in reversed(headers):
        if name == b"x-forwarded-for":
            for address in reversed(value.decode("latin-1").split(",")):
                if not _within(address.strip(), trusted):
                    return address.strip() if _is_address(address.strip()) else None
    return None


def _last(headers: Headers, name: bytes) -> str | None:
    values = [value.decode("latin-1") for key, value in headers if key == name]
    return values[-1].rpartition(",")[2].strip().lower() if values else None


def _within(address: str, trusted: tuple[Network, ...]) -> bool:
    if not _is_address(address):
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
