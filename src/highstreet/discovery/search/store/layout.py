"""Which arrays a segment has to have, and of which types: those of this program, whatever version a file claims."""

import zlib
from functools import cache
from pathlib import Path

from highstreet.discovery.search.index.build import build
from highstreet.discovery.search.index.sections import Sections
from highstreet.discovery.search.store import files
from highstreet.discovery.search.store.container import UnusableFile
from highstreet.market.catalog.domain.categories import CategoryTree


def open_segment(path: Path) -> Sections:
    """A segment that questions can be asked. Raises UnusableFile, also where it was written by another program."""
    sections = files.open(path)
    wrong = sorted(set(_laid_out(sections).items()) ^ set(_own().items()))
    if wrong:
        raise UnusableFile(f"{path} was written by another version: its array {wrong[0][0]} is not as it is here")
    return sections


@cache
def fingerprint() -> str:
    """Another one for every other layout."""
    return f"{zlib.crc32(repr(sorted(_own().items())).encode()):08x}"


@cache
def _own() -> dict[str, str]:
    return _laid_out(build((), CategoryTree(())))


def _laid_out(sections: Sections) -> dict[str, str]:
    return {name: f"{array.dtype.descr} {array.ndim}" for name, array in sections.arrays.items()}
