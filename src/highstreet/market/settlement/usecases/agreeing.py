"""What was agreed with a merchant about being paid, and changing it."""

from uuid import UUID

import msgspec

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import NotFound
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.settlement.domain.facts import PayeeChanged
from highstreet.market.settlement.domain.payees import Payee, PayeeChange, PayeeTerms, check_currency, next_due
from highstreet.market.settlement.repository import payees


async def payee(tx: Transaction, merchant_id: UUID, currency: str) -> Payee:
    """Raises NotFound for one that there is not, or that the actor may not see."""
    found = await payees.find(tx, merchant_id, currency)
    if found is None:
        raise NotFound(f"There is no payee {merchant_id} in {currency}")
    return found


async def terms_of(tx: Transaction, merchant_id: UUID, currency: str) -> PayeeTerms:
    """What was agreed, or what is usual where nothing was."""
    found = await payees.find(tx, merchant_id, currency)
    return found.terms if found else PayeeTerms()


async def all_payees(tx: Transaction) -> list[Payee]:
    """All that the actor may see."""
    return await payees.every(tx)


async def payee_history(tx: Transaction, merchant_id: UUID, currency: str) -> list[PayeeChange]:
    """What was agreed when, and who said so, oldest first."""
    return await payees.changes(tx, merchant_id, currency)


async def agree(tx: Transaction, merchant_id: UUID, currency: str, terms: PayeeTerms) -> Payee:
    """Say how a merchant is paid from now on. Another destination holds back what is paid for some days.

    A merchant's own staff cannot change what is held back or withheld, and are Forbidden. Whoever calls for a person
    asks for their second factor first (`identity.require_step_up`). Raises Forbidden without `payouts.edit` there.
    """
    await identity.require(tx, Permission.PAYOUTS_EDIT, merchant_id)
    check_currency(currency)
    await payees.enrol(tx, [(merchant_id, currency)])
    standing = await payees.lock(tx, merchant_id, currency)
    if standing is None:
        raise NotFound(f"There is no payee {merchant_id} in {currency}")
    elsewhere = terms.destination != standing.terms.destination
    changed_at = (tx.now if terms.destination else None) if elsewhere else standing.destination_changed_at
    due_at = standing.due_at
    if terms.schedule is not standing.terms.schedule:
        due_at = min(due_at, next_due(terms.schedule, tx.now))
    changed = msgspec.structs.replace(standing, terms=terms, destination_changed_at=changed_at, due_at=due_at)
    await payees.store(tx, changed)
    told = PayeeChanged(merchant_id=merchant_id, currency=currency, destination_changed=elsewhere)
    await outbox.record(tx, aggregate="payee", aggregate_id=merchant_id, name="payee.changed", payload=told)
    return changed
