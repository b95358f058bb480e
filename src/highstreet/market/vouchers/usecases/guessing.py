"""Short codes can be tried out, so whoever types many that do not exist has to wait."""

import math
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import TooManyRequests
from highstreet.market.vouchers.domain.redemptions import Redeemer
from highstreet.market.vouchers.repository import guesses

SPAN: Final = timedelta(minutes=10)
PER_GUESSER: Final = 10
"""Codes that one account or device may type in a span which do not exist."""
PER_MERCHANT: Final = 50


class Counted(msgspec.Struct, frozen=True):
    """A guess that was counted before anybody looked whether it hits."""

    guessers: tuple[UUID, ...]
    since: datetime


async def begin(tx: Transaction, redeemer: Redeemer) -> Counted:
    """Count a code that is typed, for its account or device and for the merchant.

    It counts before it is looked up, so that those who type at the same time wait for one another. Raises
    TooManyRequests.
    """
    since = datetime.fromtimestamp(tx.now.timestamp() // SPAN.total_seconds() * SPAN.total_seconds(), UTC)
    counted = Counted((redeemer.id, redeemer.merchant_id), since)
    by_guesser = {redeemer.id: PER_GUESSER, redeemer.merchant_id: PER_MERCHANT}
    counts = await guesses.count(tx, counted.guessers, since, 1)
    if any(counts[guesser] > allowed for guesser, allowed in by_guesser.items()):
        wait_s = math.ceil((since + SPAN - tx.now).total_seconds())
        raise TooManyRequests("Too many codes were typed that do not exist; scan the voucher, or wait", wait_s)
    return counted


async def take_back(tx: Transaction, counted: Counted) -> None:
    """The code exists, so it was no guess."""
    await guesses.count(tx, counted.guessers, counted.since, -1)


async def forget(tx: Transaction) -> int:
    """Drop what was counted in spans that are over; how many counts that were."""
    return await guesses.drop(tx, tx.now - SPAN)
