"""The file of a backup: a ZIP archive with `manifest.json`, `database.dump` of pg_dump's custom format, and `blobs/`.

The archive checks its content by CRC, and any tool can unpack it. It is written under another name and then renamed, so
that a file of the wanted name is always a whole backup.
"""

import os
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec

from highstreet.kit.errors import Conflict, InvalidInput

FORMAT: Final = 2
_READABLE: Final = frozenset({1, FORMAT})
"""The first format had no blobs."""
_MANIFEST: Final = "manifest.json"
_DUMP: Final = "database.dump"


class KeptBlobs(msgspec.Struct, frozen=True, kw_only=True):
    """The blobs of a backup, variants counted one by one.

    `missing` are those that rows speak of and that were not there, `damaged` were there and could not be read as what
    they were. Neither are in the backup.
    """

    count: int
    bytes: int
    missing: list[str]
    damaged: list[str]

    @property
    def lacking(self) -> list[str]:
        """What a restored marketplace will miss."""
        return [*self.missing, *self.damaged]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself. `rows` counts them by table; `postgresql` is the server's major version.

    `blobs` is None where they were left out.
    """

    format: int
    version: str
    revision: str
    made_at: datetime
    postgresql: int
    rows: dict[str, int]
    blobs: KeptBlobs | None = None


@contextmanager
def new_archive(file: Path, *, replace: bool) -> Generator[zipfile.ZipFile]:
    """An archive to be filled, which gets its name when the context is left without an error.

    Raises Conflict where the file exists and may not be replaced, and InvalidInput where it cannot be written.
    """
    if file.exists() and not replace:
        raise Conflict(f"There is a file {file} already; name another, or say --replace")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        # Customers' data: for whoever made it alone.
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as archive:
                yield archive
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(file)
    except OSError as problem:
        raise InvalidInput.at(str(file), f"the backup cannot be written: {problem.strerror or problem}") from None
    finally:
        draft.unlink(missing_ok=True)


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    archive.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))


@contextmanager
def dump_to_write(archive: zipfile.ZipFile) -> Generator[IO[bytes]]:
    with archive.open(_DUMP, "w", force_zip64=True) as dump:
        yield dump


@contextmanager
def open_archive(file: Path) -> Generator[tuple[zipfile.ZipFile, Manifest]]:
    """A backup that was read once through and is undamaged. Raises InvalidInput for anything else."""
    try:
        with zipfile.ZipFile(file) as archive:
            if not {_MANIFEST, _DUMP} <= set(archive.namelist()):
                raise InvalidInput.at(str(file), "this is not a backup of Highstreet")
            if archive.testzip() is not None:
                raise InvalidInput.at(str(file), "the backup is damaged")
            yield archive, _manifest(file, archive.read(_MANIFEST))
    except zipfile.BadZipFile:
        raise InvalidInput.at(str(file), "this is not a backup of Highstreet, or it is cut short") from None
    except OSError as problem:
        raise InvalidInput.at(str(file), f"the backup cannot be read: {problem.strerror or problem}") from None


@contextmanager
def dump_to_read(archive: zipfile.ZipFile) -> Generator[IO[bytes]]:
    with archive.open(_DUMP) as dump:
        yield dump


def _manifest(file: Path, text: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError:
        raise InvalidInput.at(str(file), "the manifest of the backup cannot be read") from None
    if manifest.format not in _READABLE:
        raise InvalidInput.at(str(file), f"the backup is of format {manifest.format}, and this version reads {FORMAT}")
    return manifest
