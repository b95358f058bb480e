"""Importing a feed again and again."""

from collections.abc import Callable, Collection
from datetime import time
from pathlib import Path

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, HighstreetError, InvalidInput, NotFound
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.runs import Asked, ImportSummary
from highstreet.market.feeds.domain.schedules import LEAST_OFTEN_MINUTES, MOST_OFTEN_MINUTES, Rhythm, Schedule
from highstreet.market.feeds.readers.source import STANDARD_INPUT, is_address
from highstreet.market.feeds.repository import schedules
from highstreet.market.feeds.usecases.importing import import_feed
from highstreet.market.feeds.usecases.recording import told_of

_AT_ONCE = 50


async def add_schedule(
    tx: Transaction,
    source: str,
    mapping: Mapping,
    *,
    every_minutes: int | None = None,
    daily_at: time | None = None,
    shift_dates: bool = False,
    asked: Asked | None = None,
) -> Schedule:
    """Let workers import a feed again and again, with the mapping as it is now; `daily_at` is in its time zone.

    Raises InvalidInput for a rhythm or a source that cannot be, and Conflict if the feed has a schedule.
    """
    if (every_minutes is None) == (daily_at is None):
        raise InvalidInput.at("schedule", "say either how often, or at what time every day")
    if every_minutes is not None and not MOST_OFTEN_MINUTES <= every_minutes <= LEAST_OFTEN_MINUTES:
        raise InvalidInput.at("--every", f"is from {MOST_OFTEN_MINUTES} minutes to {LEAST_OFTEN_MINUTES // 1440} days")
    rhythm = Rhythm(every_minutes=every_minutes, daily_at=daily_at, time_zone=mapping.feed.time_zone)
    schedule = Schedule(
        feed=mapping.feed.name,
        source=_lasting(source),
        mapping_name=asked.mapping_name if asked else None,
        mapping=msgspec.json.encode(mapping).decode(),
        shift_dates=shift_dates,
        os_user=asked.os_user if asked else None,
        created_at=tx.now,
        next_at=rhythm.first(tx.now),
        every_minutes=every_minutes,
        daily_at=daily_at,
        time_zone=rhythm.time_zone,
    )
    if not await schedules.insert(tx, schedule):
        raise Conflict(f"{schedule.feed} has a schedule; `highstreet import schedule remove {schedule.feed}` ends it.")
    return schedule


def _lasting(source: str) -> str:
    """The source, as workers find it from wherever they run."""
    if source == STANDARD_INPUT:
        raise InvalidInput.at("-", "standard input is there once; a schedule needs a file or an address")
    lasting = source if is_address(source) else str(Path(source).absolute())
    if not lasting.isprintable():
        raise InvalidInput.at("FILE", "has a name that is no text; a schedule needs one that can be written down")
    return lasting


async def all_schedules(tx: Transaction) -> list[Schedule]:
    """Every schedule, by feed."""
    return await schedules.every(tx)


async def remove_schedule(tx: Transaction, feed: str) -> None:
    """Import a feed no longer by itself. Raises NotFound."""
    if not await schedules.delete(tx, feed):
        raise NotFound(f"{feed} has no schedule; `highstreet import schedule list` shows those that there are.")


async def ask_due(tx: Transaction) -> list[str]:
    """The feeds whose import is due by the clock; each is due again in its rhythm."""
    due = await schedules.due(tx, _AT_ONCE)
    for schedule in due:
        await schedules.ask(tx, schedule.feed, schedule.after(schedule.next_at, tx.now))
    return [schedule.feed for schedule in due]


async def import_scheduled(
    database: Database,
    feed: str,
    *,
    private_hosts: Collection[str] = (),
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportSummary:
    """Import a feed as its schedule says, and keep there what came of it. Raises NotFound, and as `import_feed`."""
    async with database.system() as tx:
        schedule = await schedules.of_feed(tx, feed)
    if schedule is None:
        raise NotFound(f"{feed} has no schedule; `highstreet import schedule list` shows those that there are.")
    try:
        done = await import_feed(
            database,
            schedule.source,
            msgspec.json.decode(schedule.mapping, type=Mapping),
            private_hosts=private_hosts,
            shift_dates=schedule.shift_dates,
            asked=Asked(os_user=schedule.os_user, mapping_name=schedule.mapping_name, scheduled=True),
            report=report,
        )
        told = f"Run {done.run}: {done.new:,} new, {done.changed:,} changed, {done.vanished:,} ended."
    except HighstreetError as problem:
        async with database.system() as tx:
            await schedules.tell(tx, feed, told_of(problem))
        raise
    async with database.system() as tx:
        await schedules.tell(tx, feed, told)
    return done
