"""The headers that every answer carries, the hosts that the house answers to, and the address that it gives itself."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from highstreet.kit.errors import Unavailable
from highstreet.kit.settings import Environment, Settings
from highstreet.web.headers import header
from highstreet.web.problems import HttpRequest

_YEAR_S = 31_536_000
_RETRY_AFTER_S = 3_600


def content_policy(script_hashes: Sequence[str] = (), style_hashes: Sequence[str] = ()) -> str:
    """The Content-Security-Policy: our own files only. Hashes look like `sha256-...` and allow one inline text each."""
    scripts = " ".join(("'self'", *(f"'{digest}'" for digest in script_hashes)))
    styles = " ".join(("'self'", *(f"'{digest}'" for digest in style_hashes)))
    return (
        f"default-src 'self'; script-src {scripts}; style-src {styles}; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def permissions_policy(*, camera: bool = False) -> str:
    """The Permissions-Policy: what a page of ours may ask the browser for."""
    return f"camera=({'self' if camera else ''}), microphone=(), geolocation=(self), payment=(), usb=()"


def security_headers(settings: Settings) -> tuple[tuple[bytes, bytes], ...]:
    """What is added to an answer unless its handler set the header itself."""
    headers = {
        "content-security-policy": content_policy(),
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": permissions_policy(),
        "cross-origin-opener-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    if settings.env is Environment.PRODUCTION:
        headers["strict-transport-security"] = f"max-age={_YEAR_S}"
    return tuple((name.encode("ascii"), value.encode("ascii")) for name, value in headers.items())


def accepted_hosts(settings: Settings) -> frozenset[str] | None:
    """The Host headers that are answered, in lower case; None is any.

    Production answers only to its public address, so that a forged Host can never find its way into a link.
    """
    if settings.env is not Environment.PRODUCTION or settings.public_url is None:
        return None
    parts = urlsplit(settings.public_url)
    default_port = 443 if parts.scheme == "https" else 80
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    if parts.port in {None, default_port}:
        return frozenset({name, f"{name}:{default_port}"})
    return frozenset({f"{name}:{parts.port}"})


def origin_of(request: HttpRequest, settings: Settings) -> str:
    """Scheme and host as visitors know them, without a slash at the end."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    host = header(request, b"host")
    return f"{request.scope['scheme']}://{host}" if host else str(request.base_url).rstrip("/")


def is_from_elsewhere(request: HttpRequest, origin: str) -> bool:
    """Whether another site's page had the browser send this, by what browsers say of where a request comes from."""
    site, sender = header(request, b"sec-fetch-site"), header(request, b"origin")
    foreign = bool(sender) and urlsplit(sender).netloc != urlsplit(origin).netloc
    return foreign or site not in {"", "same-origin", "none"}


def mail_origin(request: HttpRequest, settings: Settings) -> str:
    """The address that links in mails begin with.

    Raises Unavailable in production without a public address: anybody could put another host into the mail to somebody.
    """
    if settings.public_url is None and settings.env is Environment.PRODUCTION:
        raise Unavailable("No mail can be sent before the operator has set HIGHSTREET_PUBLIC_URL", _RETRY_AFTER_S)
    return origin_of(request, settings)
