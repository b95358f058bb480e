"""Space for the data directory, and databases that nobody will come back to."""

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from highstreet.kit.clock import Clock
from highstreet.kit.doctor.checks import MachineCheck, Verdict, fail, ok, warn
from highstreet.kit.postgres import home
from highstreet.kit.postgres.server import runs
from highstreet.kit.settings import Settings

_LITTLE_BYTES: Final = 2 * 1024**3
_NONE_BYTES: Final = 256 * 1024**2
_NAMED: Final = 5


def judge_space(free_bytes: int, directory: Path) -> Verdict:
    told = f"{_size(free_bytes)} are free for {directory}."
    if free_bytes < _NONE_BYTES:
        return fail(told, "make room: PostgreSQL stops when it cannot write")
    if free_bytes < _LITTLE_BYTES:
        return warn(told, "make room before it is used up")
    return ok(told)


def judge_leftovers(leftovers: Sequence[tuple[Path, int]]) -> Verdict:
    """`leftovers` are clusters with their sizes in bytes."""
    if not leftovers:
        return ok("No embedded database has lost its data directory.")
    named = " ".join(str(base) for base, _ in leftovers[:_NAMED])
    more = f" and {len(leftovers) - _NAMED} more" if len(leftovers) > _NAMED else ""
    size = _size(sum(size for _, size in leftovers))
    return warn(
        f"{len(leftovers)} embedded databases ({size}) belong to data directories that are gone.",
        f"if nobody misses them, remove {named}{more}; the file data-directory in each says whose it was",
    )


def _space(settings: Settings, clock: Clock) -> Verdict:
    del clock
    places = [settings.data_dir]
    if settings.database_url is None:
        places.append(home.base_of(settings.data_dir))
    free = {place: shutil.disk_usage(_standing(place)).free for place in places}
    tightest = min(places, key=lambda place: free[place])
    return judge_space(free[tightest], tightest)


def _leftovers(settings: Settings, clock: Clock) -> Verdict:
    del clock
    bases = home.abandoned() if os.geteuid() == 0 else []  # others keep theirs inside of the data directory
    lost = [base for base in bases if base != home.base_of(settings.data_dir) and not runs(base / "cluster")]
    return judge_leftovers([(base, _bytes_in(base)) for base in lost])


def _standing(path: Path) -> Path:
    """The nearest directory that exists, on whose disk `path` would be."""
    return next(each for each in (path, *path.parents) if each.exists())


def _bytes_in(directory: Path) -> int:
    count = 0
    for folder, _, files in os.walk(directory):
        for file in files:
            with contextlib.suppress(OSError):  # removed meanwhile
                count += Path(folder, file).lstat().st_size
    return count


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GiB" if count >= 1024**3 else f"{count / 1024**2:.0f} MiB"


CHECKS: Final = (MachineCheck("disk space", _space), MachineCheck("leftover databases", _leftovers))
