"""What the doctor asks of search: whether the index on disk is whole, how old its knowledge is, what room it takes."""

import shutil
from pathlib import Path
from time import monotonic
from typing import Final

from highstreet.discovery.search.store import generations
from highstreet.discovery.search.store.container import UnusableFile
from highstreet.discovery.search.store.shelf import living
from highstreet.kit.clock import Clock
from highstreet.kit.database import Transaction
from highstreet.kit.doctor.checks import HouseCheck, MachineCheck, Verdict, fail, ok, warn
from highstreet.kit.settings import Settings
from highstreet.market.catalog import service as catalog

_OLD_S: Final = 60.0
_SPAN_DEALS: Final = 100_000
_ROOM: Final = 2
"""While a base is written anew it is there twice, and a middle beside it."""


def judge(deals: int, index_bytes: int, free_bytes: int, age_seconds: float | None) -> Verdict:
    """`age_seconds` is None where no indexer has been at work since the machine was started."""
    told = f"The search index has {deals:,} deals and takes {index_bytes / 1024**2:,.0f} MiB."
    if age_seconds is not None and age_seconds > _OLD_S:
        return warn(
            f"{told} It was last in step with the database {age_seconds:,.0f} seconds ago.",
            "see that `highstreet serve` or `highstreet indexer` runs, and what it logs",
        )
    if free_bytes < _ROOM * index_bytes:
        return warn(
            f"{told} There is not enough room beside it to write it anew.",
            "make room: until then changes are published and never merged",
        )
    return ok(told)


def _look(settings: Settings, clock: Clock) -> Verdict:
    del clock  # a test may move it, and the age of an index is counted by the machine's
    return _examine(generations.directory_of(settings))


def _examine(directory: Path) -> Verdict:
    if generations.stamp(directory) is None:
        return ok("No search index has been made on this machine yet.")
    try:
        manifest, generation = generations.load(directory, {})
    except UnusableFile as problem:
        return fail(
            f"The search index on disk is damaged, or of another version: {problem}.",
            "start `highstreet serve` or `highstreet indexer`, which makes it anew",
        )
    beat = generations.heartbeat(directory)
    return judge(
        deals=sum(living(segment) for segment in generation.segments),
        index_bytes=sum((directory / name).stat().st_size for name in manifest.segments),
        free_bytes=shutil.disk_usage(directory).free,
        age_seconds=None if beat is None else monotonic() - beat.read_at,
    )


async def _live(tx: Transaction) -> Verdict:
    """Whether the catalogue tells search what is live."""
    live = await catalog.live_spans(tx, _SPAN_DEALS)
    return ok(f"{live.deals:,} deals are live, for search to find.")


CHECKS: Final = (MachineCheck("search index", _look), HouseCheck("search", _live))
