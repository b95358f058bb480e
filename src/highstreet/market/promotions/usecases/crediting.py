"""Credit: granted, spent on orders, and ended."""

from datetime import datetime
from typing import Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, FieldProblem, InvalidInput
from highstreet.kit.money import MAX_MINOR, is_currency
from highstreet.market.ledger import service as ledger
from highstreet.market.ledger.domain.credits import CreditOrigin, credit_expired, credit_granted
from highstreet.market.promotions.domain.credits import Credit
from highstreet.market.promotions.repository import credits as rows
from highstreet.market.promotions.repository import promotions as promotion_rows

_AT_ONCE: Final = 500


async def grant_credit(
    tx: Transaction,
    account_id: UUID,
    *,
    currency: str,
    amount_minor: int,
    origin: CreditOrigin,
    reason: str,
    expires_at: datetime | None = None,
) -> Credit:
    """Give credit at the house's cost, and book it. The system's transaction. Raises InvalidInput."""
    _check(tx, currency, amount_minor, reason, expires_at)
    if origin is CreditOrigin.REFUND:
        raise InvalidInput.at("origin", "credit from a refund comes with the refund")
    credit = await _insert(tx, account_id, currency, amount_minor, origin, reason, expires_at)
    await ledger.post(
        tx,
        credit_granted(
            grant_id=credit.id, account_id=account_id, origin=origin, currency=currency, amount_minor=amount_minor
        ),
    )
    return credit


async def return_credit(tx: Transaction, account_id: UUID, *, currency: str, amount_minor: int) -> Credit:
    """Credit in the place of credit that paid for what was given back. It does not end; the refund books it."""
    return await _insert(tx, account_id, currency, amount_minor, CreditOrigin.REFUND, "Given back", None)


async def credit_left(tx: Transaction, account_id: UUID, currency: str) -> int:
    """What an account may spend now."""
    return sum(credit.left_minor for credit in await rows.usable(tx, account_id, currency))


async def credits_of(tx: Transaction, account_id: UUID, currency: str) -> list[Credit]:
    """An account's grants of which something is left, as far as the actor may see them."""
    return await rows.usable(tx, account_id, currency)


async def hold_credit(tx: Transaction, order_id: UUID, account_id: UUID, *, currency: str, amount_minor: int) -> None:
    """Spend credit on an order, from what ends first. Raises Conflict where so much is not left any more.

    The transaction must be given up then.
    """
    wanted_minor = amount_minor
    for credit in await rows.usable(tx, account_id, currency, hold=True):
        part_minor = min(credit.left_minor, wanted_minor)
        if part_minor and await rows.spend(tx, credit.id, order_id, part_minor):
            wanted_minor -= part_minor
    if wanted_minor:
        raise Conflict("Less credit is left than when it was quoted; ask for a new quote.")


async def end_credits(tx: Transaction) -> int:
    """End credit whose time is over, and book what that leaves; how many grants."""
    ended = await rows.end_due(tx, _AT_ONCE)
    await ledger.post_many(
        tx,
        [
            credit_expired(
                grant_id=credit.id,
                account_id=credit.account_id,
                origin=credit.origin,
                currency=credit.currency,
                amount_minor=credit.left_minor,
            )
            for credit in ended
            if credit.left_minor
        ],
    )
    return len(ended)


async def hand_over(tx: Transaction, from_id: UUID, into_id: UUID) -> None:
    """What one account has and has used is another's, which has become the same person's. The ledger moves its own."""
    await promotion_rows.hand_over(tx, from_id, into_id)
    await rows.hand_over(tx, from_id, into_id)


async def _insert(
    tx: Transaction,
    account_id: UUID,
    currency: str,
    amount_minor: int,
    origin: CreditOrigin,
    reason: str,
    expires_at: datetime | None,
) -> Credit:
    credit = Credit(
        id=tx.new_id(),
        account_id=account_id,
        currency=currency,
        origin=origin,
        granted_minor=amount_minor,
        left_minor=amount_minor,
        reason=reason,
        granted_at=tx.now,
        expires_at=expires_at,
    )
    await rows.insert(tx, credit)
    return credit


def _check(tx: Transaction, currency: str, amount_minor: int, reason: str, expires_at: datetime | None) -> None:
    problems: list[FieldProblem] = []
    if not is_currency(currency):
        problems.append(FieldProblem("currency", "is not an ISO 4217 currency code"))
    if not 1 <= amount_minor <= MAX_MINOR:
        problems.append(FieldProblem("amount_minor", "is 1 or more"))
    if not (reason.strip() and len(reason) <= 500):
        problems.append(FieldProblem("reason", "is 1 to 500 characters"))
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= tx.now):
        problems.append(FieldProblem("expires_at", "is a time to come, with its offset from UTC"))
    if problems:
        raise InvalidInput(tuple(problems))
