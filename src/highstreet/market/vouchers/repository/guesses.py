"""How often codes were typed that do not exist."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from highstreet.kit.database import Transaction


async def count(tx: Transaction, guessers: Sequence[UUID], since: datetime, by: int) -> dict[UUID, int]:
    """Add to what was counted of guessers from `since` on; what it is then. They wait for one another."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        INSERT INTO vouchers.guesses (guesser_id, since, count)
        SELECT guesser_id, %(since)s, greatest(0, %(by)s)
        FROM unnest(%(guessers)s::uuid[]) AS guesser_id ORDER BY guesser_id
        ON CONFLICT (guesser_id, since) DO UPDATE SET count = guesses.count + %(by)s
        RETURNING guesser_id, count
        """,
        {"guessers": list(guessers), "since": since, "by": by},
    )
    return {row["guesser_id"]: row["count"] for row in rows}


async def drop(tx: Transaction, until: datetime) -> int:
    """Forget what was counted from that moment on, or from an earlier one."""
    return await tx.execute("DELETE FROM vouchers.guesses WHERE since <= %s", [until])
