"""Functions over arrays, compiled to machine code when first called, and kept on disk for the next process.

Compiled code knows arrays, numbers and tuples of them. It holds no lock of the interpreter, so that a thread which runs
it lets others go on. Sums and products are left in the order in which they are written: results are those of numpy.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code. Division by zero gives infinity, as in numpy, instead of raising."""
    return _compiled(function)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, and a part of each compiled function that calls it: for what is called once a row.

    A call costs more than such a function does, since each array that is handed over is counted.
    """
    return _compiled(function, forceinline=True)


def _compiled(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    njit = cast("Callable[..., Any]", numba.njit)  # pyright: ignore[reportUnknownMemberType] -- numba states no types
    return cast("Callable[P, R]", njit(cache=True, nogil=True, error_model="numpy", **options)(function))
