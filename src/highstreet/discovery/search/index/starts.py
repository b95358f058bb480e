"""Where each of many runs of bytes begins, in four bytes and not in eight: told within its block of runs.

A block is of 1,024 runs, each of which is far below 4 MiB: the words of a deal, the spellings of a name.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from highstreet.kit.compiling import inlined

_BLOCK_BITS: Final = 10

Starts = NDArray[np.uint64]
InBlocks = NDArray[np.uint32]


def in_blocks(starts: Starts) -> tuple[Starts, InBlocks]:
    """Where each block begins, and where in its block each run does."""
    blocks = starts[:: 1 << _BLOCK_BITS].copy()
    return blocks, (starts - _repeated(blocks, len(starts))).astype(np.uint32)


def from_blocks(blocks: Starts, starts: InBlocks) -> Starts:
    """Where each run begins."""
    return _repeated(blocks, len(starts)) + starts


def _repeated(blocks: Starts, runs: int) -> Starts:
    return np.repeat(blocks, 1 << _BLOCK_BITS)[:runs]


@inlined
def start_of(blocks: Starts, starts: InBlocks, run: Any) -> Any:  # noqa: ANN401 -- whole numbers of any width
    """Where a run begins."""
    return np.int64(blocks[run >> _BLOCK_BITS]) + np.int64(starts[run])
