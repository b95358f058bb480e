"""Tickets are handed out once and taken once."""

from typing import Any
from uuid import UUID

from highstreet.kit import crypto
from highstreet.kit.database import Transaction
from highstreet.market.identity.domain.tickets import LASTS, Purpose, Ticket
from highstreet.market.identity.repository import tickets as stored

_SWEEP_BATCH = 5_000


async def issue(
    tx: Transaction,
    purpose: Purpose,
    *,
    account_id: UUID | None = None,
    email: str | None = None,
    content: dict[str, Any] | None = None,
) -> str:
    """A new ticket, as its bearer carries it."""
    token = crypto.new_token()
    await stored.insert(tx, crypto.fingerprint(token), purpose, LASTS[purpose], account_id, email, content or {})
    return token


async def look(tx: Transaction, purpose: Purpose, token: str) -> Ticket | None:
    """What a ticket is good for, without taking it; None once it was taken or has expired."""
    return await stored.look(tx, crypto.fingerprint(token), purpose)


async def take(tx: Transaction, purpose: Purpose, token: str) -> Ticket | None:
    """The ticket, for one of all who come with it."""
    return await stored.take(tx, crypto.fingerprint(token), purpose)


async def sweep_tickets(tx: Transaction) -> int:
    """Forget tickets that have expired."""
    return await stored.delete_expired(tx, _SWEEP_BATCH)
