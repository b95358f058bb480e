"""How far behind we are with the provider."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.payments.domain.watching import Backlog

_RECENT: Final = timedelta(days=7)


class _Row(msgspec.Struct, frozen=True):
    oldest_due_at: datetime | None
    webhook_lag_s: float | None
    contradicting: int


async def backlog(tx: Transaction) -> Backlog:
    row = await tx.fetch_one(
        _Row,
        """
        SELECT
            least(
                (SELECT min(due_at) FROM payments.payments), (SELECT min(due_at) FROM payments.refunds)
            ) AS oldest_due_at,
            (
                SELECT extract(EPOCH FROM received_at - occurred_at)::double precision
                FROM payments.events ORDER BY received_at DESC LIMIT 1
            ) AS webhook_lag_s,
            (
                SELECT count(*) FROM payments.events WHERE received_at > %s AND outcome = 'mismatch'
            ) AS contradicting
        """,
        [tx.now - _RECENT],
    )
    assert row is not None, "an aggregate has one row"
    waits = (tx.now - row.oldest_due_at).total_seconds() if row.oldest_due_at else 0.0
    return Backlog(overdue_s=max(0.0, waits), webhook_lag_s=row.webhook_lag_s, contradicting=row.contradicting)
