"""The claim of an import on its feed: that it is under way."""

from highstreet.kit.database import Transaction


async def claim(tx: Transaction, feed: str) -> bool:
    """Claim the feed until `tx` ends, however it ends; False while another run holds it."""
    return bool(
        await tx.fetch_one(
            _truth, "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS truth", [f"feed:{feed}"]
        )
    )


async def keep_claim(tx: Transaction) -> None:
    """Keep the claiming transaction from being ended as idle. Raises if it is gone, and the claim with it."""
    await tx.fetch_one(_truth, "SELECT true AS truth")


async def is_claimed(tx: Transaction, feed: str) -> bool:
    """Whether somebody is at work on the feed, found out without standing in their way."""
    return bool(
        await tx.fetch_one(
            _truth,
            """
            SELECT EXISTS (
                SELECT FROM pg_catalog.pg_locks
                WHERE
                    locktype = 'advisory' AND granted AND objsubid = 1
                    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
                    AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(%s, 0)
            ) AS truth
            """,
            [f"feed:{feed}"],
        )
    )


def _truth(*, truth: bool) -> bool:
    return truth
