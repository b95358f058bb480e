"""What the sandbox does when it is asked over its API, on its page, and by its controls.

Each function works in the caller's transaction, which is the system's. Errors are NotFound, Conflict (the present state
does not allow it) and InvalidInput.
"""

from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from highstreet.kit.crypto import fingerprint
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.kit.money import MAX_MINOR, is_currency
from highstreet.sandbox import events
from highstreet.sandbox import repository as rows
from highstreet.sandbox.domain import (
    DISPUTE_FEE_MINOR,
    PAYABLE,
    Answer,
    DisputeOut,
    PageState,
    PaymentOut,
    RecordOut,
    RefundOut,
    fee_minor,
)

_OPEN_FOR: Final = timedelta(days=1)
_EVIDENCE_WITHIN: Final = timedelta(days=14)
_AT_ONCE: Final = 100


class PaymentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of the sandbox. Closed at `expires_at`, or after a day."""

    reference: str
    amount_minor: int
    currency: str
    capture: str
    title: str
    return_url: str
    language: str = "en"
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class RefundIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    payment: str
    amount_minor: int
    reference: str | None = None


async def create(tx: Transaction, asked: PaymentIn, key: str) -> PaymentOut:
    """A payment with a page; the same for the same key. Raises Conflict for a key that was used for something else."""
    digest = fingerprint(msgspec.json.encode(asked).decode())
    made = _made(tx, asked)
    if not await rows.insert_payment(tx, made, key, digest):
        known = await rows.keyed(tx, key)
        assert known is not None, "the key is taken"
        if known.asked_sha256 != digest:
            raise Conflict("This Idempotency-Key was used for another payment")
        return await find(tx, known.id)
    return made


def _made(tx: Transaction, asked: PaymentIn) -> PaymentOut:
    if not is_currency(asked.currency):
        raise InvalidInput.at("currency", "is not an ISO 4217 code")
    if not 0 < asked.amount_minor <= MAX_MINOR:
        raise InvalidInput.at("amount_minor", "is 1 or more")
    if asked.capture not in {"automatic", "manual"}:
        raise InvalidInput.at("capture", "is automatic or manual")
    if not asked.return_url.startswith(("http://", "https://")):
        raise InvalidInput.at("return_url", "is an http or https address")
    if not 0 < len(asked.title) <= 500 or not 0 < len(asked.reference) <= 255:
        raise InvalidInput.at("title", "and reference are there, and not too long")
    return PaymentOut(
        id=events.new_name(tx, "pay"),
        reference=asked.reference,
        amount_minor=asked.amount_minor,
        currency=asked.currency,
        capture=asked.capture,
        title=asked.title,
        return_url=asked.return_url,
        language=asked.language,
        state=PageState.OPEN,
        charge=None,
        fee_minor=None,
        declined=0,
        expires_at=min(asked.expires_at or tx.now + _OPEN_FOR, tx.now + _OPEN_FOR),
        created_at=tx.now,
    )


async def find(tx: Transaction, payment_id: str) -> PaymentOut:
    """The payment, held until the transaction ends; closed if its time is over. Raises NotFound."""
    found = await rows.lock(tx, payment_id)
    if found is None:
        raise NotFound("There is no such payment")
    if found.state in PAYABLE and found.expires_at <= tx.now:
        return await _end(tx, found, PageState.EXPIRED)
    return found


async def attempt(tx: Transaction, payment_id: str, answer: Answer, *, obedient: bool = True) -> PaymentOut:
    """Try to pay. The bank answers as `answer` has it, unless it is `obedient` and a control says something else."""
    found = await find(tx, payment_id)
    if found.state not in PAYABLE:
        return found
    ordered = await rows.take_order(tx, list(Answer)) if obedient else None
    if ordered is not None:
        answer = Answer(ordered.action)
    match answer:
        case Answer.APPROVE:
            return await _approve(tx, found)
        case Answer.CHALLENGE:
            await rows.move(tx, found.id, PageState.CHALLENGED)
            return await find(tx, found.id)
        case Answer.DECLINE:
            await rows.count_decline(tx, found.id)
            return await events.tell(tx, "payment.declined", await find(tx, found.id))


async def _approve(tx: Transaction, found: PaymentOut) -> PaymentOut:
    charge = events.new_name(tx, "ch")
    await rows.move(tx, found.id, PageState.AUTHORISED, charge=charge)
    approved = await events.tell(tx, "payment.authorised", await find(tx, found.id))
    return await capture(tx, found.id) if found.capture == "automatic" else approved


async def capture(tx: Transaction, payment_id: str) -> PaymentOut:
    """Take what was authorised. Raises Conflict where nothing was."""
    found = await find(tx, payment_id)
    if found.state is PageState.CAPTURED:
        return found
    if found.state is not PageState.AUTHORISED:
        raise Conflict(f"The payment is {found.state} and cannot be captured")
    fee = fee_minor(found.amount_minor)
    await rows.move(tx, found.id, PageState.CAPTURED, fee_minor=fee)
    await _book(tx, found, "charge", found.amount_minor, fee, found.charge or found.id, found.reference)
    return await events.tell(tx, "payment.captured", await find(tx, found.id))


async def void(tx: Transaction, payment_id: str) -> PaymentOut:
    """Close a page, or let go of what was authorised. Raises Conflict where money was taken."""
    found = await find(tx, payment_id)
    if found.state is PageState.CAPTURED:
        raise Conflict("The payment is captured; refund it instead")
    if found.state in {PageState.CANCELLED, PageState.EXPIRED}:
        return found
    return await _end(tx, found, PageState.CANCELLED)


async def _end(tx: Transaction, found: PaymentOut, state: PageState) -> PaymentOut:
    await rows.move(tx, found.id, state)
    ended = await rows.lock(tx, found.id)
    assert ended is not None, "the caller found it"
    return await events.tell(tx, f"payment.{state}", ended)


async def refund(tx: Transaction, asked: RefundIn, key: str | None) -> RefundOut:
    """Pay back a captured payment, in parts or whole. Raises Conflict for more than is left."""
    found = await find(tx, asked.payment)
    known = await rows.refund_of_key(tx, key) if key else None
    if known is not None:
        if (known.payment, known.amount_minor) != (asked.payment, asked.amount_minor):
            raise Conflict("This Idempotency-Key was used for another refund")
        return known
    if found.state is not PageState.CAPTURED:
        raise Conflict(f"The payment is {found.state}; there is nothing to pay back")
    if not 0 < asked.amount_minor <= found.amount_minor - found.refunded_minor:
        raise Conflict(f"Of the payment {found.amount_minor - found.refunded_minor} can be paid back")
    made = RefundOut(
        id=events.new_name(tx, "re"),
        payment=found.id,
        reference=asked.reference,
        amount_minor=asked.amount_minor,
        currency=found.currency,
        state="succeeded",
        problem=None,
    )
    await rows.insert_refund(tx, made, key)
    await _book(tx, found, "refund", -made.amount_minor, 0, made.id, made.reference)
    await events.tell(tx, "payment.refunded", await find(tx, found.id))
    return made


async def turn_refund_away(tx: Transaction, payment_id: str) -> PaymentOut:
    """The shopper's bank does not take the last refund."""
    found = await find(tx, payment_id)
    standing = [each for each in found.refunds if each.state == "succeeded"]
    if not standing:
        raise Conflict("The payment has no refund that could be turned away")
    last = standing[-1]
    await rows.fail_refund(tx, last.id, "The shopper's bank did not take it")
    await _book(tx, found, "refund_failure", last.amount_minor, 0, last.id, last.reference)
    return await events.tell(tx, "payment.refund_failed", await find(tx, found.id))


async def dispute(tx: Transaction, payment_id: str) -> PaymentOut:
    """The shopper's bank takes the money back, until it is decided whose it is."""
    found = await find(tx, payment_id)
    if found.state is not PageState.CAPTURED or found.disputes:
        raise Conflict(f"The payment is {found.state} with {len(found.disputes)} disputes, and cannot be disputed")
    made = DisputeOut(
        id=events.new_name(tx, "dp"),
        amount_minor=found.amount_minor,
        currency=found.currency,
        reason="fraudulent",
        state="open",
        evidence_due_at=tx.now + _EVIDENCE_WITHIN,
    )
    await rows.insert_dispute(tx, found.id, made)
    await _book(tx, found, "dispute", -made.amount_minor, DISPUTE_FEE_MINOR, made.id, found.reference)
    return await events.tell(tx, "payment.disputed", await find(tx, found.id))


async def close_dispute(tx: Transaction, payment_id: str, *, won: bool) -> PaymentOut:
    """Decide a dispute: won, we have the money again."""
    found = await find(tx, payment_id)
    standing = [each for each in found.disputes if each.state == "open"]
    if not standing:
        raise Conflict("The payment has no open dispute")
    await rows.close_dispute(tx, standing[0].id, "won" if won else "lost")
    if won:
        await _book(tx, found, "dispute_reversal", standing[0].amount_minor, 0, standing[0].id, found.reference)
    return await events.tell(tx, "payment.dispute_closed", await find(tx, found.id))


async def pay_out(tx: Transaction) -> int:
    """Send what the sandbox owes us to our bank; how many payouts that were."""
    owed = [balance for balance in await rows.balances(tx) if balance.minor > 0]
    for balance in owed:
        name = events.new_name(tx, "po")
        paid = RecordOut(
            id=events.new_record_name(tx),
            kind="payout",
            amount_minor=-balance.minor,
            fee_minor=0,
            currency=balance.currency,
            subject=name,
            reference=None,
            payment=None,
            at=tx.now,
        )
        await rows.insert_record(tx, paid)
        await events.send(tx, "payout.paid", None)
    return len(owed)


async def records(tx: Transaction, since: datetime, until: datetime, after: str, limit: int) -> list[RecordOut]:
    """What moved the balance in a span of time, by id, behind the id `after`."""
    return await rows.records(tx, since, until, after, limit)


async def expire_due(tx: Transaction) -> int:
    """Close pages whose time is over."""
    ids = await rows.expired(tx, _AT_ONCE)
    for payment_id in ids:
        await find(tx, payment_id)
    return len(ids)


async def _book(
    tx: Transaction, found: PaymentOut, kind: str, amount: int, fee: int, subject: str, reference: str | None
) -> None:
    record = RecordOut(
        id=events.new_record_name(tx),
        kind=kind,
        amount_minor=amount,
        fee_minor=fee,
        currency=found.currency,
        subject=subject,
        reference=reference,
        payment=found.id,
        at=tx.now,
    )
    await rows.insert_record(tx, record)
