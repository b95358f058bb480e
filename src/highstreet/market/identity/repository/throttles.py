"""Leaky buckets, each changed by one conditional statement."""

from datetime import datetime

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.identity.domain.throttling import Bucket


class Filled(msgspec.Struct, frozen=True):
    level: float
    at: datetime


async def pour(tx: Transaction, bucket: Bucket, key: bytes) -> int:
    """Count one try; 0 when it does not fit, and then nothing was counted."""
    return await tx.execute(
        """
        INSERT INTO identity.throttles AS t (bucket, key, level, at, empty_at)
        VALUES (%(bucket)s, %(key)s, 1, %(now)s, %(now)s::timestamptz + make_interval(secs => %(every)s))
        ON CONFLICT (bucket, key) DO UPDATE SET
            level = greatest(0, t.level - greatest(0, extract(epoch FROM %(now)s - t.at)) / %(every)s) + 1,
            at = greatest(t.at, %(now)s),
            empty_at = greatest(t.at, %(now)s) + make_interval(secs => %(every)s * (
                greatest(0, t.level - greatest(0, extract(epoch FROM %(now)s - t.at)) / %(every)s) + 1
            ))
        WHERE greatest(0, t.level - greatest(0, extract(epoch FROM %(now)s - t.at)) / %(every)s) + 1 <= %(size)s
        """,
        {"bucket": bucket.name, "key": key, "now": tx.now, "every": bucket.every_s, "size": bucket.size},
    )


async def level(tx: Transaction, bucket: Bucket, key: bytes) -> Filled | None:
    return await tx.fetch_one(
        Filled, "SELECT level, at FROM identity.throttles WHERE bucket = %s AND key = %s", [bucket.name, key]
    )


async def empty(tx: Transaction, bucket: Bucket, key: bytes) -> int:
    """Forget the tries of whoever succeeded."""
    return await tx.execute("DELETE FROM identity.throttles WHERE bucket = %s AND key = %s", [bucket.name, key])


async def delete_empty(tx: Transaction, limit: int) -> int:
    return await tx.execute(
        """
        DELETE FROM identity.throttles WHERE (bucket, key) IN (
            SELECT bucket, key FROM identity.throttles WHERE empty_at < %s ORDER BY empty_at LIMIT %s
        )
        """,
        [tx.now, limit],
    )
