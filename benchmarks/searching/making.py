"""A segment of generated deals, made by as many processes as there are processors."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from mmap import ACCESS_READ, mmap
from multiprocessing import get_context
from pathlib import Path

from benchmarks.searching import catalogue
from highstreet.discovery.search.index.assembling import assemble
from highstreet.discovery.search.index.build import Drafting
from highstreet.discovery.search.index.drafts import Draft
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.store import files, parts
from highstreet.discovery.search.store.parts import Part

_CHUNKS_A_DRAFT = 5


def make(number: int, path: Path) -> None:
    """Write the segment of `number` deals to `path`."""
    firsts = range(0, catalogue.chunks(number), _CHUNKS_A_DRAFT)
    with tempfile.TemporaryDirectory(prefix="highstreet-bench-", dir=path.parent) as directory:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            drafted = list(pool.map(partial(_drafted, number, Path(directory)), firsts))
        files.write(path, _joined(drafted))


def _drafted(number: int, directory: Path, first: int) -> tuple[Path, Part]:
    drafting = Drafting(catalogue.TREE)
    for index in range(first, min(first + _CHUNKS_A_DRAFT, catalogue.chunks(number))):
        drafting.add(catalogue.chunk(number, index))
    path = directory / f"{first}"
    with path.open("wb") as file:
        return path, parts.append(file, 0, drafting.draft())


def _joined(drafted: Sequence[tuple[Path, Part]]) -> Sections:
    taken: list[Draft] = []
    for path, part in drafted:
        with path.open("rb") as file:
            taken.append(parts.taken(mmap(file.fileno(), 0, access=ACCESS_READ), part))
    return assemble(taken)
