"""Merchants that are due are put in the queue, and settled with one at a time; what providers tell is booked."""

from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from highstreet.kit import outbox
from highstreet.kit.database import Database, Transaction
from highstreet.kit.jobs import Job, defer
from highstreet.kit.outbox import Fact, Subscriber
from highstreet.kit.sweeps import Sweep
from highstreet.market.payments.domain.facts import DisputeMoved, RefundMoved
from highstreet.market.payments.service import Provider
from highstreet.market.settlement import service as settlement


class OnePayee(msgspec.Struct, frozen=True):
    merchant_id: UUID
    currency: str


class OnePayout(msgspec.Struct, frozen=True):
    payout_id: UUID


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


_ON_DISPUTES: Final = {
    "dispute.open": settlement.open_dispute,
    "dispute.won": settlement.win_dispute,
    "dispute.lost": settlement.lose_dispute,
}
_ON_REFUNDS: Final = {
    "refund.succeeded": settlement.follow_refund,
    "refund.failed": settlement.follow_failed_refund,
}


async def _book(tx: Transaction, fact: Fact) -> None:
    if fact.name in _ON_DISPUTES:
        await _ON_DISPUTES[fact.name](tx, outbox.read(fact, DisputeMoved))
    else:
        await _ON_REFUNDS[fact.name](tx, outbox.read(fact, RefundMoved))


BOOKS: Final = Subscriber("settlement.books", frozenset({*_ON_DISPUTES, *_ON_REFUNDS}), _book)
"""What banks and providers do with money that had been booked."""


class PayoutWork(NamedTuple):
    """What sends payouts to merchants' accounts at a provider."""

    sweeps: tuple[Sweep, ...]
    jobs: tuple[Job[Any], ...]


def payout_work(provider: Provider | None) -> PayoutWork:
    """The rows tell what is still to be sent and when, so each job is tried once. Without a provider people send."""
    if provider is None:
        return PayoutWork(sweeps=(), jobs=())

    async def send(database: Database, one: OnePayout) -> None:
        await settlement.send(database, provider, one.payout_id)

    sending = Job("settlement.send", OnePayout, send, attempts=1)

    async def due(tx: Transaction) -> int:
        taken = await settlement.take_due_payouts(tx, provider.name)
        for payout_id in taken:
            await defer(tx, sending, OnePayout(payout_id), queueing_lock=f"payout {payout_id}")
        return len(taken)

    return PayoutWork(sweeps=(Sweep("due payouts", 5.0, due),), jobs=(sending,))


SWEEPS: Final = (Sweep("new payees", 300.0, settlement.enrol), Sweep("due payees", 60.0, _put_due))
