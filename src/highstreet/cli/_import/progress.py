"""How far work is."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from typing import TypeAlias

Report: TypeAlias = Callable[[int, int], None]

_PATIENCE_S = 2.0
"""Work that takes longer than this shows how far it is."""


@contextmanager
def progress(*, shown: bool) -> Generator[Report]:
    """A bar on work that takes longer than a moment, gone when the work is done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    if not shown:
        yield lambda _done, _total: None
        return
    began = monotonic()
    bar = Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    )
    task = bar.add_task("rows", total=None)

    def report(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if monotonic() - began > _PATIENCE_S:
            bar.start()

    try:
        yield report
    finally:
        bar.stop()
