"""Tries are counted before they are made, in a transaction of their own, so that a failure does not take them back."""

from collections.abc import Sequence

from highstreet.kit import crypto
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import TooManyRequests
from highstreet.market.identity.domain.throttling import Bucket, leaked, wait_s
from highstreet.market.identity.repository import throttles as stored

_SWEEP_BATCH = 5_000


async def count(database: Database, *tries: tuple[Bucket, str]) -> None:
    """Count one try in each bucket, for whom it is. Raises TooManyRequests when one of them is full.

    The others have then counted it all the same: whoever is turned away has tried.
    """
    refused: list[tuple[Bucket, str]] = []
    async with database.system() as tx:
        for bucket, whom in _in_one_order(tries):
            if not await stored.pour(tx, bucket, _key(whom)):
                refused.append((bucket, whom))
        waits = [await _wait(tx, bucket, whom) for bucket, whom in refused]
    if waits:
        raise TooManyRequests("Too many attempts; wait a while and try again", max(waits))


async def forget(tx: Transaction, *tries: tuple[Bucket, str]) -> None:
    """The earlier tries were their owner's own: do not hold them against the next."""
    for bucket, whom in _in_one_order(tries):
        await stored.empty(tx, bucket, _key(whom))


async def sweep_throttles(tx: Transaction) -> int:
    """Forget buckets that have run empty."""
    return await stored.delete_empty(tx, _SWEEP_BATCH)


async def _wait(tx: Transaction, bucket: Bucket, whom: str) -> int:
    filled = await stored.level(tx, bucket, _key(whom))
    return wait_s(bucket, leaked(bucket, filled.level, filled.at, tx.now)) if filled else 1


def _in_one_order(tries: Sequence[tuple[Bucket, str]]) -> list[tuple[Bucket, str]]:
    """Rows are locked in the same order by everybody, so that nobody waits in a circle."""
    return sorted(tries, key=lambda each: (each[0].name, each[1]))


def _key(whom: str) -> bytes:
    return crypto.fingerprint(whom)
