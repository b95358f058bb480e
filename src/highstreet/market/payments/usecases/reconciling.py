"""The provider's books of a day are held against ours: what we missed is caught up with, what differs is written down.

What the provider keeps for itself, and what it sends to the bank, is booked from its records, because nothing else
tells of that.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.entries import Entry
from highstreet.market.ledger.domain.payments import provider_fee, provider_payout
from highstreet.market.payments.domain.reconciliation import (
    Difference,
    Moved,
    Reconciliation,
    asked_span,
    last_complete_day,
    span,
)
from highstreet.market.payments.domain.records import Record, RecordKind
from highstreet.market.payments.providers.port import Provider
from highstreet.market.payments.repository import reconciliation as rows
from highstreet.market.payments.usecases.applying import Then
from highstreet.market.payments.usecases.asking import refresh

_BATCH: Final = 500
_LONGEST_NOTE: Final = 1_000


async def reconcile(database: Database, provider: Provider, day: date, then: Then | None = None) -> Reconciliation:
    """Hold a day's books against each other; as often as one likes. `then` follows on what is caught up with.

    Raises InvalidInput for a day that is not over, and Unavailable while the provider cannot be asked.
    """
    async with database.system() as tx:
        if day > last_complete_day(tx.now):
            raise InvalidInput.at("day", f"{day} is not over yet, or was only just now")
    count, batch = 0, list[Record]()
    async for record in provider.records(*asked_span(day)):
        batch.append(record)
        if len(batch) == _BATCH:
            count += await _take(database, provider, batch, then)
            batch = []
    count += await _take(database, provider, batch, then)
    async with database.system() as tx:
        different = await rows.compare(tx, provider.name, day, *span(day))
        await rows.finish(tx, provider.name, day, count, different)
        return Reconciliation(provider=provider.name, day=day, records=count, differences=different, finished_at=tx.now)


async def _take(database: Database, provider: Provider, records: Sequence[Record], then: Then | None) -> int:
    ids = [each.id for each in records]
    async with database.system() as tx:
        await rows.keep(tx, provider.name, records)
        behind = await rows.behind(tx, provider.name, ids)
    for payment_id in behind:
        await refresh(database, provider, payment_id, then)
    async with database.system() as tx:
        await ledger.post_many(tx, _entries(provider.name, await rows.moved(tx, provider.name, ids)))
    return len(records)


def _entries(provider: str, moved: Sequence[Moved]) -> list[Entry]:
    """What the provider's records alone tell of: its fees, and what it sent to the bank."""
    fees = [
        provider_fee(payment_id=each.payment_id, fee_id=each.id, currency=each.currency, amount_minor=each.fee_minor)
        for each in moved
        if each.payment_id is not None and each.fee_minor > 0
    ]
    payouts = [
        provider_payout(
            provider=provider, reference=each.subject, currency=each.currency, amount_minor=-each.amount_minor
        )
        for each in moved
        if each.kind is RecordKind.PAYOUT and each.amount_minor
    ]
    return [*fees, *payouts]


async def due_day(tx: Transaction, provider: str) -> date | None:
    """The next day to be reconciled; None where all are that can be, or nothing was ever sold."""
    last = await rows.last_day(tx, provider)
    day = await rows.first_payment_day(tx, provider) if last is None else last + timedelta(days=1)
    return day if day is not None and day <= last_complete_day(tx.now) else None


async def differences(tx: Transaction, *, settled: bool = False, limit: int = 100) -> list[Difference]:
    """What differs, newest day first: the open ones, or all."""
    return await rows.differences(tx, settled=settled, limit=limit)


async def reconciliations(tx: Transaction, limit: int = 100) -> list[Reconciliation]:
    """The days that were looked at, newest first."""
    return await rows.reconciliations(tx, limit)


async def require_reader(tx: Transaction) -> None:
    """Raises Forbidden for who may not see where books differ, to whom there would seem to be nothing otherwise."""
    await identity.require(tx, Permission.LEDGER_READ)


async def settle_difference(tx: Transaction, difference_id: UUID, note: str) -> None:
    """An operator has looked into it; `note` says what came of that. Raises NotFound where none is open by that id."""
    if not 0 < len(note.strip()) <= _LONGEST_NOTE:
        raise InvalidInput.at("note", f"say in 1 to {_LONGEST_NOTE} characters what came of it")
    if not await rows.settle(tx, difference_id, note.strip()):
        raise NotFound(f"There is no open difference {difference_id}")
