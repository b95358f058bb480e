"""Merchants that are due are put in the queue, and settled with one at a time."""

from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.database import Database, Transaction
from highstreet.kit.jobs import Job, defer
from highstreet.kit.sweeps import Sweep
from highstreet.market.settlement import service as settlement


class OnePayee(msgspec.Struct, frozen=True):
    merchant_id: UUID
    currency: str


async def _settle(database: Database, one: OnePayee) -> None:
    async with database.system() as tx:
        await settlement.settle(tx, one.merchant_id, one.currency)


SETTLE: Final = Job("settlement.settle", OnePayee, _settle)


async def _put_due(tx: Transaction) -> int:
    """Whoever is due stays so until settled with, and waits in the queue once at a time."""
    due = await settlement.due(tx)
    for merchant_id, currency in due:
        await defer(tx, SETTLE, OnePayee(merchant_id, currency), queueing_lock=f"settle {merchant_id} {currency}")
    return len(due)


SWEEPS: Final = (Sweep("new payees", 300.0, settlement.enrol), Sweep("due payees", 60.0, _put_due))
