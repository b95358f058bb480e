"""Payouts on their way: told to whoever pays, arrived, or come back."""

from collections.abc import Sequence
from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain import payouts as booking
from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.settlement.domain.facts import PAYOUT, PayoutMoved
from highstreet.market.settlement.domain.payouts import Payout, PayoutState, check_transition
from highstreet.market.settlement.repository import payees
from highstreet.market.settlement.repository import payouts as rows


async def payout(tx: Transaction, payout_id: UUID) -> Payout:
    """Raises NotFound for one that the actor may not see."""
    found = await rows.find(tx, payout_id)
    if found is None:
        raise NotFound(f"There is no payout {payout_id}")
    return found


async def payouts(
    tx: Transaction,
    *,
    states: Sequence[PayoutState] = tuple(PayoutState),
    merchant_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> list[Payout]:
    """Those that the actor may see, newest first, behind the one with the id `before`."""
    return await rows.listed(tx, states, merchant_id, before, limit)


async def mark_sent(tx: Transaction, payout_id: UUID, *, transfer_ref: str | None = None) -> Payout:
    """Whoever pays was told, and calls it `transfer_ref`. Raises Conflict unless it was proposed."""
    found = await _lock(tx, payout_id, PayoutState.SENT)
    await rows.step(tx, found, PayoutState.SENT, transfer_ref=transfer_ref)
    return await moved(tx, found.id)


async def mark_paid(tx: Transaction, payout_id: UUID) -> Payout:
    """A person paid it, from the bank, or found that the provider has that had been asked to.

    Raises Conflict unless it was sent, and where a provider is sending it.
    """
    found = await _lock(tx, payout_id, PayoutState.PAID)
    _require_nobody_sends(found)
    was_left = found.problem is not None  # by a provider that was asked, and never told what became of it
    return await arrive(tx, found, AccountCode.PROVIDER_CLEARING if was_left else AccountCode.BANK)


async def mark_failed(tx: Transaction, payout_id: UUID, problem: str) -> Payout:
    """It did not arrive: the merchant's account has it again, and nothing more is paid until somebody says so.

    Raises Conflict for one that is over, and where a provider is sending it.
    """
    found = await _lock(tx, payout_id, PayoutState.FAILED)
    _require_nobody_sends(found)
    return await fail(tx, found, problem)


async def arrive(tx: Transaction, found: Payout, paid_from: AccountCode, *, transfer_ref: str | None = None) -> Payout:
    """A payout that is locked has arrived, and left `paid_from`."""
    await rows.step(tx, found, PayoutState.PAID, transfer_ref=transfer_ref)
    await ledger.post(
        tx,
        booking.payout_arrived(
            payout_id=found.id, paid_from=paid_from, currency=found.currency, amount_minor=found.amount_minor
        ),
    )
    return await moved(tx, found.id)


async def fail(tx: Transaction, found: Payout, problem: str) -> Payout:
    """A payout that is locked comes back."""
    await rows.step(tx, found, PayoutState.FAILED, problem=problem[:500])
    await ledger.post(
        tx,
        booking.payout_failed(
            payout_id=found.id, merchant_id=found.merchant_id, currency=found.currency, amount_minor=found.amount_minor
        ),
    )
    await payees.withhold(tx, found.merchant_id, found.currency, f"a payout failed: {problem}"[:500])
    return await moved(tx, found.id)


def _require_nobody_sends(found: Payout) -> None:
    """Between asking a provider and its answer nobody knows, so nobody may say."""
    if found.state is PayoutState.SENT and found.due_at is not None:
        raise Conflict("A provider is being asked to send this payout; wait for what it answers.")


async def _lock(tx: Transaction, payout_id: UUID, wanted: PayoutState) -> Payout:
    found = await rows.lock(tx, payout_id)
    if found is None:
        raise NotFound(f"There is no payout {payout_id}")
    check_transition(found.state, wanted)
    return found


async def moved(tx: Transaction, payout_id: UUID) -> Payout:
    """The payout as it stands now, of which others are told."""
    found = await payout(tx, payout_id)
    told = PayoutMoved(
        payout_id=found.id,
        merchant_id=found.merchant_id,
        currency=found.currency,
        amount_minor=found.amount_minor,
        problem=found.problem,
    )
    await outbox.record(tx, aggregate=PAYOUT, aggregate_id=found.id, name=f"payout.{found.state}", payload=told)
    return found
