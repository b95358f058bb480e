"""How a run begins, goes on after it was killed, and ends."""

import hashlib
from zoneinfo import ZoneInfo

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, HighstreetError, Unavailable
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.runs import Asked, RunRecord, RunState
from highstreet.market.feeds.domain.shift import Shift
from highstreet.market.feeds.domain.spelling import shown
from highstreet.market.feeds.repository import claims, runs

_LONGEST_SENTENCE = 2_000


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be imported, as far as it is known before the file has been read."""

    source: str
    mapping: Mapping
    asked: Asked
    shift_dates: bool = False
    replays: RunRecord | None = None

    @property
    def feed(self) -> str:
        return self.mapping.feed.name


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What has been read."""

    sha256: str
    rows: int


async def claim_feed(claim: Transaction, feed: str) -> None:
    """Let nobody else work on the feed until `claim` ends. Raises Conflict if somebody does."""
    if not await claims.claim(claim, feed):
        raise Conflict(f"An import of {feed} is already under way; wait for it to end.")


async def begin(database: Database, order: Order, content: Content, shift: Shift) -> RunRecord:
    """The record of a run: a new one, or that of the same import if it was killed at work, to be gone on with.

    For whoever has claimed the feed. Raises Conflict while a run of the feed is half undone.
    """
    async with database.system() as tx:
        left = await runs.unfinished(tx, order.feed)
        wanted = _new(tx, order, content, shift)
        if left is not None:
            check_whole(left)
            if _is_same(left, wanted):
                return left
            told = f"It was stopped after {left.rows_done:,} rows, and another import came instead."
            await runs.end(tx, left.id, RunState.INTERRUPTED, told)
        return await runs.insert(tx, wanted)


def check_whole(left: RunRecord) -> None:
    """Raise Conflict if a run that was left unfinished is half undone: until that is done, nothing else is."""
    if left.state is RunState.UNDOING:
        raise Conflict(
            f"Run {left.number} of {left.feed} is half undone; `highstreet import undo {left.number}` goes on with it."
        )


def _new(tx: Transaction, order: Order, content: Content | None, shift: Shift) -> runs.NewRun:
    mapping = msgspec.json.encode(order.mapping, order="deterministic")
    return runs.NewRun(
        id=tx.new_id(),
        feed=order.feed,
        state=RunState.RUNNING,
        replays=order.replays.id if order.replays else None,
        scheduled=order.asked.scheduled,
        actor_kind=tx.actor.kind,
        actor_id=tx.actor.id,
        os_user=order.asked.os_user,
        source=order.source,
        source_sha256=content.sha256 if content else None,
        mapping_name=order.asked.mapping_name,
        mapping=mapping.decode(),
        mapping_sha256=hashlib.sha256(mapping).hexdigest(),
        shift_dates=order.shift_dates,
        shifted_days=shift.days,
        started_at=tx.now,
        rows_total=content.rows if content else None,
    )


def _is_same(left: RunRecord, wanted: runs.NewRun) -> bool:
    """Whether the import that is wanted is the one that was stopped."""
    same = ("replays", "source_sha256", "mapping_sha256", "shift_dates", "rows_total")
    return all(getattr(left, name) == getattr(wanted, name) for name in same)


def shift_of_run(record: RunRecord, mapping: Mapping) -> Shift:
    """How far a run moves dates: as far in its last row as in its first, whatever day it is by then."""
    return Shift(ZoneInfo(mapping.feed.time_zone), record.shifted_days)


def told_of(problem: HighstreetError) -> str:
    """What is kept of a problem: its sentence, cut short, and without what no database and no terminal can take."""
    return shown(str(problem), _LONGEST_SENTENCE)


async def record_failure(database: Database, order: Order, record: RunRecord | None, problem: HighstreetError) -> None:
    """Keep why an import failed.

    One that was refused because another is at work was none. That the database was lost is no failure of the run, which
    goes on where it was when the import is begun again.
    """
    if isinstance(problem, Conflict | Unavailable):
        return
    async with database.system() as tx:
        if record is not None:
            await runs.end(tx, record.id, RunState.FAILED, told_of(problem))
            return
        failed = _new(tx, order, None, Shift(ZoneInfo(order.mapping.feed.time_zone)))
        await runs.insert(
            tx, msgspec.structs.replace(failed, state=RunState.FAILED, ended_at=tx.now, error=told_of(problem))
        )
