"""Leads each case of a written corpus through its door, in a process of its own that may take no more than it says.

`python -m tests.corpus.doors` reads directories, one a line, and answers each with a line of JSON: how its cases ended,
and what they took.
"""

import asyncio
import io
import os
import resource
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from highstreet.kit.blobs import open_blobs
from highstreet.kit.errors import InvalidInput
from highstreet.kit.fetch import Limits, fetch
from highstreet.kit.pictures.making import Workshop, make
from highstreet.kit.settings import Settings
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.deals import DealReader, StatedDeal
from highstreet.market.feeds.domain.shift import Shift
from highstreet.market.feeds.readers.feed import open_feed
from highstreet.market.feeds.readers.looking import look_at
from highstreet.market.feeds.usecases.suggesting import take_sample
from tests.corpus.__main__ import Entry
from tests.corpus.addresses import RESOLVED
from tests.corpus.cases import Kind
from tests.corpus.server import server

_MEBIBYTE = 2**20
_ADDRESS_SPACE = 1_800 * _MEBIBYTE
"""Far beyond what a case may use, for what is only reserved; what is used is measured."""
_MOST_SHOWN = 20


class Ended(msgspec.Struct, kw_only=True):
    """How a case ended. `failure` is a traceback, or how the process was ended; there should be none."""

    name: str = ""
    sentence: str | None = None
    reasons: list[str] = []
    """Of the first rows that were refused, each behind its field."""
    used: int = 0
    """How many rows can be used."""
    titles: list[str] = []
    failure: str | None = None
    seconds: float = 0.0
    """Of processor time."""
    mebibytes: float = 0.0


def main() -> None:
    """The command."""
    with server() as port:
        for line in sys.stdin:
            directory = Path(line.removesuffix("\n"))
            entries = msgspec.json.decode((directory / "manifest.json").read_bytes(), type=list[Entry])
            ended = [_in_a_process(entry, directory / entry.folder, port) for entry in entries]
            sys.stdout.buffer.write(msgspec.json.encode(ended) + b"\n")
            sys.stdout.flush()


def _in_a_process(entry: Entry, folder: Path, port: int) -> Ended:
    """A fork has everything loaded already, so a case costs its own work only."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _limit(entry)
        told = _walked(entry, folder, port)
        own, below = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        told.mebibytes = max(own, below) / 1024
        with os.fdopen(writing, "wb") as answer:
            answer.write(msgspec.json.encode(told))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read()
    _, status, used = os.wait4(child, 0)
    ended = msgspec.json.decode(text, type=Ended) if text else Ended(failure=f"ended by {_signal(status)}")
    ended.name, ended.seconds = entry.name, used.ru_utime + used.ru_stime
    return ended


def _signal(status: int) -> str:
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit code {status >> 8}"


def _limit(entry: Entry) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(entry.seconds) + 1, int(entry.seconds) + 2))
    signal.alarm(int(entry.seconds) * 4)


def _walked(entry: Entry, folder: Path, port: int) -> Ended:
    doors: dict[Kind, Callable[[Entry, Path, int], Ended]] = {
        Kind.FEED: _feed,
        Kind.MAPPING: _mapping,
        Kind.ADDRESS: _address,
        Kind.PICTURE: _picture,
    }
    try:
        return doors[entry.kind](entry, folder, port)
    except InvalidInput as problem:
        return Ended(sentence=str(problem))
    except BaseException:  # noqa: BLE001 - whatever it is, the test is told
        return Ended(failure=traceback.format_exc())


def _feed(entry: Entry, folder: Path, _: int) -> Ended:
    with suppress(InvalidInput), look_at(folder / entry.file) as look:  # as --suggest does, which has no mapping yet
        take_sample(look)
    mapping = feeds.load_mapping(str(folder / "mapping.toml"))
    ended = Ended()
    with open_feed(folder / entry.file, mapping) as feed:
        for row in DealReader(mapping, Shift(ZoneInfo("UTC"))).read_all(feed.rows()):
            if isinstance(row, StatedDeal):
                ended.used += 1
                if len(ended.titles) < _MOST_SHOWN:
                    ended.titles.append(row.title)
            elif len(ended.reasons) < _MOST_SHOWN:
                msgspec.json.encode(row)  # as the rejects file has it
                ended.reasons.append(f"{row.field or 'the row'} {row.reason}")
    return ended


def _mapping(entry: Entry, folder: Path, _: int) -> Ended:
    feeds.load_mapping(str(folder / entry.file))
    return Ended(used=1)


def _address(entry: Entry, _: Path, port: int) -> Ended:
    socket.getaddrinfo = _resolved(socket.getaddrinfo)
    own = ["127.0.0.1"] if "/redirect/" in entry.address or "/answer/" in entry.address else []
    target = io.BytesIO()
    began = time.monotonic()
    try:
        fetch(entry.address.replace("{port}", str(port)), target, Limits(8 * _MEBIBYTE, 1.0), own)
    finally:
        assert time.monotonic() - began < entry.seconds, "it took too long"
    return Ended(used=len(target.getvalue()))


def _picture(entry: Entry, folder: Path, _: int) -> Ended:
    workshop = Workshop(open_blobs(Settings(data_dir=folder)))
    asyncio.run(make(workshop, (folder / entry.file).read_bytes(), entry.file))
    return Ended(used=1)


def _resolved(ask: Callable[..., Any]) -> Callable[..., Any]:
    """What the system knows, and the names of the corpus."""

    def resolve(host: str, port: int, **how: Any) -> list[Any]:  # noqa: ANN401 - as the system's own
        return [found for name in RESOLVED.get(host, (host,)) for found in ask(name, port, **how)]

    return resolve


if __name__ == "__main__":
    main()
