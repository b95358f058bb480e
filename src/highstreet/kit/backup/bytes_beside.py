"""The blobs of a backup: one at a time, and checked against its hash when it is taken and when it is brought back.

A place of blobs has no snapshot. They are read after the rows were, so that whatever a row of the backup speaks of was
there; what came since is in the backup as well, and does no harm.
"""

import hashlib
import re
import zipfile
from collections.abc import Collection, Iterator
from typing import Final

import msgspec

from highstreet.kit.backup.archive import KeptBlobs
from highstreet.kit.blobs import Blobs, KeptBlob
from highstreet.kit.errors import HighstreetError, NotFound, Unavailable

_FOLDER: Final = "blobs/"
_NAME: Final = re.compile(r"blobs/([0-9a-f]{64})(?:/([a-z0-9][a-z0-9.-]{0,63}))?")


class BlobColumn(msgspec.Struct, frozen=True):
    """A column of ours that holds digests of blobs."""

    schema: str
    table: str
    column: str


async def pack(blobs: Blobs, archive: zipfile.ZipFile, wanted: Collection[str]) -> KeptBlobs:
    """Put everything that is kept into the archive.

    `wanted` are the digests that rows speak of: whichever of them is not there is named, as is what is damaged. Raises
    Unavailable where the place cannot be used.
    """
    count, size = 0, 0
    there: set[str] = set()
    damaged: list[str] = []
    async for each in blobs.list():
        try:
            data = await _get(blobs, each)
        except NotFound:  # removed since it was listed
            continue
        except Unavailable:
            await blobs.exists(each.digest, each.variant)  # raises where the place itself is what cannot be used
            damaged.append(_shown(each))
            if each.variant is None:
                there.add(each.digest)
            continue
        archive.writestr(zipfile.ZipInfo(_FOLDER + _shown(each)), data)
        count, size = count + 1, size + len(data)
        if each.variant is None:
            there.add(each.digest)
    return KeptBlobs(count=count, bytes=size, missing=sorted(set(wanted) - there), damaged=sorted(damaged))


async def unpack(archive: zipfile.ZipFile, blobs: Blobs) -> None:
    """Bring the blobs of an archive into a place. What is there already and undamaged is kept as it is.

    Raises HighstreetError for an archive whose blobs are not what their names say, Unavailable where the place cannot
    be used; what was brought until then stays, and is found when it is done again.
    """
    for name, digest, variant in blobs_in(archive):
        data = archive.read(name)
        if await _has(blobs, digest, variant, data):
            continue
        if variant is not None:
            await blobs.put_variant(digest, variant, data)
        elif hashlib.sha256(data).hexdigest() == digest:
            await blobs.put(data)
        else:
            raise HighstreetError(f"The backup is damaged: its blob {digest} is not what its name says")


def blobs_in(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, str | None]]:
    """Name, digest and variant of each blob. Raises HighstreetError for what stands among them and is none."""
    for entry in archive.infolist():
        if entry.filename.startswith(_FOLDER):
            found = _NAME.fullmatch(entry.filename)
            if found is None or entry.compress_type != zipfile.ZIP_STORED:
                raise HighstreetError(f"The backup holds {entry.filename[:100]!r}, which is no blob")
            yield entry.filename, found[1], found[2]


async def _get(blobs: Blobs, each: KeptBlob) -> bytes:
    return await (blobs.get(each.digest) if each.variant is None else blobs.get_variant(each.digest, each.variant))


def _shown(each: KeptBlob) -> str:
    return each.digest if each.variant is None else f"{each.digest}/{each.variant}"


async def _has(blobs: Blobs, digest: str, variant: str | None, data: bytes) -> bool:
    try:
        kept = await (blobs.get(digest) if variant is None else blobs.get_variant(digest, variant))
    except (NotFound, Unavailable):  # what is damaged is mended by putting it again, which tells if nothing can be put
        return False
    return kept == data
