"""Webhooks: each event is kept and applied once, in the transaction that also makes what follows from it."""

import hashlib
from collections.abc import Mapping

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.metrics import WEBHOOKS
from highstreet.market.payments.domain.payments import Payment
from highstreet.market.payments.domain.seen import Notice, Outcome
from highstreet.market.payments.providers.port import Forged, Provider
from highstreet.market.payments.repository import events as rows
from highstreet.market.payments.usecases.applying import apply, find


class Webhook(msgspec.Struct, frozen=True):
    """One that its provider signed just now."""

    provider: str
    notice: Notice
    body_sha256: bytes


def read_webhook(provider: Provider, headers: Mapping[str, str], body: bytes) -> Webhook:
    """Needs no transaction, so that what is forged costs none.

    `headers` are named in lower case, `body` is as it was sent. Raises Forged for what the provider did not sign in
    the last five minutes.
    """
    try:
        notice = provider.read(headers, body)
    except Forged:
        WEBHOOKS.labels(provider.name, "forged").inc()
        raise
    return Webhook(provider.name, notice, hashlib.sha256(body).digest())


async def receive(tx: Transaction, webhook: Webhook) -> Payment | None:
    """The payment that an event tells of, held until the transaction ends; None when there is nothing to do about it.

    That is an event which came before, of a kind that says nothing to us, or of a payment that is not (yet) ours.
    The system's transaction.
    """
    seen = webhook.notice.seen
    event_id = await rows.insert(tx, webhook.provider, webhook.notice, webhook.body_sha256)
    if event_id is None:
        WEBHOOKS.labels(webhook.provider, "repeated").inc()
        return None
    payment = await find(tx, webhook.provider, seen) if seen else None
    if seen is None or payment is None:
        outcome = Outcome.UNMATCHED if seen else Outcome.UNKNOWN_KIND
    else:
        payment, outcome, problem = await apply(tx, webhook.provider, payment, seen)
        await rows.settle(tx, event_id, outcome, payment.id, problem)
    WEBHOOKS.labels(webhook.provider, outcome.value).inc()
    return payment
