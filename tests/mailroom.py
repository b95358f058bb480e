"""An SMTP server for tests, on loopback. What it offers and how it misbehaves the test says; it takes no mail."""

import asyncio
import base64
import ipaddress
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "ann", "swordfish"


@dataclass
class Mailroom:
    """One server. `heard` is every word that a client said, in its order, passwords included."""

    port: int = 0
    heard: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Manner:
    """How it behaves. `tls` is from the first byte; `silent` says nothing at all; `banner` is its first line."""

    tls: bool = False
    starttls: bool = True
    login: bool = True
    silent: bool = False
    banner: bytes = b"220 mailroom"


def certificate(directory: Path) -> Path:
    """A certificate for loopback with its key, in one file; whoever trusts that file trusts the server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mailroom")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / "mailroom.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@contextmanager
def mailroom(pem: Path, manner: Manner) -> Generator[Mailroom]:
    """In a thread with a loop of its own, since commands make theirs."""
    room, started = Mailroom(), threading.Event()
    loop = asyncio.new_event_loop()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    async def serve() -> None:
        async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await _converse(room, manner, context, reader, writer)
            with suppress(ConnectionError, ssl.SSLError):
                writer.close()

        server = await asyncio.start_server(attend, "127.0.0.1", 0, ssl=context if manner.tls else None)
        room.port = server.sockets[0].getsockname()[1]
        started.set()
        async with server:
            await ended.wait()

    ended = asyncio.Event()
    running = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    running.start()
    assert started.wait(30)
    try:
        yield room
    finally:
        loop.call_soon_threadsafe(ended.set)
        running.join()
        loop.run_until_complete(_cancel_rest())
        loop.close()


async def _cancel_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


async def _converse(
    room: Mailroom,
    manner: Manner,
    context: ssl.SSLContext,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    encrypted = manner.tls

    async def say(*lines: str) -> None:
        writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await writer.drain()

    if manner.silent:
        await reader.read()
        return
    writer.write(manner.banner + b"\r\n")
    while line := (await reader.readline()).decode().strip():
        room.heard.append(line)
        match line.upper().split():
            case ["EHLO", *_]:
                offered = [
                    *(["STARTTLS"] if manner.starttls and not encrypted else []),
                    *(["AUTH PLAIN"] if manner.login else []),
                ]
                lines = ["mailroom", *offered]
                await say(*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}")
            case ["STARTTLS"]:
                await say("220 go on")
                await writer.start_tls(context)
                encrypted = True
            case ["AUTH", "PLAIN", *_]:
                told = base64.b64decode(line.split()[2]).decode()
                await say("235 welcome" if told.split("\0")[1:] == [USER, PASSWORD] else f"535 not {told!r}")
            case ["QUIT"]:
                await say("221 bye")
                return
            case _:
                await say("500 what?")
