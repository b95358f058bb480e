"""Functions over arrays, compiled to machine code when first called, and kept on disk for the next process.

Compiled code knows arrays, numbers and tuples of them. It holds no lock of the interpreter, so that a thread which runs
it lets others go on. Sums and products are left in the order in which they are written: results are those of numpy.

What is kept belongs to one state of the sources: numba looks for changes only in the file of a function, and would go
on with what another file said before it was changed.
"""

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
from numba.core import config

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE: Final = Path(__file__).parents[1]
_KEPT: Final = 8
"""States of the sources whose code is kept: that of this program, and of versions beside it."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as machine code. Division by zero gives infinity, as in numpy, instead of raising."""
    return _compiled(function)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, and a part of each compiled function that calls it: for what is called once a row.

    A call costs more than such a function does, since each array that is handed over is counted.
    """
    return _compiled(function, forceinline=True)


def _compiled(function: Callable[P, R], **options: bool) -> Callable[P, R]:
    wing, feature = function.__module__.split(".")[1:3]
    # Read when a function is declared, so that each finds the place of its feature.
    config.CACHE_DIR = _kept_in(wing, feature)  # pyright: ignore[reportAttributeAccessIssue] -- numba states no types
    njit = cast("Callable[..., Any]", numba.njit)  # pyright: ignore[reportUnknownMemberType] -- as above
    return cast("Callable[P, R]", njit(cache=True, nogil=True, error_model="numpy", **options)(function))


@cache
def _kept_in(wing: str, feature: str) -> str:
    """Where the compiled code of a feature is kept, by the state of its sources and of those that it may call."""
    sources = [Path(__file__), *_PACKAGE.glob("science/**/*.py"), *_PACKAGE.glob(f"{wing}/{feature}/**/*.py")]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(f"{source.relative_to(_PACKAGE)}\0".encode() + source.read_bytes())
    place = _home() / f"{feature}-{digest.hexdigest()[:16]}"
    if not place.is_dir():
        place.mkdir(exist_ok=True)
        _tidy(place.parent, feature)
    return str(place)


def _tidy(home: Path, feature: str) -> None:
    """Throw away what is long out of use; another process may be doing so, too."""
    with contextlib.suppress(OSError):
        states = sorted(home.glob(f"{feature}-*"), key=lambda state: state.stat().st_mtime, reverse=True)
        for state in states[_KEPT:]:
            shutil.rmtree(state, ignore_errors=True)


@cache
def _home() -> Path:
    """A directory of this user's alone: `NUMBA_CACHE_DIR`, else the user's cache, else a temporary one."""
    named = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    name = "highstreet-compiled" if sys.platform == "win32" else f"highstreet-compiled-{os.getuid()}"
    for base in (Path(named) if named else Path.home() / ".cache", Path(tempfile.gettempdir())):
        home = base / name
        with contextlib.suppress(OSError):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.access(home, os.W_OK) and _is_ours(home):
                return home
    return Path(tempfile.mkdtemp(prefix="highstreet-compiled-"))


def _is_ours(home: Path) -> bool:
    """What somebody else has put there would be run as our own."""
    return sys.platform == "win32" or home.stat().st_uid == os.getuid()
