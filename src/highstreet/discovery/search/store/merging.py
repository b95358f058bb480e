"""A large merge is done by a process of its own: changes go on meanwhile, and its memory goes with it.

What it is to do stands in a file beside the segments; what it made is a segment there.
"""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Final

import msgspec

from highstreet.discovery.search.index.merge import merge
from highstreet.discovery.search.store import container, files
from highstreet.discovery.search.store.container import UnusableFile
from highstreet.discovery.search.store.generations import SEGMENT
from highstreet.discovery.search.store.shelf import Merge
from highstreet.kit.errors import HighstreetError

_KIND: Final = "merge"
_ORDER: Final = "merge.order"


class _Order(msgspec.Struct, frozen=True):
    sources: tuple[str, ...]
    result: str


async def carry_out_aside(directory: Path, work: Merge) -> None:
    """Have a merge done. Raises HighstreetError with what the process said where it could not."""
    order = _Order(tuple(source.uid for source in work.sources), work.uid)
    alive = {f"alive{position}": source.alive for position, source in enumerate(work.sources)}
    container.write(directory / _ORDER, _KIND, msgspec.json.encode(order), alive)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "highstreet.discovery.search.store.merging_child", str(directory / _ORDER)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        said = (await process.stderr.read()).decode(errors="replace").strip()
        code = await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
    if code:
        raise HighstreetError(said.splitlines()[-1] if said else f"The process that merges ended with {code}.")


def carry_out(path: Path) -> None:
    """Do what the file says. Raises UnusableFile and NotWritten."""
    contents = container.read(path, _KIND)
    try:
        order = msgspec.json.decode(contents.meta, type=_Order)
    except msgspec.MsgspecError as problem:
        raise UnusableFile(f"{path} says what this program cannot read ({problem})") from None
    parts = [
        (files.open(path.with_name(uid + SEGMENT)), contents.arrays[f"alive{position}"])
        for position, uid in enumerate(order.sources)
    ]
    files.write(path.with_name(order.result + SEGMENT), merge(parts))
