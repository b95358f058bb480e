"""Where a feed comes from: a file, standard input or an address. The last two are kept in a file first."""

import io
import os
import select
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.kit.fetch import Limits, fetch, shown
from highstreet.kit.threads import raise_if_stopped
from highstreet.market.feeds.domain.spelling import shown as printable
from highstreet.market.feeds.readers.archives import Packing, by_content, by_name
from highstreet.market.feeds.readers.limits import FETCH_SECONDS, MAX_FILE_BYTES

Origin: TypeAlias = Path | str
"""A path is a file. Text is `-` for standard input, an address that begins with http:// or https://, or a path."""

STANDARD_INPUT = "-"
_CHUNK_BYTES = 2**20
_LONGEST_NAME = 255
_PATIENCE_S = 0.2


class Source(msgspec.Struct, frozen=True):
    """A file to read, what errors call it, and how it is packed."""

    file: Path
    name: str
    packing: Packing


def name_of(origin: Origin) -> str:
    """What errors and summaries call a feed, fit for a terminal: its file's name, or its address without the query."""
    if is_address(origin):
        return shown(str(origin))
    return "standard input" if origin == STANDARD_INPUT else printable(Path(origin).name, _LONGEST_NAME)


def located(origin: Origin, folder: Path, private_hosts: Collection[str]) -> Source:
    """The file of a feed; in `folder`, if it came from elsewhere, and then it is packed as it begins.

    Raises InvalidInput with one sentence.
    """
    name = name_of(origin)
    if not is_address(origin) and origin != STANDARD_INPUT:
        return Source(Path(origin), name, by_name(Path(origin).name))
    file = folder / "sent"
    with file.open("wb") as target:
        if origin != STANDARD_INPUT:
            fetch(str(origin), target, Limits(MAX_FILE_BYTES, FETCH_SECONDS), private_hosts)
        else:
            for chunk in _standard_input():
                if target.tell() > MAX_FILE_BYTES:
                    raise InvalidInput.at(name, f"is larger than {MAX_FILE_BYTES // 2**30} GiB")
                target.write(chunk)
    return Source(file, name, by_content(file))


def _standard_input() -> Iterator[bytes]:
    """In pieces. A pipe is asked first whether it has something, so that one that stays silent can be left."""
    source = sys.stdin.buffer
    try:
        handle = source.fileno()
    except io.UnsupportedOperation:  # what stands in its place holds all of it already
        yield from iter(lambda: source.read(_CHUNK_BYTES), b"")
        return
    while True:
        while not select.select([handle], [], [], _PATIENCE_S)[0]:
            raise_if_stopped()
        chunk = os.read(handle, _CHUNK_BYTES)
        if not chunk:
            return
        yield chunk


def is_address(origin: Origin) -> bool:
    """Whether it is one of HTTP or HTTPS, and not a file."""
    return isinstance(origin, str) and origin.lower().startswith(("http://", "https://"))
