"""The rows of schedules."""

from datetime import datetime
from typing import Any, Final

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.feeds.domain.schedules import Schedule

_COLUMNS: Final = """
    SELECT
        feed, source, mapping_name, mapping, shift_dates, every_minutes, daily_at, time_zone, os_user, created_at,
        next_at, asked_at, told_at, told
    FROM feeds.schedules
"""
_ALL: Final = _COLUMNS + "ORDER BY feed"
_OF_FEED: Final = _COLUMNS + "WHERE feed = %s"
_DUE: Final = _COLUMNS + "WHERE next_at <= %s ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED"


async def insert(tx: Transaction, schedule: Schedule) -> bool:
    """Whether it is there now; False if the feed has one already."""
    return (
        await tx.execute(
            """
            INSERT INTO feeds.schedules (
                feed, source, mapping_name, mapping, shift_dates, every_minutes, daily_at, time_zone, os_user,
                created_at, next_at
            )
            VALUES (
                %(feed)s, %(source)s, %(mapping_name)s, %(mapping)s, %(shift_dates)s, %(every_minutes)s, %(daily_at)s,
                %(time_zone)s, %(os_user)s, %(created_at)s, %(next_at)s
            )
            ON CONFLICT (feed) DO NOTHING
            """,
            msgspec.structs.asdict(schedule),
        )
        > 0
    )


async def delete(tx: Transaction, feed: str) -> bool:
    """Whether there was one."""
    return await tx.execute("DELETE FROM feeds.schedules WHERE feed = %s", [feed]) > 0


async def every(tx: Transaction) -> list[Schedule]:
    return msgspec.convert(await tx.fetch_all(dict[str, Any], _ALL), list[Schedule])


async def of_feed(tx: Transaction, feed: str) -> Schedule | None:
    row = await tx.fetch_one(dict[str, Any], _OF_FEED, [feed])
    return msgspec.convert(row, Schedule) if row else None


async def due(tx: Transaction, limit: int) -> list[Schedule]:
    """Those whose time has come; nobody else asks for them before the transaction ends."""
    return msgspec.convert(await tx.fetch_all(dict[str, Any], _DUE, [tx.now, limit]), list[Schedule])


async def ask(tx: Transaction, feed: str, next_at: datetime) -> None:
    """Remember that the import was asked for, and when the next one is due."""
    await tx.execute("UPDATE feeds.schedules SET asked_at = %s, next_at = %s WHERE feed = %s", [tx.now, next_at, feed])


async def tell(tx: Transaction, feed: str, told: str) -> None:
    """Keep what came of an import."""
    await tx.execute("UPDATE feeds.schedules SET told_at = %s, told = %s WHERE feed = %s", [tx.now, told, feed])
