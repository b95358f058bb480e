"""How often something may be tried: leaky buckets."""

import ipaddress
from datetime import datetime
from typing import Final

import msgspec

_IPV6_NETWORK_BITS: Final = 64
"""What a household or a server is usually given: an address within it costs nothing."""


class Bucket(msgspec.Struct, frozen=True):
    """`size` tries at once, and one more for every `every_s` seconds that pass."""

    name: str
    size: int
    every_s: float


SIGN_IN_HERE: Final = Bucket("sign_in_here", 10, 60.0)
"""Tries to sign in to one account from one network."""

SIGN_IN_TO: Final = Bucket("sign_in_to", 100, 60.0)
"""Tries to sign in to one account from anywhere; large, so that a stranger does not lock its owner out at once."""

SIGN_IN_FROM: Final = Bucket("sign_in_from", 50, 6.0)
"""Tries to sign in to any account from one network."""

SECOND_FACTOR: Final = Bucket("second_factor", 5, 300.0)
"""Codes tried for one account by whoever has its first factor: fewer than 300 a day, of a million that there are."""

MAIL_TO: Final = Bucket("mail_to", 5, 600.0)
"""Mails that anybody can have sent to one address."""

MAIL_FROM: Final = Bucket("mail_from", 20, 60.0)
"""Mails that can be asked for from one network."""

GUESTS_FROM: Final = Bucket("guests_from", 30, 20.0)
"""Guests' accounts that are begun from one network."""


CODES_FROM: Final = Bucket("codes_from", 30, 30.0)
"""Promotion codes that are tried from one network: each is worth money to whoever guesses it."""


def leaked(bucket: Bucket, level: float, since: datetime, now: datetime) -> float:
    """How full a bucket is, that was filled to `level` at `since`."""
    return max(0.0, level - max(0.0, (now - since).total_seconds()) / bucket.every_s)


def admits(bucket: Bucket, level: float) -> bool:
    """Whether one more try fits."""
    return level + 1 <= bucket.size


def wait_s(bucket: Bucket, level: float) -> int:
    """Whole seconds until one more try fits, at least one."""
    return max(1, round((level + 1 - bucket.size) * bucket.every_s + 0.5))


def network_of(address: str) -> str:
    """What one visitor has of addresses: an IPv4 address, or an IPv6 network. Other text stands for itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _IPV6_NETWORK_BITS), strict=False))
    return str(found)
