"""Bytes that are known by what they are: a directory of this machine, or a bucket that speaks S3.

A blob's name is the SHA-256 of its bytes, so nothing ever replaces anything, putting the same bytes twice is putting
them once, and whatever is read is checked against its name. What was derived from a blob stands beside it as a variant
under a name of its own, with its SHA-256 in front, and is checked as well.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import msgspec
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from highstreet.kit.errors import ConfigurationError, NotFound, Unavailable
from highstreet.kit.settings import Secret, Settings

_ITSELF: Final = "blob"
_VARIANT: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SEAL_BYTES: Final = 32
_ANY_TYPE: Final = "application/octet-stream"
_LISTED_AT_ONCE: Final = 1000
_OF_THE_OWNER: Final = 0o700
_REGION: Final = "us-east-1"
_PATIENCE: Final = timedelta(seconds=30)
_RETRIES: Final = 3
_RETRY_AFTER_S: Final = 30


class KeptBlob(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is kept. `variant` is None for the blob itself; `bytes` is what `get` would give."""

    digest: str
    variant: str | None
    bytes: int
    changed_at: datetime
    """By the clock of whoever keeps it."""


class Blobs:
    """An open place. Made by `open_blobs`.

    Every method raises Unavailable when the place cannot be used, with one sentence for an operator that holds no
    secret.
    """

    def __init__(self, store: LocalStore | S3Store, place: str, root: Path | None = None) -> None:
        self._store = store
        self._root = root
        self.place: Final = place
        """Where it is, as it may be shown."""

    async def put(self, data: bytes, *, content_type: str = _ANY_TYPE) -> str:
        """Keep `data`; its digest, by which it is found again. It is wholly there, on the disk, or not at all.

        Putting what is there already mends it, if it was damaged. `content_type` is for whoever looks into a bucket
        with other tools; a directory has no place for it.
        """
        digest = await _sha256(data)
        await self._write(_key(digest, None), data, content_type)
        return digest.hex()

    async def get(self, digest: str) -> bytes:
        """The bytes of that digest. Raises NotFound where there are none, Unavailable where they are damaged."""
        data = await self._read(_key(_checked(digest), None))
        if (await _sha256(data)).hex() != digest:
            self._damaged(digest)
        return data

    async def put_variant(self, digest: str, variant: str, data: bytes) -> None:
        """Keep what was derived from a blob under a name, in place of what was there; the blob may come later."""
        await self._write(_key(_checked(digest), variant), await _sha256(data) + data, _ANY_TYPE)

    async def get_variant(self, digest: str, variant: str) -> bytes:
        """What was derived. Raises NotFound where there is none, Unavailable where it is damaged."""
        sealed = await self._read(_key(_checked(digest), variant))
        seal, data = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if await _sha256(data) != seal:
            self._damaged(f"{digest}/{variant}")
        return data

    async def exists(self, digest: str, variant: str | None = None) -> bool:
        with self._understood():
            try:
                await self._store.head_async(_key(_checked(digest), variant))
            except FileNotFoundError:
                return False
            return True

    async def delete(self, digest: str) -> None:
        """Remove a blob and its variants; nothing happens where there are none."""
        found = [key async for key, _, _ in self._listed(f"{_checked(digest)[:2]}/{digest}")]
        # The blob goes last: whoever puts it again meanwhile, and finds it there afterwards, has its variants as well.
        for key in sorted(found, key=lambda key: key.endswith(f"/{_ITSELF}")):
            with self._understood():
                try:
                    await self._store.delete_async(key)
                except FileNotFoundError:
                    continue

    async def list(self, beginning: str = "") -> AsyncIterator[KeptBlob]:
        """What is kept, variants included, in no particular order. What is not ours is passed over.

        `beginning` is a digest, or two signs with which digests begin; without it, everything.
        """
        under = beginning if len(beginning) <= 2 else f"{beginning[:2]}/{beginning}"
        async for key, size, changed_at in self._listed(under or None):
            parts = key.split("/")
            if len(parts) == 3 and _DIGEST.fullmatch(parts[1]) and parts[0] == parts[1][:2]:
                itself = parts[2] == _ITSELF
                yield KeptBlob(
                    digest=parts[1],
                    variant=None if itself else parts[2],
                    bytes=size if itself else size - _SEAL_BYTES,
                    changed_at=changed_at,
                )

    async def _listed(self, prefix: str | None) -> AsyncIterator[tuple[str, int, datetime]]:
        with self._understood():
            # Another overload gives tables of a package that is not installed.
            listing = self._store.list(prefix, chunk_size=_LISTED_AT_ONCE)  # pyright: ignore[reportUnknownMemberType] -- see above
            async for batch in listing:
                for each in batch:
                    yield each["path"], each["size"], each["last_modified"]

    async def _read(self, key: str) -> bytes:
        with self._understood():
            try:
                found = await self._store.get_async(key)
                return bytes(await found.bytes_async())
            except FileNotFoundError:
                raise NotFound(f"There is no blob {key[3:]}") from None

    async def _write(self, key: str, data: bytes, content_type: str) -> None:
        with self._understood():
            if self._root is None:
                await self._store.put_async(key, data, attributes={"Content-Type": content_type}, use_multipart=False)
                return
            await self._store.put_async(key, data, use_multipart=False)
            await asyncio.to_thread(_settle, self._root / key)

    @contextmanager
    def _understood(self) -> Generator[None]:
        """Turn the library's errors, which quote requests and answers, into a sentence of ours."""
        try:
            yield
        except (UnauthenticatedError, PermissionDeniedError, PermissionError):
            self._unusable("refuses access")
        except FileNotFoundError:
            self._unusable("is not there")
        except (BaseError, OSError):
            self._unusable("cannot be reached, or does not answer as it should")

    def _unusable(self, what: str) -> NoReturn:
        raise Unavailable(f"The place of blobs {self.place} {what}", _RETRY_AFTER_S) from None

    def _damaged(self, name: str) -> NoReturn:
        raise Unavailable(
            f"The blob {name} in {self.place} is damaged: its bytes are not those that were put there", _RETRY_AFTER_S
        )


def open_blobs(settings: Settings, room: str | None = None) -> Blobs:
    """The place that the settings name, which is asked nothing yet. A directory is made, for its owner alone.

    A `room` is a place of its own within it, whose blobs are none of the others'.

    Raises ConfigurationError where the directory cannot be made.
    """
    directory = directory_of(settings)
    if directory is None:
        return _bucket(settings, f"{settings.blobs_url or ''}{f'/{room}' if room else ''}")
    directory = directory / room if room else directory
    try:
        directory.mkdir(mode=_OF_THE_OWNER, parents=True, exist_ok=True)
    except OSError as problem:
        raise ConfigurationError(
            f"The directory of blobs {directory} cannot be made ({problem.strerror}); "
            "HIGHSTREET_BLOBS_URL names another"
        ) from None
    return Blobs(LocalStore(directory, automatic_cleanup=True), str(directory), directory)


def directory_of(settings: Settings) -> Path | None:
    """The directory that the settings name, which may not be there yet; None where they name a bucket."""
    url = settings.blobs_url
    if url is None:
        return settings.data_dir / "blobs"
    return None if url.startswith("s3:") else Path(urlsplit(url).path)


def _bucket(settings: Settings, url: str) -> Blobs:
    """A bucket, entered with the keys of the settings and never with those of variables that other programs read."""
    parts = urlsplit(url)
    keys: dict[str, Any] = {
        "access_key_id": _revealed(settings.blobs_access_key),
        "secret_access_key": _revealed(settings.blobs_secret_key),
        "expires_at": None,
    }

    async def credentials() -> Any:  # noqa: ANN401 -- a mapping that the library has no type for at run time
        return keys

    region = settings.blobs_region or _REGION
    endpoint = settings.blobs_endpoint
    where: Mapping[str, Any] = {
        # The library also reads AWS_ENDPOINT_URL_S3, which wins over `endpoint`; what is given here wins over both.
        "aws_endpoint_url_s3": endpoint or f"https://{parts.netloc}.s3.{region}.amazonaws.com",
        "virtual_hosted_style_request": endpoint is None,
    }
    store = S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        region=region,
        credential_provider=credentials,
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http:")), "timeout": _PATIENCE},
        retry_config={"max_retries": _RETRIES, "retry_timeout": _PATIENCE},
        **where,
    )
    return Blobs(store, url)


def _revealed(secret: Secret | None) -> str:
    assert secret is not None, "the settings were checked: a bucket has both keys"
    return secret.reveal()


def _key(digest: str | bytes, variant: str | None) -> str:
    text = digest if isinstance(digest, str) else digest.hex()
    if variant is not None and (variant == _ITSELF or not _VARIANT.fullmatch(variant)):
        raise ValueError(f"{variant!r} cannot be the name of a variant")
    return f"{text[:2]}/{text}/{variant or _ITSELF}"


def _checked(digest: str) -> str:
    """A digest may come from an address that somebody wrote; what is none leads nowhere."""
    if not _DIGEST.fullmatch(digest):
        raise NotFound("There is no such blob")
    return digest


async def _sha256(data: bytes) -> bytes:
    """Off the loop, where hashing takes longer than going there."""
    if len(data) < 2**18:
        return hashlib.sha256(data).digest()
    return (await asyncio.to_thread(hashlib.sha256, data)).digest()


def _settle(path: Path) -> None:
    """Have the file, and the way to it, on the disk: a row of the database may speak of it from now on."""
    for each in (path, *path.parents[:3]):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
