"""Passwords, authenticator apps and recovery codes."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction


class Password(msgspec.Struct, frozen=True, kw_only=True):
    account_id: UUID
    hash: str
    stands_alone: bool


class Authenticator(msgspec.Struct, frozen=True, kw_only=True):
    sealed: bytes
    last_step: int
    confirmed_at: datetime | None


class _Count(msgspec.Struct, frozen=True):
    count: int


async def password_of_address(tx: Transaction, folded: str) -> Password | None:
    """The password of the account that an address signs in to, unless it is suspended."""
    return await tx.fetch_one(
        Password,
        """
        SELECT passwords.account_id, passwords.hash, passwords.stands_alone
        FROM identity.passwords
        INNER JOIN identity.accounts ON passwords.account_id = accounts.id
        WHERE accounts.email_folded = %s AND accounts.state = 'registered'
        """,
        [folded],
    )


async def password_of(tx: Transaction, account_id: UUID) -> Password | None:
    return await tx.fetch_one(
        Password, "SELECT account_id, hash, stands_alone FROM identity.passwords WHERE account_id = %s", [account_id]
    )


async def put_password(tx: Transaction, password: Password) -> None:
    await tx.execute(
        """
        INSERT INTO identity.passwords (account_id, hash, stands_alone, changed_at)
        VALUES (%(id)s, %(hash)s, %(alone)s, %(now)s)
        ON CONFLICT (account_id) DO UPDATE SET
            hash = excluded.hash, stands_alone = excluded.stands_alone, changed_at = excluded.changed_at
        """,
        {"id": password.account_id, "hash": password.hash, "alone": password.stands_alone, "now": tx.now},
    )


async def rehash(tx: Transaction, account_id: UUID, before: str, after: str) -> int:
    """Keep the same password by newer parameters, unless it was changed meanwhile."""
    return await tx.execute(
        "UPDATE identity.passwords SET hash = %s WHERE account_id = %s AND hash = %s", [after, account_id, before]
    )


async def authenticator_of(tx: Transaction, account_id: UUID) -> Authenticator | None:
    return await tx.fetch_one(
        Authenticator,
        "SELECT sealed, last_step, confirmed_at FROM identity.authenticators WHERE account_id = %s",
        [account_id],
    )


async def put_authenticator(tx: Transaction, account_id: UUID, sealed: bytes) -> int:
    """Begin with an app that has not shown a code yet; 0 where one is in use."""
    return await tx.execute(
        """
        INSERT INTO identity.authenticators AS a (account_id, sealed, last_step, created_at)
        VALUES (%(id)s, %(sealed)s, 0, %(now)s)
        ON CONFLICT (account_id) DO UPDATE SET sealed = excluded.sealed, last_step = 0, created_at = excluded.created_at
        WHERE a.confirmed_at IS NULL
        """,
        {"id": account_id, "sealed": sealed, "now": tx.now},
    )


async def use_step(tx: Transaction, account_id: UUID, step: int) -> int:
    """Take a step of time whose code was shown; 0 when this or a later one was taken already."""
    return await tx.execute(
        "UPDATE identity.authenticators SET last_step = %(step)s WHERE account_id = %(id)s AND last_step < %(step)s",
        {"step": step, "id": account_id},
    )


async def confirm_authenticator(tx: Transaction, account_id: UUID) -> int:
    return await tx.execute(
        "UPDATE identity.authenticators SET confirmed_at = %s WHERE account_id = %s AND confirmed_at IS NULL",
        [tx.now, account_id],
    )


async def delete_authenticator(tx: Transaction, account_id: UUID) -> int:
    return await tx.execute("DELETE FROM identity.authenticators WHERE account_id = %s", [account_id])


async def replace_recovery_codes(tx: Transaction, account_id: UUID, tags: Iterable[bytes]) -> None:
    await tx.execute("DELETE FROM identity.recovery_codes WHERE account_id = %s", [account_id])
    await tx.execute_many(
        "INSERT INTO identity.recovery_codes (account_id, tag) VALUES (%s, %s)", [(account_id, tag) for tag in tags]
    )


async def use_recovery_code(tx: Transaction, account_id: UUID, tag: bytes) -> int:
    """0 for a code that is not one, or that somebody else has just used."""
    return await tx.execute("DELETE FROM identity.recovery_codes WHERE account_id = %s AND tag = %s", [account_id, tag])


async def count_recovery_codes(tx: Transaction, account_id: UUID) -> int:
    found = await tx.fetch_one(
        _Count, "SELECT count(*) AS count FROM identity.recovery_codes WHERE account_id = %s", [account_id]
    )
    return found.count if found else 0
