"""What settling with merchants and partners books: payouts, reserves, debts, and what affiliates earn."""

from uuid import UUID

from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.entries import Entry, EntryKind, credit, debit, entry, require_positive


def payout(*, payout_id: UUID, merchant_id: UUID, currency: str, amount_minor: int) -> Entry:
    """It was decided to pay a merchant: the amount is no longer payable, and on its way."""
    require_positive(amount_minor, "amount")
    return entry(
        f"payout:{payout_id}",
        EntryKind.PAYOUT,
        currency,
        [
            debit(AccountCode.MERCHANT_PAYABLE, amount_minor, merchant_id),
            credit(AccountCode.PAYOUTS_IN_TRANSIT, amount_minor),
        ],
        payout_id=payout_id,
    )


def payout_arrived(*, payout_id: UUID, paid_from: AccountCode, currency: str, amount_minor: int) -> Entry:
    """It left `paid_from`: the bank, or what a provider holds that pays merchants itself."""
    require_positive(amount_minor, "amount")
    return entry(
        f"payout_arrived:{payout_id}",
        EntryKind.PAYOUT_ARRIVED,
        currency,
        [debit(AccountCode.PAYOUTS_IN_TRANSIT, amount_minor), (Account(paid_from), -amount_minor)],
        payout_id=payout_id,
    )


def payout_failed(*, payout_id: UUID, merchant_id: UUID, currency: str, amount_minor: int) -> Entry:
    """It came back, and is payable again."""
    require_positive(amount_minor, "amount")
    return entry(
        f"payout_failed:{payout_id}",
        EntryKind.PAYOUT_FAILED,
        currency,
        [
            debit(AccountCode.PAYOUTS_IN_TRANSIT, amount_minor),
            credit(AccountCode.MERCHANT_PAYABLE, amount_minor, merchant_id),
        ],
        payout_id=payout_id,
    )


def reserve_held(*, reserve_id: UUID, merchant_id: UUID, currency: str, amount_minor: int) -> Entry:
    """A part of what a merchant earned is held back for a time."""
    require_positive(amount_minor, "amount")
    return entry(
        f"reserve_held:{reserve_id}",
        EntryKind.RESERVE_HELD,
        currency,
        [
            debit(AccountCode.MERCHANT_PAYABLE, amount_minor, merchant_id),
            credit(AccountCode.MERCHANT_RESERVE, amount_minor, merchant_id),
        ],
    )


def reserve_released(*, reserve_id: UUID, merchant_id: UUID, currency: str, amount_minor: int) -> Entry:
    """Its time is over, or it is needed against a debt."""
    require_positive(amount_minor, "amount")
    return entry(
        f"reserve_released:{reserve_id}",
        EntryKind.RESERVE_RELEASED,
        currency,
        [
            debit(AccountCode.MERCHANT_RESERVE, amount_minor, merchant_id),
            credit(AccountCode.MERCHANT_PAYABLE, amount_minor, merchant_id),
        ],
    )


def debt_raised(*, debt_id: UUID, merchant_id: UUID, currency: str, amount_minor: int) -> Entry:
    """A merchant's account stayed negative: that is a claim from now on."""
    require_positive(amount_minor, "amount")
    return entry(
        f"debt_raised:{debt_id}",
        EntryKind.DEBT_RAISED,
        currency,
        [
            debit(AccountCode.MERCHANT_RECEIVABLE, amount_minor, merchant_id),
            credit(AccountCode.MERCHANT_PAYABLE, amount_minor, merchant_id),
        ],
    )


def debt_recovered(*, recovery_id: UUID, merchant_id: UUID, currency: str, amount_minor: int) -> Entry:
    """What a merchant earned since then makes up for a claim."""
    require_positive(amount_minor, "amount")
    return entry(
        f"debt_recovered:{recovery_id}",
        EntryKind.DEBT_RECOVERED,
        currency,
        [
            debit(AccountCode.MERCHANT_PAYABLE, amount_minor, merchant_id),
            credit(AccountCode.MERCHANT_RECEIVABLE, amount_minor, merchant_id),
        ],
    )


def debt_written_off(*, debt_id: UUID, merchant_id: UUID, currency: str, amount_minor: int) -> Entry:
    """A claim that will not be paid."""
    require_positive(amount_minor, "amount")
    return entry(
        f"debt_written_off:{debt_id}",
        EntryKind.DEBT_WRITTEN_OFF,
        currency,
        [
            debit(AccountCode.CHARGEBACK_LOSS, amount_minor),
            credit(AccountCode.MERCHANT_RECEIVABLE, amount_minor, merchant_id),
        ],
        memo="written off",
    )


def affiliate_earned(*, order_id: UUID, partner_id: UUID, currency: str, amount_minor: int) -> Entry:
    """A partner brought an order; whether it lasts is seen later."""
    require_positive(amount_minor, "amount")
    return entry(
        f"affiliate_earned:{order_id}",
        EntryKind.AFFILIATE_EARNED,
        currency,
        [
            debit(AccountCode.AFFILIATE_EXPENSE, amount_minor),
            credit(AccountCode.AFFILIATE_PENDING, amount_minor, partner_id),
        ],
        order_id=order_id,
    )


def affiliate_confirmed(*, order_id: UUID, partner_id: UUID, currency: str, amount_minor: int) -> Entry:
    """It lasted: the partner can be paid."""
    require_positive(amount_minor, "amount")
    return entry(
        f"affiliate_confirmed:{order_id}",
        EntryKind.AFFILIATE_CONFIRMED,
        currency,
        [
            debit(AccountCode.AFFILIATE_PENDING, amount_minor, partner_id),
            credit(AccountCode.AFFILIATE_PAYABLE, amount_minor, partner_id),
        ],
        order_id=order_id,
    )


def affiliate_cancelled(
    *, order_id: UUID, partner_id: UUID, currency: str, amount_minor: int, confirmed: bool
) -> Entry:
    """The order did not last. Once `confirmed`, it is taken from what the partner can be paid."""
    require_positive(amount_minor, "amount")
    taken_from = AccountCode.AFFILIATE_PAYABLE if confirmed else AccountCode.AFFILIATE_PENDING
    return entry(
        f"affiliate_cancelled:{order_id}",
        EntryKind.AFFILIATE_CANCELLED,
        currency,
        [debit(taken_from, amount_minor, partner_id), credit(AccountCode.AFFILIATE_EXPENSE, amount_minor)],
        order_id=order_id,
    )


def affiliate_payout(*, payout_id: UUID, partner_id: UUID, currency: str, amount_minor: int) -> Entry:
    """A partner was paid."""
    require_positive(amount_minor, "amount")
    return entry(
        f"affiliate_payout:{payout_id}",
        EntryKind.AFFILIATE_PAYOUT,
        currency,
        [debit(AccountCode.AFFILIATE_PAYABLE, amount_minor, partner_id), credit(AccountCode.BANK, amount_minor)],
        payout_id=payout_id,
    )
