"""Tickets, found by their fingerprints and taken by deleting them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from highstreet.kit.database import Transaction
from highstreet.market.identity.domain.tickets import Purpose, Ticket


def _ticket(**row: object) -> Ticket:
    return msgspec.convert(row, Ticket)


async def insert(
    tx: Transaction,
    fingerprint: bytes,
    purpose: Purpose,
    lasts: timedelta,
    account_id: UUID | None,
    email: str | None,
    content: dict[str, Any],
) -> None:
    await tx.execute(
        """
        INSERT INTO identity.tickets (fingerprint, purpose, account_id, email, content, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        [fingerprint, purpose, account_id, email, Jsonb(content), tx.now, tx.now + lasts],
    )


async def look(tx: Transaction, fingerprint: bytes, purpose: Purpose) -> Ticket | None:
    return await tx.fetch_one(
        _ticket,
        """
        SELECT purpose, account_id, email, content
        FROM identity.tickets
        WHERE fingerprint = %s AND purpose = %s AND expires_at > %s
        """,
        [fingerprint, purpose, tx.now],
    )


async def take(tx: Transaction, fingerprint: bytes, purpose: Purpose) -> Ticket | None:
    """The ticket, for whoever was first."""
    return await tx.fetch_one(
        _ticket,
        """
        DELETE FROM identity.tickets
        WHERE fingerprint = %s AND purpose = %s AND expires_at > %s
        RETURNING purpose, account_id, email, content
        """,
        [fingerprint, purpose, tx.now],
    )


async def delete_of_account(tx: Transaction, account_id: UUID, purpose: Purpose) -> int:
    return await tx.execute(
        "DELETE FROM identity.tickets WHERE account_id = %s AND purpose = %s", [account_id, purpose]
    )


async def delete_expired(tx: Transaction, limit: int) -> int:
    return await tx.execute(
        """
        DELETE FROM identity.tickets WHERE fingerprint IN (
            SELECT fingerprint FROM identity.tickets WHERE expires_at <= %s ORDER BY expires_at LIMIT %s
        )
        """,
        [tx.now, limit],
    )
