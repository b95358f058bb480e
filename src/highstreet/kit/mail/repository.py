"""Our SQL on `kit.mails`."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction


class QueuedMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that is still to be sent, or kept to be read, with what it says under seal."""

    id: UUID
    kind: str
    recipient: str
    sealed: bytes
    queued_at: datetime


class MailRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a mail, without what it said."""

    id: UUID
    kind: str
    recipient: str
    state: str
    attempts: int
    problem: str | None
    queued_at: datetime
    settled_at: datetime | None


async def insert(tx: Transaction, mail_id: UUID, kind: str, recipient: str, sealed: bytes) -> None:
    await tx.execute(
        """
        INSERT INTO kit.mails (id, kind, recipient, state, sealed, queued_at)
        VALUES (%s, %s, %s, 'queued', %s, %s)
        """,
        [mail_id, kind, recipient, sealed, tx.now],
    )


async def queued(tx: Transaction, mail_id: UUID) -> QueuedMail | None:
    return await tx.fetch_one(
        QueuedMail,
        "SELECT id, kind, recipient, sealed, queued_at FROM kit.mails WHERE id = %s AND state = 'queued'",
        [mail_id],
    )


async def readable(tx: Transaction, limit: int) -> list[QueuedMail]:
    """The newest mails whose words are still there."""
    return await tx.fetch_all(
        QueuedMail,
        """
        SELECT id, kind, recipient, sealed, queued_at
        FROM kit.mails
        WHERE state IN ('queued', 'kept')
        ORDER BY id DESC
        LIMIT %s
        """,
        [limit],
    )


async def records(tx: Transaction, state: str | None, limit: int) -> list[MailRecord]:
    """Newest first."""
    return await tx.fetch_all(
        MailRecord,
        """
        SELECT id, kind, recipient, state, attempts, problem, queued_at, settled_at
        FROM kit.mails
        WHERE %(state)s::text IS NULL OR state = %(state)s
        ORDER BY id DESC
        LIMIT %(limit)s
        """,
        {"state": state, "limit": limit},
    )


async def settle(tx: Transaction, mail_id: UUID, state: str, problem: str | None = None) -> int:
    """Say what became of a queued mail; what it said goes, unless it is kept."""
    return await tx.execute(
        """
        UPDATE kit.mails SET
            state = %(state)s, problem = %(problem)s, settled_at = %(now)s, attempts = attempts + 1,
            sealed = CASE WHEN %(state)s = 'kept' THEN sealed END
        WHERE id = %(id)s AND state = 'queued'
        """,
        {"state": state, "problem": problem, "now": tx.now, "id": mail_id},
    )


async def note(tx: Transaction, mail_id: UUID, problem: str) -> int:
    """Say why a queued mail could not be sent this time."""
    return await tx.execute(
        "UPDATE kit.mails SET attempts = attempts + 1, problem = %s WHERE id = %s AND state = 'queued'",
        [problem, mail_id],
    )


async def delete_settled(tx: Transaction, kept_for: timedelta, limit: int) -> int:
    return await tx.execute(
        """
        DELETE FROM kit.mails WHERE id IN (
            SELECT id FROM kit.mails WHERE settled_at < %s ORDER BY settled_at LIMIT %s
        )
        """,
        [tx.now - kept_for, limit],
    )
