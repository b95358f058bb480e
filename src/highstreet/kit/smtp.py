"""The server that takes our mail: what its address says, whether it would take any, and one mail for it.

`smtps://` is TLS from the first byte. `smtp://` begins in the clear and must become TLS before anything is said
(STARTTLS): a server that does not offer it is not used, so that nobody on the way can make it seem so. `?starttls=no`
is for a server that has none, without a password unless it is on this machine.
"""

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import unquote, urlsplit

from highstreet.kit.errors import Unavailable

LOOKS_LIKE: Final = "smtp://user:password@mail.example:587 or smtps://user:password@mail.example:465"
_RETRY_AFTER_S: Final = 60
_FOR_GOOD: Final = 500


class Encryption(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


_PORTS: Final = {Encryption.TLS: 465, Encryption.STARTTLS: 587, Encryption.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """An address that was understood. `password` is there where `user` is."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Where it is, as it may be shown."""
        return f"{self.host}:{self.port}"


def parse(url: str) -> SmtpAddress:
    """Raises ValueError, with half a sentence that holds no secret, for what is no such address."""
    unlike = ValueError(f"must look like {LOOKS_LIKE}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise unlike from None
    encryption = _encryption(parts.scheme, parts.query)
    if encryption is None or not host or port == 0 or parts.path.strip("/") or parts.fragment:
        raise unlike
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("has a user without a password, or a password without a user")
    if user and encryption is Encryption.NONE and not _is_here(host):
        raise ValueError("has a password and starttls=no, and would send it in the clear")
    return SmtpAddress(host, port or _PORTS[encryption], encryption, user or None, password or None)


def try_out(address: SmtpAddress, seconds: float) -> None:
    """Connect, agree on TLS and log in as mail would, and send none. Blocks; `seconds` is for each word of the server.

    Raises Unavailable, with one sentence that holds no secret, when mail could not be sent.
    """
    with _telling(address, seconds), _connected(address, seconds) as server:
        _enter(server, address)


class Refused(Exception):
    """The server will not have this mail, now or later; half a sentence says so by its code."""


def deliver(address: SmtpAddress, sender: str, recipient: str, content: bytes, seconds: float) -> None:
    """Hand one mail over, as the bytes of its headers and parts. Blocks as `try_out` does.

    Raises Refused when the server refuses the recipient or the content for good, and Unavailable when it may take the
    mail later.
    """
    with _telling(address, seconds), _connected(address, seconds) as server:
        _enter(server, address)
        try:
            server.sendmail(sender, [recipient], content)
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _said),) = refused.recipients.values()
            if code >= _FOR_GOOD:
                raise Refused(f"the mail server refuses the address (code {code})") from None
            raise smtplib.SMTPResponseException(code, "") from None
        except smtplib.SMTPDataError as refused:
            if refused.smtp_code >= _FOR_GOOD:
                raise Refused(f"the mail server refuses what is said (code {refused.smtp_code})") from None
            raise


@contextmanager
def _telling(address: SmtpAddress, seconds: float) -> Generator[None]:
    try:
        yield
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        raise Unavailable(f"The mail server {address.place} {_what(problem, seconds)}", _RETRY_AFTER_S) from None


def _enter(server: smtplib.SMTP, address: SmtpAddress) -> None:
    server.ehlo()
    if address.encryption is Encryption.STARTTLS:
        server.starttls(context=ssl.create_default_context())
    if address.user is not None and address.password is not None:
        server.login(address.user, address.password)


def _connected(address: SmtpAddress, seconds: float) -> smtplib.SMTP:
    name = socket.gethostname()  # the library would ask the network for a longer one
    if address.encryption is Encryption.TLS:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(address.host, address.port, name, timeout=seconds, context=context)
    return smtplib.SMTP(address.host, address.port, name, timeout=seconds)


def _encryption(scheme: str, query: str) -> Encryption | None:
    return {
        ("smtps", ""): Encryption.TLS,
        ("smtp", ""): Encryption.STARTTLS,
        ("smtp", "starttls=no"): Encryption.NONE,
    }.get((scheme, query))


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _what(problem: Exception, seconds: float) -> str:  # noqa: PLR0911 -- one answer for each way to fail
    """What the server does. Its own words are not repeated: they may hold what it was told."""
    match problem:
        case smtplib.SMTPAuthenticationError():
            return f"refuses the user or the password (code {problem.smtp_code})"
        case smtplib.SMTPNotSupportedError():
            # The library says the same of STARTTLS and of logging in, in words alone.
            asked = "STARTTLS" if "STARTTLS" in str(problem) else "a way to log in that we know"
            return f"does not offer {asked}"
        case smtplib.SMTPServerDisconnected() if isinstance(problem.__context__, OSError):
            return _what(problem.__context__, seconds)
        case smtplib.SMTPResponseException() if problem.smtp_code >= 200:
            return f"answers with code {problem.smtp_code} instead of going on"
        case ssl.SSLCertVerificationError():
            return f"has a certificate that cannot be trusted: {problem.verify_message}"
        case ssl.SSLError():
            return "does not speak TLS as it should; perhaps smtp:// and smtps:// are mixed up"
        case TimeoutError():
            return f"said nothing for {seconds:g} seconds"
        case socket.gaierror():
            return "has a name that is not known"
        case smtplib.SMTPException() | ValueError():
            return "does not answer as a mail server does"
        case _:
            return f"cannot be reached: {getattr(problem, 'strerror', None) or type(problem).__name__}"
