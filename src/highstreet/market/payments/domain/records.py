"""What a provider says it did with our money, as its own books have it: movements of the balance that it owes us."""

from datetime import datetime
from enum import StrEnum

import msgspec


class RecordKind(StrEnum):
    """`other` is whatever moves the balance and belongs to no payment of ours, such as a fee of its own."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    TRANSFER = "transfer"
    PAYOUT = "payout"
    OTHER = "other"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """`amount_minor` is signed as the balance moved, without the fee. `subject` is the provider's name for its cause.

    `payment_ref` is the payment's page or its money, by the provider's name; None where it is about no payment.
    """

    id: str
    kind: RecordKind
    amount_minor: int
    fee_minor: int
    currency: str
    subject: str
    payment_ref: str | None
    at: datetime
