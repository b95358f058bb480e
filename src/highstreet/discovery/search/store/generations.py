"""The generation that counts, as one small file: which segments it has, which of their rows are alive, and the tables.

The indexer replaces the file `current` whole; readers look several times a second whether it is another one. A segment
that is no longer named stays for a moment, so that who has just read its name can still open it; who has it open keeps
it for as long as they like, and who comes too late reads `current` anew.
"""

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from highstreet.discovery.search.index.generation import Generation, Live
from highstreet.discovery.search.index.sections import VERSION, Sections
from highstreet.discovery.search.language.widening import Widening
from highstreet.discovery.search.store import container, files
from highstreet.discovery.search.store.container import UnusableFile
from highstreet.discovery.search.store.layout import open_segment
from highstreet.discovery.search.store.tables import Tables
from highstreet.kit.settings import Settings

CURRENT: Final = "current"
SEGMENT: Final = ".segment"
"""What the name of a segment's file ends with."""
_KIND: Final = "generation"
_HEARTBEAT: Final = "heartbeat"
_GRACE_S: Final = 3.0
_ATTEMPTS: Final = 5

Stamp = tuple[int, int]


class Whole(msgspec.Struct, frozen=True):
    """Up to where the base alone holds everything, and the tables of then: what others can begin with."""

    cursor: str
    tables: Tables


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What `current` says. `segments` names files, the largest first.

    `number` begins anywhere with each index that is made anew, so that two of different machines are hardly ever equal.
    """

    version: int = VERSION
    number: int
    segments: tuple[str, ...]
    lineage: str
    """The database that this was read from. A cursor means nothing to another one."""
    cursor: str
    """Up to where the catalogue was read, in the database's own notation."""
    held: tuple[str, ...] = ()
    """The divisions whose deals are held; none named: all."""
    tables: Tables
    whole: Whole


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """That the indexer lives. `read_at` is when the database was last read, by this machine's monotonic clock."""

    boot: str
    process: int
    number: int
    """The generation that holds what was read then."""
    read_at: float


class _Version(msgspec.Struct, frozen=True):
    version: int


def directory_of(settings: Settings) -> Path:
    """Where the search index of this machine is, which may not be there yet."""
    return settings.data_dir / "search"


def publish(directory: Path, manifest: Manifest, alive: Sequence[NDArray[np.uint8]]) -> None:
    """Make this the generation that counts. Raises NotWritten, and then the former one still does."""
    bits = {f"alive{level}": each for level, each in enumerate(alive)}
    container.write(directory / CURRENT, _KIND, msgspec.json.encode(manifest), bits)


def read(directory: Path) -> tuple[Manifest, tuple[NDArray[np.uint8], ...]]:
    """The manifest and the bits of the living rows of each segment. Raises UnusableFile."""
    path = directory / CURRENT
    contents = container.read(path, _KIND)
    try:
        version = msgspec.json.decode(contents.meta, type=_Version).version
        if version != VERSION:
            raise UnusableFile(f"{path} has the version {version} of a generation, and this program reads {VERSION}")
        manifest = msgspec.json.decode(contents.meta, type=Manifest)
    except msgspec.MsgspecError as problem:
        raise UnusableFile(f"{path} says what this program cannot read ({problem})") from None
    levels = range(len(manifest.segments))
    return manifest, tuple(contents.arrays[f"alive{level}"] for level in levels)


def named(directory: Path) -> frozenset[str]:
    """The files of the generation that counts; none where there is none that can be read."""
    try:
        return frozenset(read(directory)[0].segments)
    except UnusableFile:
        return frozenset()


def load(directory: Path, known: Mapping[str, Sections]) -> tuple[Manifest, Generation]:
    """The generation that counts. `known` are segments that are open already, by their files' names.

    Raises UnusableFile; a segment that is damaged, and not merely gone, is marked for the indexer.
    """
    for attempt in range(_ATTEMPTS):
        manifest, alive = read(directory)
        try:
            opened = [known.get(name) or _open(directory / name) for name in manifest.segments]
        except UnusableFile:
            if attempt + 1 < _ATTEMPTS and read(directory)[0].number != manifest.number:
                continue
            raise
        return manifest, assemble(manifest, opened, alive)
    raise UnusableFile(f"{directory / CURRENT} changes faster than it can be followed")


def assemble(manifest: Manifest, opened: Sequence[Sections], alive: Sequence[NDArray[np.uint8]]) -> Generation:
    """A generation of open segments. Raises UnusableFile where they do not fit together."""
    for name, sections, bits in zip(manifest.segments, opened, alive, strict=True):
        if len(bits) != (sections.meta.rows + 7) // 8:
            raise UnusableFile(f"{name} does not have as many rows as the generation says")
    tables, widening = _shared(msgspec.json.encode(manifest.tables))
    return Generation(
        number=manifest.number,
        segments=tuple(
            Live(uid=name.removesuffix(SEGMENT), sections=sections, alive=bits)
            for name, sections, bits in zip(manifest.segments, opened, alive, strict=True)
        ),
        categories=tables.categories,
        divisions=tables.divisions,
        widening=widening,
    )


@lru_cache(maxsize=2)
def _shared(written: bytes) -> tuple[Tables, Widening]:
    """The tables, and what words mean by them: the same objects for all generations that have the same."""
    tables = msgspec.json.decode(written, type=Tables)
    return tables, Widening(tables.synonyms, tables.categories)


def stamp(directory: Path) -> Stamp | None:
    """Changes with every generation; None where there is none."""
    try:
        status = (directory / CURRENT).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def beat(directory: Path, number: int, read_at: float) -> None:
    """Tell readers that generation `number` holds what the database held at `read_at`.

    Where the disk is full they are told nothing, and take their knowledge for as old as it was.
    """
    draft = directory / f"{_HEARTBEAT}{container.UNFINISHED}"
    try:
        draft.write_bytes(
            msgspec.json.encode(Heartbeat(boot=boot(), process=os.getpid(), number=number, read_at=read_at))
        )
        draft.replace(directory / _HEARTBEAT)
    except OSError:
        draft.unlink(missing_ok=True)


def heartbeat(directory: Path) -> Heartbeat | None:
    """The last one; None where there is none from since this machine was started."""
    try:
        found = msgspec.json.decode((directory / _HEARTBEAT).read_bytes(), type=Heartbeat)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.boot == boot() else None


def boot() -> str:
    """Names this run of the machine, since which its monotonic clock counts."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # a system that counts on between two starts, or has no such file
        return ""


class Sweeper:
    """Removes files that no generation names any more, after a moment."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._unnamed: dict[str, float] = {}

    def sweep(self, named: frozenset[str]) -> None:
        """`named` are the files that are needed, those that are being written included."""
        now = monotonic()
        found = {
            file.name
            for file in self._directory.iterdir()
            if file.name.endswith((SEGMENT, SEGMENT + container.UNFINISHED))
            and file.name.removesuffix(container.UNFINISHED) not in named
        }
        self._unnamed = {name: self._unnamed.get(name, now) for name in found}
        for name, since in self._unnamed.items():
            if now - since > _GRACE_S:
                (self._directory / name).unlink(missing_ok=True)
                (self._directory / (name + files.DAMAGED)).unlink(missing_ok=True)


def _open(path: Path) -> Sections:
    try:
        return open_segment(path)
    except UnusableFile:
        if path.exists():
            files.mark_damaged(path)
        raise


def marked_damaged(directory: Path, segments: Sequence[str]) -> list[str]:
    """Those that a reader found damaged."""
    return [name for name in segments if (directory / (name + files.DAMAGED)).exists()]
