"""Pictures made from what strangers send, and kept with their renditions among the blobs.

What was sent is not kept: the blob of a picture is what was left of it when it had been turned upright, brought to
sRGB, made 2,560 pixels long at most and stripped of everything that is not pixels.
"""

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import msgspec

import highstreet
from highstreet.kit.blobs import Blobs
from highstreet.kit.errors import InvalidInput
from highstreet.kit.pictures.formats import Refused, kind_of
from highstreet.kit.pictures.shapes import MASTER_SIDE, TYPES, Focus, renditions

AT_ONCE: Final = 2
"""Pictures that one process has made at the same time, each in a process of its own."""

_WITHIN_S: Final = 40.0
_END_WITHIN_S: Final = 5.0
_MOST_ANSWERED_BYTES: Final = 64 * 2**20
_LOST: Final = "cannot be decoded within the memory and time that a picture may take"
_ROOT: Final = str(Path(highstreet.__file__).parents[1])
_PROGRAM: Final = (
    "import runpy, sys; "
    f"sys.path.insert(0, {_ROOT!r}); "
    "runpy.run_module('highstreet.kit.pictures.child', run_name='__main__')"
)
"""Finds this very code: an isolated Python takes no path from the environment."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where pictures are made, and where they are kept. One for each process."""

    blobs: Blobs
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


class MadePicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is kept. `width` and `height` are its pixels, `bytes` those of the blob."""

    digest: str
    width: int
    height: int
    focus: Focus
    placeholder: bytes
    bytes: int


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    refused: str | None = None
    width: int = 0
    height: int = 0
    focus: tuple[float, float] = (0.5, 0.5)
    placeholder: str = ""
    files: tuple[tuple[str, int], ...] = ()


async def make(workshop: Workshop, data: bytes, name: str, focus: Focus | None = None) -> MadePicture:
    """Decode, derive and keep; the same bytes give the same picture. Without a focus it is guessed.

    Raises InvalidInput at `name`, with one sentence, for what is no picture that can be used.
    """
    answer, files = await _ask(workshop, data, name, focus, master=True)
    master = files.pop("master")
    digest = await workshop.blobs.put(master, content_type=TYPES["jpg"])
    for variant, content in files.items():
        await workshop.blobs.put_variant(digest, variant, content)
    return MadePicture(
        digest=digest,
        width=answer.width,
        height=answer.height,
        focus=Focus(*answer.focus),
        placeholder=bytes.fromhex(answer.placeholder),
        bytes=len(master),
    )


async def refocus(workshop: Workshop, digest: str, focus: Focus) -> bytes:
    """Add the renditions of a picture that show another point of it; the placeholder that goes with them.

    Raises NotFound when there is no such picture.
    """
    answer, files = await _ask(workshop, await workshop.blobs.get(digest), digest, focus, master=False)
    for variant, content in files.items():
        await workshop.blobs.put_variant(digest, variant, content)
    return bytes.fromhex(answer.placeholder)


async def _ask(
    workshop: Workshop, data: bytes, name: str, focus: Focus | None, *, master: bool
) -> tuple[_Answer, dict[str, bytes]]:
    try:
        kind_of(data)  # what is no picture at all needs no process to say so
        request = {"focus": (focus.x, focus.y) if focus else None, "master": master}
        async with workshop.places:
            told = await _run(msgspec.json.encode(request) + b"\n" + data)
        answer, files = _read(told, master=master)
    except Refused as refused:
        raise InvalidInput.at(name, str(refused)) from None
    return answer, files


def _read(told: bytes, *, master: bool) -> tuple[_Answer, dict[str, bytes]]:
    """The child's answer is not believed further than its form: it may be speaking for the picture."""
    line, _, rest = told.partition(b"\n")
    try:
        answer = msgspec.json.decode(line, type=_Answer)
    except msgspec.DecodeError:
        raise Refused(_LOST) from None
    if answer.refused is not None:
        raise Refused(answer.refused)
    files: dict[str, bytes] = {}
    for file, size in answer.files:
        files[file], rest = rest[:size], rest[size:]
    if not _is_whole(answer, set(files), master=master):
        raise Refused(_LOST)
    return answer, files


def _is_whole(answer: _Answer, files: set[str], *, master: bool) -> bool:
    if not (0 < answer.width <= MASTER_SIDE and 0 < answer.height <= MASTER_SIDE and len(answer.placeholder) == 40):
        return False
    if not all(0 <= part <= 1 for part in answer.focus):
        return False
    wanted = {
        f"{each.name}.{ending}"
        for each in renditions(answer.width, answer.height, Focus(*answer.focus))
        for ending in TYPES
    }
    return files == (wanted | {"master"} if master else wanted)


async def _run(request: bytes) -> bytes:
    """What the child says to a request; its end is this function's end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-B",
        "-c",
        _PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_WITHIN_S):
            saying = asyncio.create_task(_say(child, request))
            try:
                return await _hear(child)
            finally:
                saying.cancel()
                await asyncio.gather(saying, return_exceptions=True)
    except TimeoutError:
        raise Refused(f"takes longer than {_WITHIN_S:g} seconds to be decoded") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        try:
            async with asyncio.timeout(_END_WITHIN_S):
                while await _heard(child):
                    pass  # its end is only noticed once what it said is read
                await child.wait()
        except TimeoutError:
            _leave(child)


def _leave(child: asyncio.subprocess.Process) -> None:
    """Wait no longer for one that has ended and left others behind, which hold what it wrote to open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    cast("Any", child)._transport.close()  # noqa: SLF001 -- nothing public closes the pipes


async def _say(child: asyncio.subprocess.Process, request: bytes) -> None:
    assert child.stdin is not None
    with contextlib.suppress(ConnectionError):  # it ended before it had read all
        child.stdin.write(request)
        await child.stdin.drain()
        child.stdin.close()


async def _hear(child: asyncio.subprocess.Process) -> bytes:
    told = bytearray()
    while chunk := await _heard(child):
        told += chunk
        if len(told) > _MOST_ANSWERED_BYTES:
            raise Refused("leads its decoder astray")
    return bytes(told)


async def _heard(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None
    return await child.stdout.read(2**16)
