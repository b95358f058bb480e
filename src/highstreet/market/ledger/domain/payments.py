"""What payments book: capture, fees, what came too late, refunds that failed, and disputes."""

from uuid import UUID

import msgspec

from highstreet.kit.errors import InvalidInput
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.entries import Entry, EntryKind, credit, debit, entry, require_positive


class CreditUsed(msgspec.Struct, frozen=True):
    """How much of a buyer's platform credit an order used."""

    account_id: UUID
    amount_minor: int


def capture(
    *,
    order_id: UUID,
    payment_id: UUID | None,
    currency: str,
    paid_minor: int,
    used: CreditUsed | None = None,
) -> Entry:
    """An order was paid: what its buyer paid for its vouchers is owed until they are used.

    `paid_minor` includes the credit that was `used`; what is left came through the provider. `payment_id` is None where
    credit paid for all.
    """
    from_credit_minor = used.amount_minor if used is not None else 0
    if not 0 <= from_credit_minor <= paid_minor:
        raise InvalidInput.at("used", f"{from_credit_minor} of credit cannot pay for {paid_minor}")
    movements = [
        debit(AccountCode.PROVIDER_CLEARING, paid_minor - from_credit_minor),
        credit(AccountCode.VOUCHER_LIABILITY, paid_minor),
    ]
    if used is not None:
        movements.append(debit(AccountCode.CUSTOMER_CREDIT, used.amount_minor, used.account_id))
    return entry(
        f"capture:{order_id}", EntryKind.CAPTURE, currency, movements, order_id=order_id, payment_id=payment_id
    )


def provider_fee(*, payment_id: UUID, fee_id: str, currency: str, amount_minor: int) -> Entry:
    """What the provider keeps of a payment, by the provider's own name of the fee."""
    require_positive(amount_minor, "amount")
    return entry(
        f"provider_fee:{payment_id}:{fee_id}",
        EntryKind.PROVIDER_FEE,
        currency,
        [debit(AccountCode.PROVIDER_FEES, amount_minor), credit(AccountCode.PROVIDER_CLEARING, amount_minor)],
        payment_id=payment_id,
    )


def late_payment(*, order_id: UUID, payment_id: UUID, currency: str, amount_minor: int) -> Entry:
    """Money came for an order that had ended: it is owed to who paid."""
    require_positive(amount_minor, "amount")
    return entry(
        f"late_payment:{payment_id}",
        EntryKind.LATE_PAYMENT,
        currency,
        [debit(AccountCode.PROVIDER_CLEARING, amount_minor), credit(AccountCode.REFUNDS_OWED, amount_minor)],
        order_id=order_id,
        payment_id=payment_id,
    )


def refund_failed(*, refund_id: UUID, payment_id: UUID, currency: str, amount_minor: int) -> Entry:
    """The provider could not give back what was booked as given back: it is with the provider still, and owed."""
    require_positive(amount_minor, "amount")
    return entry(
        f"refund_failed:{refund_id}",
        EntryKind.REFUND_FAILED,
        currency,
        [debit(AccountCode.PROVIDER_CLEARING, amount_minor), credit(AccountCode.REFUNDS_OWED, amount_minor)],
        refund_id=refund_id,
        payment_id=payment_id,
    )


def refund_settled(*, refund_id: UUID, given_to: Account, currency: str, amount_minor: int) -> Entry:
    """What was owed after a late payment or a failed refund has reached who paid, one way or the other."""
    require_positive(amount_minor, "amount")
    return entry(
        f"refund_settled:{refund_id}",
        EntryKind.REFUND_SETTLED,
        currency,
        [debit(AccountCode.REFUNDS_OWED, amount_minor), (given_to, -amount_minor)],
        refund_id=refund_id,
    )


def dispute_opened(
    *, dispute_id: UUID, payment_id: UUID, currency: str, amount_minor: int, fee_minor: int = 0
) -> Entry:
    """The provider withholds the amount until the dispute is decided, and may take a fee for it at once."""
    require_positive(amount_minor, "amount")
    return entry(
        f"dispute_opened:{dispute_id}",
        EntryKind.DISPUTE_OPENED,
        currency,
        [
            debit(AccountCode.DISPUTED, amount_minor),
            debit(AccountCode.PROVIDER_FEES, fee_minor),
            credit(AccountCode.PROVIDER_CLEARING, amount_minor + fee_minor),
        ],
        payment_id=payment_id,
    )


def dispute_won(
    *, dispute_id: UUID, payment_id: UUID, currency: str, amount_minor: int, fee_returned_minor: int = 0
) -> Entry:
    """The provider gives back what it withheld, and its fee where it does that."""
    require_positive(amount_minor, "amount")
    return entry(
        f"dispute_won:{dispute_id}",
        EntryKind.DISPUTE_WON,
        currency,
        [
            debit(AccountCode.PROVIDER_CLEARING, amount_minor + fee_returned_minor),
            credit(AccountCode.DISPUTED, amount_minor),
            credit(AccountCode.PROVIDER_FEES, fee_returned_minor),
        ],
        payment_id=payment_id,
    )


def dispute_lost(*, dispute_id: UUID, payment_id: UUID, currency: str, amount_minor: int, owed_minor: int = 0) -> Entry:
    """The withheld amount is gone, and with it what was owed to who disputed it; the rest is the market's loss.

    What is owed was booked before: vouchers that were open are refunded into `refunds_owed`, and so are redeemed ones
    where their merchant bears it.
    """
    require_positive(amount_minor, "amount")
    if not 0 <= owed_minor <= amount_minor:
        raise InvalidInput.at("owed", f"{owed_minor} is not a part of the {amount_minor} that were disputed")
    return entry(
        f"dispute_lost:{dispute_id}",
        EntryKind.DISPUTE_LOST,
        currency,
        [
            debit(AccountCode.REFUNDS_OWED, owed_minor),
            debit(AccountCode.CHARGEBACK_LOSS, amount_minor - owed_minor),
            credit(AccountCode.DISPUTED, amount_minor),
        ],
        payment_id=payment_id,
    )


def refund_past_us(*, refund_id: UUID, payment_id: UUID, order_id: UUID, currency: str, amount_minor: int) -> Entry:
    """Somebody gave money back at the provider, and no voucher ended by it: the market bears it."""
    require_positive(amount_minor, "amount")
    return entry(
        f"refund_past_us:{refund_id}",
        EntryKind.GOODWILL,
        currency,
        [debit(AccountCode.GOODWILL, amount_minor), credit(AccountCode.PROVIDER_CLEARING, amount_minor)],
        refund_id=refund_id,
        payment_id=payment_id,
        order_id=order_id,
    )


def provider_payout(*, provider: str, reference: str, currency: str, amount_minor: int) -> Entry:
    """The provider sent what it held to the bank; a negative amount is what it took from there."""
    return entry(
        f"provider_payout:{provider}:{reference}",
        EntryKind.PROVIDER_PAYOUT,
        currency,
        [debit(AccountCode.BANK, amount_minor), credit(AccountCode.PROVIDER_CLEARING, amount_minor)],
    )


def tax_remitted(*, remittance_id: UUID, currency: str, amount_minor: int) -> Entry:
    """Collected tax was paid to the state."""
    require_positive(amount_minor, "amount")
    return entry(
        f"tax_remitted:{remittance_id}",
        EntryKind.TAX_REMITTED,
        currency,
        [debit(AccountCode.TAX, amount_minor), credit(AccountCode.BANK, amount_minor)],
    )
