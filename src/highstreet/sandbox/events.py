"""Webhooks of the sandbox: written when something happens, with the fault that a control has in store for them."""

from datetime import timedelta
from typing import Final

import msgspec

from highstreet.kit.database import Transaction
from highstreet.sandbox import repository as rows
from highstreet.sandbox.domain import ID_BITS, EventOut, Fault, PageState, PaymentOut

_OVERTAKEN_WITHIN: Final = timedelta(minutes=1)
_BEHIND: Final = timedelta(seconds=1)


def new_name(tx: Transaction, kind: str) -> str:
    """An id that nobody guesses."""
    return f"{kind}_{tx.rng.getrandbits(ID_BITS):040x}"


def new_record_name(tx: Transaction) -> str:
    """An id that sorts by time."""
    return f"txn_{tx.new_id().hex}"


async def tell(tx: Transaction, kind: str, payment: PaymentOut) -> PaymentOut:
    """Have a webhook sent about a payment as it is now, which is the answer."""
    await send(tx, kind, payment)
    return payment


async def send(tx: Transaction, kind: str, payment: PaymentOut | None) -> None:
    """Have a webhook sent."""
    event = EventOut(id=new_name(tx, "evt"), kind=kind, created_at=tx.now, payment=payment)
    body = msgspec.json.encode(event)
    ordered = await rows.take_order(tx, list(Fault))
    fault = Fault(ordered.action) if ordered else None
    await rows.release(tx, tx.now + _BEHIND)
    if fault is Fault.FORGE:
        await _forge(tx, payment)
    due_at = tx.now
    if fault is Fault.DELAY and ordered is not None:
        due_at += timedelta(seconds=ordered.seconds)
    if fault is Fault.REORDER:
        due_at += _OVERTAKEN_WITHIN
    await rows.insert_webhook(
        tx,
        event.id,
        kind,
        body,
        fault=fault if fault is not Fault.FORGE else None,
        copies=5 if fault is Fault.DUPLICATE else 1,
        due_at=None if fault is Fault.DROP else due_at,
    )


async def _forge(tx: Transaction, payment: PaymentOut | None) -> None:
    """Somebody else's webhook that says the payment was captured; it is sent with a signature that is not ours."""
    if payment is not None:
        payment = msgspec.structs.replace(payment, state=PageState.CAPTURED, charge=new_name(tx, "ch"), fee_minor=0)
    event = EventOut(id=new_name(tx, "evt"), kind="payment.captured", created_at=tx.now, payment=payment)
    body = msgspec.json.encode(event)
    await rows.insert_webhook(tx, event.id, event.kind, body, fault=Fault.FORGE, due_at=tx.now)
