"""What platform credit books. Spending it is part of `capture`, and refunds into it are refunds."""

from enum import StrEnum
from uuid import UUID

from highstreet.market.ledger.domain.accounts import AccountCode
from highstreet.market.ledger.domain.entries import Entry, EntryKind, credit, debit, entry, require_positive


class CreditOrigin(StrEnum):
    """Why somebody has credit: it decides who bears it, and to whom it falls when it expires."""

    PROMOTION = "promotion"
    GOODWILL = "goodwill"
    REFUND = "refund"
    """The buyer's own money. It came by a refund, and expires only where that is allowed."""


def credit_granted(
    *, grant_id: UUID, account_id: UUID, origin: CreditOrigin, currency: str, amount_minor: int
) -> Entry:
    """The market gives credit. Credit from a refund is booked by the refund."""
    require_positive(amount_minor, "amount")
    borne_by = AccountCode.PROMOTION_EXPENSE if origin is CreditOrigin.PROMOTION else AccountCode.GOODWILL
    return entry(
        f"credit_granted:{grant_id}",
        EntryKind.CREDIT_GRANTED,
        currency,
        [debit(borne_by, amount_minor), credit(AccountCode.CUSTOMER_CREDIT, amount_minor, account_id)],
    )


def credit_expired(
    *, grant_id: UUID, account_id: UUID, origin: CreditOrigin, currency: str, amount_minor: int
) -> Entry:
    """What was left of a grant ends: a gift costs that much less, and what was the buyer's own money is breakage."""
    require_positive(amount_minor, "amount")
    falls_to = {
        CreditOrigin.PROMOTION: AccountCode.PROMOTION_EXPENSE,
        CreditOrigin.GOODWILL: AccountCode.GOODWILL,
        CreditOrigin.REFUND: AccountCode.BREAKAGE,
    }[origin]
    return entry(
        f"credit_expired:{grant_id}",
        EntryKind.CREDIT_EXPIRED,
        currency,
        [debit(AccountCode.CUSTOMER_CREDIT, amount_minor, account_id), credit(falls_to, amount_minor)],
    )


def credit_moved(*, from_id: UUID, to_id: UUID, currency: str, amount_minor: int) -> Entry:
    """A guest's account went up in another one, and what credit it had with it. This happens once to an account."""
    return entry(
        f"credit_moved:{from_id}:{currency}",
        EntryKind.CREDIT_MOVED,
        currency,
        [
            debit(AccountCode.CUSTOMER_CREDIT, amount_minor, from_id),
            credit(AccountCode.CUSTOMER_CREDIT, amount_minor, to_id),
        ],
    )
