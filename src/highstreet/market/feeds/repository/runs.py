"""The rows of runs."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from highstreet.kit.database import Transaction
from highstreet.market.feeds.domain.runs import Counts, RunRecord, RunState


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a run begins with."""

    id: UUID
    feed: str
    state: RunState
    replays: UUID | None = None
    scheduled: bool
    actor_kind: str
    actor_id: UUID | None
    os_user: str | None
    source: str
    source_sha256: str | None
    mapping_name: str | None
    mapping: str
    mapping_sha256: str
    shift_dates: bool
    shifted_days: int
    started_at: datetime
    ended_at: datetime | None = None
    rows_total: int | None
    error: str | None = None


_COLUMNS: Final = """
    SELECT
        id, number, feed, state, replays, scheduled, actor_kind, actor_id, os_user, source, source_sha256, mapping_name,
        mapping, mapping_sha256, shift_dates, shifted_days, started_at, ended_at, undone_at, rows_total, rows_done,
        rows_new, rows_changed, rows_same, rows_rejected, rows_over, deals_vanished, deals_spared, by_reach,
        rejected_by_field, error
    FROM feeds.runs
"""
_BY_NUMBER: Final = _COLUMNS + "WHERE number = %s"
_UNFINISHED: Final = _COLUMNS + "WHERE feed = %s AND state IN ('running', 'undoing')"
_NEWEST: Final = _COLUMNS + (
    "WHERE (%(feed)s::text IS NULL OR feed = %(feed)s) ORDER BY started_at DESC, number DESC LIMIT %(limit)s"
)
_LATER: Final = _COLUMNS + (
    """
    WHERE
        feed = %s AND number > %s AND state <> 'undone'
        AND rows_new + rows_changed + deals_vanished > 0
    ORDER BY number DESC LIMIT 1
    """
)

_LAST_WHOLE: Final = _COLUMNS + (
    """
    WHERE feed = %s AND replays IS NULL AND state <> 'undone' AND (state = 'done' OR rows_done > 0)
    ORDER BY number DESC LIMIT 1
    """
)
_REPLAYED: Final = _COLUMNS + (  # noqa: S608 -- ours
    """
    WHERE replays IS NULL AND id IN (
        WITH RECURSIVE line AS (
            SELECT runs.id, runs.replays FROM feeds.runs WHERE runs.id = %s
            UNION ALL
            SELECT runs.id, runs.replays FROM line INNER JOIN feeds.runs ON line.replays = runs.id
        )
        SELECT line.id FROM line
    )
    """
)


async def insert(tx: Transaction, run: NewRun) -> RunRecord:
    """Begin a run. The database refuses a second one of a feed that is at work."""
    row = await tx.fetch_one(
        dict[str, Any],
        """
        INSERT INTO feeds.runs (
            id, feed, state, replays, scheduled, actor_kind, actor_id, os_user, source, source_sha256, mapping_name,
            mapping, mapping_sha256, shift_dates, shifted_days, started_at, ended_at, rows_total, rows_done, rows_new,
            rows_changed, rows_same, rows_rejected, rows_over, deals_vanished, deals_spared, by_reach,
            rejected_by_field, error
        )
        VALUES (
            %(id)s, %(feed)s, %(state)s, %(replays)s, %(scheduled)s, %(actor_kind)s, %(actor_id)s, %(os_user)s,
            %(source)s, %(source_sha256)s, %(mapping_name)s, %(mapping)s, %(mapping_sha256)s, %(shift_dates)s,
            %(shifted_days)s, %(started_at)s, %(ended_at)s, %(rows_total)s, 0, 0, 0, 0, 0, 0, 0, 0, '{}', '{}',
            %(error)s
        )
        RETURNING *
        """,
        msgspec.structs.asdict(run),
    )
    return msgspec.convert(row, RunRecord)


async def by_number(tx: Transaction, number: int) -> RunRecord | None:
    row = await tx.fetch_one(dict[str, Any], _BY_NUMBER, [number])
    return msgspec.convert(row, RunRecord) if row else None


async def unfinished(tx: Transaction, feed: str) -> RunRecord | None:
    """The run of a feed that is at work, or was killed at work."""
    row = await tx.fetch_one(dict[str, Any], _UNFINISHED, [feed])
    return msgspec.convert(row, RunRecord) if row else None


async def newest(tx: Transaction, feed: str | None, limit: int) -> list[RunRecord]:
    rows = await tx.fetch_all(dict[str, Any], _NEWEST, {"feed": feed, "limit": limit})
    return msgspec.convert(rows, list[RunRecord])


async def later(tx: Transaction, run: RunRecord) -> RunRecord | None:
    """The last run of the same feed behind `run` that wrote anything, and is not undone."""
    row = await tx.fetch_one(dict[str, Any], _LATER, [run.feed, run.number])
    return msgspec.convert(row, RunRecord) if row else None


async def last_whole(tx: Transaction, feed: str) -> RunRecord | None:
    """The last run that read a whole file of the feed, if only until it was stopped, and is not undone."""
    row = await tx.fetch_one(dict[str, Any], _LAST_WHOLE, [feed])
    return msgspec.convert(row, RunRecord) if row else None


async def first_of(tx: Transaction, run_id: UUID) -> RunRecord:
    """The run of a whole file from which a run comes, through however many replays; the run itself if it is one."""
    row = await tx.fetch_one(dict[str, Any], _REPLAYED, [run_id])
    return msgspec.convert(row, RunRecord)


async def count(tx: Transaction, run_id: UUID, before: Counts, after: Counts) -> bool:
    """Move a run that is at work from `before` to `after`; False if it is not there: somebody else is at it."""
    return (
        await tx.execute(
            """
            UPDATE feeds.runs SET
                rows_done = %(rows_done)s, rows_new = %(rows_new)s, rows_changed = %(rows_changed)s,
                rows_same = %(rows_same)s, rows_rejected = %(rows_rejected)s, rows_over = %(rows_over)s,
                deals_vanished = %(deals_vanished)s, deals_spared = %(deals_spared)s, by_reach = %(by_reach)s,
                rejected_by_field = %(rejected_by_field)s
            WHERE
                id = %(id)s AND state = 'running' AND rows_done = %(done_before)s
                AND deals_vanished = %(vanished_before)s
            """,
            {
                **msgspec.structs.asdict(after),
                "by_reach": Jsonb(after.by_reach),
                "rejected_by_field": Jsonb(after.rejected_by_field),
                "id": run_id,
                "done_before": before.rows_done,
                "vanished_before": before.deals_vanished,
            },
        )
        > 0
    )


async def end(tx: Transaction, run_id: UUID, state: RunState, error: str | None = None) -> None:
    """Let a run be over that was at work."""
    await tx.execute(
        "UPDATE feeds.runs SET state = %s, ended_at = %s, error = %s WHERE id = %s AND state = 'running'",
        [state, tx.now, error, run_id],
    )


async def begin_undo(tx: Transaction, run_id: UUID) -> None:
    await tx.execute(
        "UPDATE feeds.runs SET state = 'undoing', ended_at = coalesce(ended_at, %s) WHERE id = %s", [tx.now, run_id]
    )


async def end_undo(tx: Transaction, run_id: UUID) -> None:
    await tx.execute("UPDATE feeds.runs SET state = 'undone', undone_at = %s WHERE id = %s", [tx.now, run_id])
