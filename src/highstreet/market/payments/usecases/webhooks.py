"""Webhooks: each event is kept and applied once, in the transaction that also makes what follows from it."""

import hashlib
from collections.abc import Mapping

from highstreet.kit.database import Transaction
from highstreet.kit.metrics import WEBHOOKS
from highstreet.market.payments.domain.payments import Payment
from highstreet.market.payments.domain.seen import Outcome
from highstreet.market.payments.providers.port import Forged, Provider
from highstreet.market.payments.repository import events as rows
from highstreet.market.payments.usecases.applying import apply, find


async def receive(tx: Transaction, provider: Provider, headers: Mapping[str, str], body: bytes) -> Payment | None:
    """The payment that an event tells of, held until the transaction ends; None when there is nothing to do about it.

    That is an event which came before, of a kind that says nothing to us, or of a payment that is not (yet) ours.
    The system's transaction. Raises Forged for what the provider did not sign in the last five minutes.
    """
    try:
        notice = provider.read(headers, body)
    except Forged:
        WEBHOOKS.labels(provider.name, "forged").inc()
        raise
    event_id = await rows.insert(tx, provider.name, notice, hashlib.sha256(body).digest())
    if event_id is None:
        WEBHOOKS.labels(provider.name, "repeated").inc()
        return None
    payment = await find(tx, provider.name, notice.seen) if notice.seen else None
    if notice.seen is None or payment is None:
        outcome = Outcome.UNMATCHED if notice.seen else Outcome.UNKNOWN_KIND
    else:
        payment, outcome, problem = await apply(tx, provider.name, payment, notice.seen)
        await rows.settle(tx, event_id, outcome, payment.id, problem)
    WEBHOOKS.labels(provider.name, outcome.value).inc()
    return payment
