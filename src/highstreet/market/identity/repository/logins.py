"""Logins, found by the fingerprints of what browsers carry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.identity.domain.logins import Login, Method, Span, Visitor


def _login(**row: object) -> Login:
    return msgspec.convert(row, Login)


async def insert(
    tx: Transaction,
    account_id: UUID,
    fingerprint: bytes,
    method: Method,
    visitor: Visitor,
    span: Span,
    second_factor_at: datetime | None,
) -> UUID:
    login_id = tx.new_id()
    await tx.execute(
        """
        INSERT INTO identity.logins (
            id, account_id, fingerprint, method, second_factor_at, device, network, idle_s, created_at, seen_at,
            expires_at
        )
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            login_id,
            account_id,
            fingerprint,
            method,
            second_factor_at,
            visitor.device,
            visitor.network,
            int(span.idle.total_seconds()),
            tx.now,
            tx.now,
            tx.now + span.whole,
        ],
    )
    return login_id


async def by_fingerprint(tx: Transaction, fingerprint: bytes) -> Login | None:
    return (await by_fingerprints(tx, [fingerprint])).get(fingerprint)


async def by_fingerprints(tx: Transaction, fingerprints: Sequence[bytes]) -> dict[bytes, Login]:
    """Those of these logins that there are."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT
            logins.fingerprint, logins.id, logins.account_id, accounts.state AS account_state,
            ARRAY(SELECT DISTINCT reach FROM identity.grants WHERE account_id = accounts.id) AS reaches,
            logins.method, logins.second_factor_at,
            logins.device, logins.network, logins.idle_s, logins.created_at, logins.seen_at, logins.expires_at
        FROM identity.logins
        INNER JOIN identity.accounts ON logins.account_id = accounts.id
        WHERE logins.fingerprint = ANY(%b::bytea[])
        """,
        [list(fingerprints)],
    )
    return {bytes(row.pop("fingerprint")): msgspec.convert(row, Login) for row in rows}


async def of_account(tx: Transaction, account_id: UUID) -> list[Login]:
    """Newest use first."""
    return await tx.fetch_all(
        _login,
        """
        SELECT
            logins.id, logins.account_id, accounts.state AS account_state,
            ARRAY(SELECT DISTINCT reach FROM identity.grants WHERE account_id = accounts.id) AS reaches,
            logins.method, logins.second_factor_at,
            logins.device, logins.network, logins.idle_s, logins.created_at, logins.seen_at, logins.expires_at
        FROM identity.logins
        INNER JOIN identity.accounts ON logins.account_id = accounts.id
        WHERE logins.account_id = %s
        ORDER BY logins.seen_at DESC, logins.id DESC
        """,
        [account_id],
    )


async def touch(tx: Transaction, seen: Mapping[UUID, Visitor]) -> int:
    """Note where logins were used just now; nobody waits for one that is being changed, and it is passed over."""
    return await tx.execute(
        """
        WITH free AS (
            SELECT id FROM identity.logins WHERE id = ANY(%(ids)s::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE identity.logins SET seen_at = %(now)s, device = given.device, network = given.network
        FROM free INNER JOIN
            unnest(%(ids)s::uuid[], %(devices)s::text[], %(networks)s::text[]) AS given (id, device, network)
            ON free.id = given.id
        WHERE logins.id = free.id
        """,
        {
            "now": tx.now,
            "ids": list(seen),
            "devices": [each.device for each in seen.values()],
            "networks": [each.network for each in seen.values()],
        },
    )


async def rotate(tx: Transaction, login_id: UUID, before: bytes, after: bytes) -> int:
    """Give a login another token and note its second factor; 0 when somebody else did so with the same one."""
    return await tx.execute(
        """
        UPDATE identity.logins SET fingerprint = %(after)s, second_factor_at = %(now)s, seen_at = %(now)s
        WHERE id = %(id)s AND fingerprint = %(before)s
        """,
        {"after": after, "now": tx.now, "id": login_id, "before": before},
    )


async def delete(tx: Transaction, account_id: UUID, login_id: UUID) -> int:
    return await tx.execute("DELETE FROM identity.logins WHERE id = %s AND account_id = %s", [login_id, account_id])


async def delete_others(tx: Transaction, account_id: UUID, but: UUID | None) -> int:
    """End every login of an account, or every one but this."""
    return await tx.execute(
        "DELETE FROM identity.logins WHERE account_id = %s AND id IS DISTINCT FROM %s", [account_id, but]
    )


async def delete_ended(tx: Transaction, limit: int) -> int:
    return await tx.execute(
        """
        DELETE FROM identity.logins WHERE id IN (
            SELECT id FROM identity.logins
            WHERE expires_at <= %(now)s OR seen_at + make_interval(secs => idle_s) <= %(now)s
            LIMIT %(limit)s
        )
        """,
        {"now": tx.now, "limit": limit},
    )
