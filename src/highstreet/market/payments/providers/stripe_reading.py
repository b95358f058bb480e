"""What Stripe's objects say, in words of ours. Only the fields are read that are named here; others may come and go."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from highstreet.kit.money import minor_digits
from highstreet.market.payments.domain.accounts import AccountSeen
from highstreet.market.payments.domain.disputes import DisputeSeen, DisputeState
from highstreet.market.payments.domain.payments import Ending, Known, PaymentSeen
from highstreet.market.payments.domain.records import Record, RecordKind
from highstreet.market.payments.domain.refunds import RefundSeen, RefundState
from highstreet.market.payments.domain.seen import Seen
from highstreet.market.payments.providers.port import Refused

PAYMENT: Final = "payment_id"
REFUND: Final = "refund_id"
"""Names in the metadata that we give to Stripe's objects."""

_WITHOUT_DECIMALS: Final = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_WITH_THREE: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""How Stripe counts, which is not everywhere how we do: it has hundredths of every other currency."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A Checkout Session. Its page's address is gone once it has ended."""

    id: str
    status: str | None = None
    payment_status: str
    amount_total: int | None = None
    currency: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None
    url: str | None = None


class Fee(msgspec.Struct, frozen=True):
    fee: int


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    balance_transaction: Fee | str | None = None


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A PaymentIntent: the money, from the first attempt on."""

    id: str
    status: str
    amount: int
    amount_received: int = 0
    currency: str
    metadata: dict[str, str] | None = None
    latest_charge: Charge | str | None = None


class StripesRefund(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    amount: int
    currency: str
    status: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None
    failure_reason: str | None = None


class Evidence(msgspec.Struct, frozen=True):
    due_by: int | None = None


class StripesDispute(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    amount: int
    currency: str
    reason: str
    status: str
    payment_intent: str | None = None
    evidence_details: Evidence | None = None


class Requirements(msgspec.Struct, frozen=True):
    currently_due: list[str] | None = None


class StripesAccount(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    details_submitted: bool = False
    payouts_enabled: bool = False
    capabilities: dict[str, str] | None = None
    requirements: Requirements | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What moved the balance."""

    id: str
    payment_intent: str | None = None


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A balance transaction."""

    id: str
    type: str
    reporting_category: str = ""
    amount: int
    fee: int
    currency: str
    created: int
    source: Source | str | None = None


_REFUNDS: Final = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
_DISPUTES: Final = {
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
    "warning_closed": DisputeState.INQUIRY_CLOSED,
    "prevented": DisputeState.INQUIRY_CLOSED,
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.UNDER_REVIEW,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
_RECORDS: Final = {
    "charge": RecordKind.CHARGE,
    "refund": RecordKind.REFUND,
    "partial_capture_reversal": RecordKind.REFUND,
    "refund_failure": RecordKind.REFUND_FAILURE,
    "dispute": RecordKind.DISPUTE,
    "dispute_reversal": RecordKind.DISPUTE_REVERSAL,
    "transfer": RecordKind.TRANSFER,
    "payout": RecordKind.PAYOUT,
}


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe counts. Raises Refused for an amount that it cannot express."""
    shift = _digits(currency) - minor_digits(currency)
    if shift >= 0:
        return minor * 10**shift
    if minor % 10**-shift:
        raise Refused(f"Stripe cannot take {minor} minor units of {currency}")
    return minor // 10**-shift


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's amount in our minor units. Raises Refused where that would have to be rounded."""
    shift = _digits(currency) - minor_digits(currency)
    if shift < 0:
        return amount * 10**-shift
    if amount % 10**shift:
        raise Refused(f"{amount} of Stripe's units of {currency} are no whole minor units")
    return amount // 10**shift


def _digits(currency: str) -> int:
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in _WITH_THREE else 2


def session_seen(session: Session, *, failed: bool = False) -> Seen:
    """`failed` is told by the kind of an event alone: money that was to come later did not."""
    ended = Ending.EXPIRED if session.status == "expired" else Ending.FAILED if failed else None
    payment = None
    if session.amount_total is not None and session.currency is not None:
        known = Known(captured=session.payment_status == "paid", ended=ended)
        payment = _payment(session.amount_total, session.currency, known)
    return Seen(
        reference=our_id(session.metadata, PAYMENT),
        provider_ref=session.id,
        charge_ref=session.payment_intent,
        payment=payment,
    )


def intent_seen(intent: Intent, session_id: str | None = None) -> Seen:
    charge = intent.latest_charge if isinstance(intent.latest_charge, Charge) else None
    fee = charge.balance_transaction if charge and isinstance(charge.balance_transaction, Fee) else None
    currency = intent.currency.upper()
    captured = intent.status == "succeeded"
    known = Known(
        authorised=intent.status in {"requires_capture", "succeeded"},
        captured=captured,
        ended=Ending.VOIDED if intent.status == "canceled" else None,
        fee_minor=from_stripe(fee.fee, currency) if fee and captured else None,
    )
    return Seen(
        reference=our_id(intent.metadata, PAYMENT),
        provider_ref=session_id,
        charge_ref=intent.id,
        payment=_payment(intent.amount_received if captured else intent.amount, currency, known),
    )


def _payment(amount: int, currency: str, known: Known) -> PaymentSeen:
    upper = currency.upper()
    return PaymentSeen(amount_minor=from_stripe(amount, upper), currency=upper, known=known)


def refund_seen(refund: StripesRefund) -> RefundSeen:
    currency = refund.currency.upper()
    return RefundSeen(
        provider_ref=refund.id,
        reference=our_id(refund.metadata, REFUND),
        amount_minor=from_stripe(refund.amount, currency),
        currency=currency,
        state=_REFUNDS.get(refund.status or "", RefundState.PENDING),
        problem=refund.failure_reason,
    )


def dispute_seen(dispute: StripesDispute) -> DisputeSeen:
    currency = dispute.currency.upper()
    due = dispute.evidence_details.due_by if dispute.evidence_details else None
    return DisputeSeen(
        provider_ref=dispute.id,
        amount_minor=from_stripe(dispute.amount, currency),
        currency=currency,
        reason=dispute.reason,
        state=_DISPUTES.get(dispute.status, DisputeState.OPEN),
        evidence_due_at=None if due is None else datetime.fromtimestamp(due, UTC),
    )


def account_seen(account: StripesAccount) -> AccountSeen:
    may = (account.capabilities or {}).get("transfers") == "active"
    missing = (account.requirements.currently_due if account.requirements else None) or []
    return AccountSeen(
        provider_ref=account.id,
        ready=may and account.payouts_enabled and account.details_submitted,
        missing=tuple(missing),
    )


def record_of(movement: Movement) -> Record:
    currency = movement.currency.upper()
    source = movement.source
    subject = source.id if isinstance(source, Source) else source or movement.id
    return Record(
        id=movement.id,
        kind=_RECORDS.get(movement.reporting_category, RecordKind.OTHER),
        amount_minor=from_stripe(movement.amount, currency),
        fee_minor=from_stripe(movement.fee, currency),
        currency=currency,
        subject=subject,
        payment_ref=source.payment_intent if isinstance(source, Source) else None,
        at=datetime.fromtimestamp(movement.created, UTC),
    )


def event_seen(kind: str, content: Mapping[str, Any]) -> Seen | None:
    """What the object of an event says; None for a kind that says nothing to us. Raises msgspec.ValidationError."""
    match kind.split("."):
        case ["checkout", "session", "completed" | "expired" | "async_payment_succeeded" | "async_payment_failed"]:
            session = msgspec.convert(content, Session)
            return session_seen(session, failed=kind.endswith("async_payment_failed"))
        case ["payment_intent", "succeeded" | "canceled" | "amount_capturable_updated"]:
            return intent_seen(msgspec.convert(content, Intent))
        case ["refund", "created" | "updated" | "failed"]:
            refund = msgspec.convert(content, StripesRefund)
            return _beside(refund.payment_intent, refund.metadata, refunds=(refund_seen(refund),))
        case ["charge", "dispute", _]:
            dispute = msgspec.convert(content, StripesDispute)
            return _beside(dispute.payment_intent, None, disputes=(dispute_seen(dispute),))
        case _:
            return None


def _beside(
    intent: str | None,
    metadata: Mapping[str, str] | None,
    *,
    refunds: Sequence[RefundSeen] = (),
    disputes: Sequence[DisputeSeen] = (),
) -> Seen | None:
    if intent is None:  # about money that no page of ours took
        return None
    return Seen(reference=our_id(metadata, PAYMENT), charge_ref=intent, refunds=refunds, disputes=disputes)


def our_id(metadata: Mapping[str, str] | None, name: str) -> UUID | None:
    try:
        return UUID((metadata or {})[name])
    except (KeyError, ValueError):
        return None
