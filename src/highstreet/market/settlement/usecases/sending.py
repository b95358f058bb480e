"""Sending payouts to merchants' accounts at a provider: the row first, then the transfer, then what came of it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Unavailable
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.payments.domain.accounts import TransferWanted
from highstreet.market.payments.service import Provider, Refused
from highstreet.market.settlement.domain.payouts import (
    REMEMBERED_FOR,
    Payout,
    PayoutState,
    account_at,
    wait_after,
)
from highstreet.market.settlement.repository import payees
from highstreet.market.settlement.repository import payouts as rows
from highstreet.market.settlement.usecases.paying import arrive, fail, moved

_TAKEN_FOR: Final = timedelta(minutes=5)
_OPEN: Final = frozenset({PayoutState.PROPOSED, PayoutState.SENT})


async def take_due_payouts(tx: Transaction, provider: str, *, limit: int = 100) -> list[UUID]:
    """Those that a provider is to send now. One whose worker dies is due again after some minutes."""
    return await rows.take_due(tx, provider, tx.now + _TAKEN_FOR, limit)


async def send(database: Database, provider: Provider, payout_id: UUID) -> None:
    """Send one payout, and book what came of it.

    Whoever is killed anywhere in between leaves a row that says `sent`; the provider knows the payout's id, so that
    telling it again moves nothing twice. Refused for good, it has failed; with the provider away, it is due again.
    """
    async with database.system() as tx:
        wanted = await _begin(tx, provider.name, payout_id)
    if wanted is None:
        return
    try:
        transfer_ref = await provider.transfer(wanted)
    except Refused as refused:
        async with database.system() as tx:
            found = await rows.lock(tx, payout_id)
            if found is not None and found.state is PayoutState.SENT:
                await fail(tx, found, str(refused))
    except Unavailable:
        return
    else:
        async with database.system() as tx:
            found = await rows.lock(tx, payout_id)
            if found is not None and found.state is PayoutState.SENT:
                await arrive(tx, found, AccountCode.PROVIDER_CLEARING, transfer_ref=transfer_ref)


async def _begin(tx: Transaction, provider: str, payout_id: UUID) -> TransferWanted | None:
    """Write that it is being sent. None where there is nothing to send, or not now."""
    found = await rows.lock(tx, payout_id)
    account = account_at(found.destination) if found is not None else None
    if found is None or account is None or account[0] != provider or found.state not in _OPEN:
        return None
    in_hand = found.state is PayoutState.SENT and found.due_at is None
    if in_hand or await _is_withheld(tx, found):  # a person has it
        return None
    if found.sent_at is not None and tx.now - found.sent_at > REMEMBERED_FOR:
        problem = f"{provider} never told what became of it; look there, then mark it as paid or failed"
        await rows.step(tx, found, PayoutState.SENT, problem=problem)
        return None
    await rows.step(tx, found, PayoutState.SENT, due_at=tx.now + wait_after(found.attempts))
    if found.state is PayoutState.PROPOSED:
        await moved(tx, found.id)
    return TransferWanted(id=found.id, account_ref=account[1], amount_minor=found.amount_minor, currency=found.currency)


async def _is_withheld(tx: Transaction, payout: Payout) -> bool:
    """Only what nobody was told to send can still be withheld."""
    payee = await payees.find(tx, payout.merchant_id, payout.currency)
    return payout.state is PayoutState.PROPOSED and payee is not None and payee.terms.withheld is not None
