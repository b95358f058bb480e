"""A segment as a file, mapped by every process that reads it."""

import contextlib
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from highstreet.discovery.search.index.sections import VERSION, Meta, Sections
from highstreet.discovery.search.store import container
from highstreet.discovery.search.store.container import UnusableFile

_KIND: Final = "segment"
_UNCHECKED: Final = frozenset({"stored"})
"""Its rows have checksums of their own, compared when a deal is looked at: most of them never are."""


DAMAGED: Final = ".damaged"
"""A reader that finds a segment damaged leaves a file of its name and this behind, for the indexer to see."""


class _Version(msgspec.Struct, frozen=True):
    version: int


def write(path: Path, sections: Sections) -> None:
    """Put a segment at `path`, whole and on the disk. Raises NotWritten, and then nothing has changed."""
    container.write(path, _KIND, msgspec.json.encode(sections.meta), sections.arrays, unchecked=_UNCHECKED)


def open(path: Path) -> Sections:  # noqa: A001 -- called as `files.open`, which is what it does
    """The segment, in read-only views of the mapped file. Raises UnusableFile that says what is wrong."""
    contents = container.read(path, _KIND)
    try:
        version = msgspec.json.decode(contents.meta, type=_Version).version
        if version != VERSION:
            raise UnusableFile(f"{path} has the version {version} of a segment, and this program reads {VERSION}")
        meta = msgspec.json.decode(contents.meta, type=Meta)
        return Sections(meta, contents.arrays, damaged=partial(mark_damaged, path))
    except msgspec.MsgspecError as problem:
        raise UnusableFile(f"{path} has tables that this program cannot read ({problem})") from None


def mark_damaged(path: Path) -> None:
    """Leave word that a segment is damaged; who cannot leave it, because the disk is full, says so again later."""
    with contextlib.suppress(OSError):
        path.with_name(path.name + DAMAGED).touch()
