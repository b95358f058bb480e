"""Passkeys."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.identity.domain.accounts import AccountState


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    account_id: UUID
    account_state: AccountState
    credential: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    name: str
    created_at: datetime
    used_at: datetime | None


def _passkey(**row: object) -> Passkey:
    return msgspec.convert(row, Passkey)


async def insert(
    tx: Transaction,
    account_id: UUID,
    credential: bytes,
    public_key: bytes,
    sign_count: int,
    transports: Sequence[str],
    name: str,
) -> int:
    """0 for a passkey that somebody has registered already."""
    return await tx.execute(
        """
        INSERT INTO identity.passkeys
            (id, account_id, credential, public_key, sign_count, transports, name, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (credential) DO NOTHING
        """,
        [tx.new_id(), account_id, credential, public_key, sign_count, list(transports), name, tx.now],
    )


async def by_credential(tx: Transaction, credential: bytes) -> Passkey | None:
    return await tx.fetch_one(
        _passkey,
        """
        SELECT
            passkeys.id, passkeys.account_id, accounts.state AS account_state, passkeys.credential,
            passkeys.public_key, passkeys.sign_count, passkeys.transports, passkeys.name, passkeys.created_at,
            passkeys.used_at
        FROM identity.passkeys
        INNER JOIN identity.accounts ON passkeys.account_id = accounts.id
        WHERE passkeys.credential = %s
        """,
        [credential],
    )


async def of_account(tx: Transaction, account_id: UUID) -> list[Passkey]:
    return await tx.fetch_all(
        _passkey,
        """
        SELECT
            passkeys.id, passkeys.account_id, accounts.state AS account_state, passkeys.credential,
            passkeys.public_key, passkeys.sign_count, passkeys.transports, passkeys.name, passkeys.created_at,
            passkeys.used_at
        FROM identity.passkeys
        INNER JOIN identity.accounts ON passkeys.account_id = accounts.id
        WHERE passkeys.account_id = %s
        ORDER BY passkeys.id
        """,
        [account_id],
    )


async def use(tx: Transaction, passkey_id: UUID, sign_count: int) -> int:
    """Note a use by what the authenticator counts; 0 for a count that was seen already, of one that counts."""
    return await tx.execute(
        """
        UPDATE identity.passkeys SET sign_count = %(count)s, used_at = %(now)s
        WHERE id = %(id)s AND (sign_count < %(count)s OR (sign_count = 0 AND %(count)s = 0))
        """,
        {"count": sign_count, "now": tx.now, "id": passkey_id},
    )


async def delete(tx: Transaction, account_id: UUID, passkey_id: UUID) -> int:
    return await tx.execute("DELETE FROM identity.passkeys WHERE id = %s AND account_id = %s", [passkey_id, account_id])
