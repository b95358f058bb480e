"""Settings that are allowed and yet not right for production."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from highstreet.kit.doctor.checks import MachineCheck, Verdict, fail, ok, warn
from highstreet.kit.settings import Environment, Settings

_KEY_CHARACTERS: Final = 32
_KEY_VARIETY: Final = 8
_MAKE_KEY: Final = "set HIGHSTREET_SECRET_KEY to what `openssl rand -hex 32` makes"


def judge_secret_key(settings: Settings) -> Verdict:
    key = settings.secret_key.reveal() if settings.secret_key else ""
    if settings.env is not Environment.PRODUCTION:
        return _not_asked(settings)
    if not key:
        return fail("HIGHSTREET_SECRET_KEY is not set, so `highstreet serve` does not start.", _MAKE_KEY)
    if len(key) < _KEY_CHARACTERS:
        return fail(f"HIGHSTREET_SECRET_KEY has fewer than {_KEY_CHARACTERS} characters.", _MAKE_KEY)
    if len(set(key)) < _KEY_VARIETY:
        return warn("HIGHSTREET_SECRET_KEY is easy to guess: it repeats a few characters.", _MAKE_KEY)
    return ok("The secret key is set.")


def judge_public_url(settings: Settings) -> Verdict:
    if settings.env is not Environment.PRODUCTION:
        return _not_asked(settings)
    if settings.public_url is None:
        return warn(
            "HIGHSTREET_PUBLIC_URL is not set, so links are to this machine's host and port.",
            "set it to the address that visitors use, such as https://deals.example",
        )
    parts = urlsplit(settings.public_url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        return warn(
            f"HIGHSTREET_PUBLIC_URL is {settings.public_url}, so cookies travel unencrypted.",
            "put a proxy with TLS before Highstreet and name its https address",
        )
    return ok(f"Visitors come to {settings.public_url}.")


def judge_trusted_proxies(settings: Settings) -> Verdict:
    if settings.env is not Environment.PRODUCTION:
        return _not_asked(settings)
    if any(ipaddress.ip_network(network, strict=False).prefixlen == 0 for network in settings.trusted_proxies):
        return fail(
            "HIGHSTREET_TRUSTED_PROXIES holds every address, so any visitor may pose as another.",
            "name the addresses of your proxies alone",
        )
    if not settings.trusted_proxies and (settings.public_url or "").startswith("https:"):
        return warn(
            "HIGHSTREET_TRUSTED_PROXIES is not set, so all visitors seem to come from the proxy that brings them.",
            "name the address from which your proxy connects, such as 127.0.0.1",
        )
    return ok(f"Proxies that are believed: {', '.join(settings.trusted_proxies) or 'none'}.")


def _not_asked(settings: Settings) -> Verdict:
    return ok(f"HIGHSTREET_ENV is {settings.env}; only production asks for this.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


CHECKS: Final = (
    MachineCheck("secret key", lambda settings, _clock: judge_secret_key(settings)),
    MachineCheck("public url", lambda settings, _clock: judge_public_url(settings)),
    MachineCheck("trusted proxies", lambda settings, _clock: judge_trusted_proxies(settings)),
)
