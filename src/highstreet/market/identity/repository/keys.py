"""API keys, found by their fingerprints."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.identity.domain.keys import Key


def _key(**row: object) -> Key:
    return msgspec.convert(row, Key)


async def insert(tx: Transaction, key: Key, fingerprint: bytes) -> None:
    await tx.execute(
        """
        INSERT INTO identity.keys (id, account_id, name, kind, fingerprint, hint, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [key.id, key.account_id, key.name, key.kind, fingerprint, key.hint, key.created_at, key.expires_at],
    )
    await tx.execute(
        "INSERT INTO identity.key_permissions (key_id, permission) SELECT %s, unnest(%s::text[])",
        [key.id, sorted(key.permissions)],
    )


async def by_fingerprints(tx: Transaction, fingerprints: Sequence[bytes]) -> dict[bytes, Key]:
    """Those of these keys that there are."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT
            keys.fingerprint, keys.id, keys.account_id, accounts.state AS account_state,
            ARRAY(SELECT DISTINCT reach FROM identity.grants WHERE account_id = accounts.id) AS reaches,
            keys.name, keys.kind, keys.hint,
            keys.created_at, keys.expires_at, keys.used_at,
            ARRAY(SELECT permission FROM identity.key_permissions WHERE key_id = keys.id) AS permissions
        FROM identity.keys
        INNER JOIN identity.accounts ON keys.account_id = accounts.id
        WHERE keys.fingerprint = ANY(%b::bytea[])
        """,
        [list(fingerprints)],
    )
    return {bytes(row.pop("fingerprint")): msgspec.convert(row, Key) for row in rows}


async def of_account(tx: Transaction, account_id: UUID) -> list[Key]:
    """Newest first."""
    return await tx.fetch_all(
        _key,
        """
        SELECT
            keys.id, keys.account_id, accounts.state AS account_state,
            ARRAY(SELECT DISTINCT reach FROM identity.grants WHERE account_id = accounts.id) AS reaches,
            keys.name, keys.kind, keys.hint,
            keys.created_at, keys.expires_at, keys.used_at,
            ARRAY(SELECT permission FROM identity.key_permissions WHERE key_id = keys.id) AS permissions
        FROM identity.keys
        INNER JOIN identity.accounts ON keys.account_id = accounts.id
        WHERE keys.account_id = %s
        ORDER BY keys.id DESC
        """,
        [account_id],
    )


async def touch(tx: Transaction, key_ids: Sequence[UUID]) -> int:
    """Note that keys were used just now; nobody waits for one that is being changed, and it is passed over."""
    return await tx.execute(
        """
        WITH free AS (
            SELECT id FROM identity.keys WHERE id = ANY(%(ids)s::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE identity.keys SET used_at = %(now)s FROM free WHERE keys.id = free.id
        """,
        {"now": tx.now, "ids": list(key_ids)},
    )


async def delete(tx: Transaction, account_id: UUID, key_id: UUID) -> int:
    return await tx.execute("DELETE FROM identity.keys WHERE id = %s AND account_id = %s", [key_id, account_id])
