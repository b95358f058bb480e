"""Accounts."""

from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.identity.domain.accounts import Account, AccountState, Address


def _account(**row: object) -> Account:
    return msgspec.convert(row, Account)


async def insert(tx: Transaction, account_id: UUID, state: AccountState, address: Address, language: str) -> None:
    await tx.execute(
        """
        INSERT INTO identity.accounts (id, state, email, email_folded, verified_at, language, created_at, changed_at)
        VALUES (
            %(id)s, %(state)s, %(email)s, %(folded)s,
            CASE WHEN %(state)s = 'registered' THEN %(now)s::timestamptz END, %(language)s, %(now)s, %(now)s
        )
        """,
        {
            "id": account_id,
            "state": state,
            "email": address.email,
            "folded": address.folded,
            "language": language,
            "now": tx.now,
        },
    )


async def by_id(tx: Transaction, account_id: UUID) -> Account | None:
    return await tx.fetch_one(
        _account,
        """
        SELECT id, state, email, verified_at, name, language, merged_into, created_at
        FROM identity.accounts
        WHERE id = %s
        """,
        [account_id],
    )


async def of_address(tx: Transaction, folded: str) -> Account | None:
    """The one account that the owner of an address signs in to, suspended or not."""
    return await tx.fetch_one(
        _account,
        """
        SELECT id, state, email, verified_at, name, language, merged_into, created_at
        FROM identity.accounts
        WHERE email_folded = %s AND state IN ('registered', 'suspended')
        """,
        [folded],
    )


async def named(tx: Transaction, folded: str, limit: int) -> list[Account]:
    """The accounts with this address that the actor may see, guests' too, newest first."""
    return await tx.fetch_all(
        _account,
        """
        SELECT id, state, email, verified_at, name, language, merged_into, created_at
        FROM identity.accounts
        WHERE email_folded = %(folded)s AND (state IN ('registered', 'suspended') OR state = 'guest')
        ORDER BY id DESC LIMIT %(limit)s
        """,
        {"folded": folded, "limit": limit},
    )


async def take_address_turn(tx: Transaction, folded: str) -> None:
    """Nobody else decides whose an address is before this transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('identity address ' || %s, 0))", [folded])


async def guests_of_address(tx: Transaction, folded: str) -> list[UUID]:
    """Accounts of guests who said this address, oldest first; locked until the transaction ends."""
    rows = await tx.fetch_all(
        dict[str, UUID],
        """
        SELECT id FROM identity.accounts
        WHERE email_folded = %s AND state = 'guest'
        ORDER BY id
        FOR UPDATE
        """,
        [folded],
    )
    return [row["id"] for row in rows]


async def register(tx: Transaction, guest_id: UUID, address: Address) -> int:
    """Make a guest's account one to sign in to; 0 when it is no guest's any more."""
    return await tx.execute(
        """
        UPDATE identity.accounts SET
            state = 'registered', verified_at = %(now)s, email = %(email)s, email_folded = %(folded)s,
            changed_at = %(now)s
        WHERE id = %(id)s AND state = 'guest'
        """,
        {"id": guest_id, "email": address.email, "folded": address.folded, "now": tx.now},
    )


async def merge(tx: Transaction, from_id: UUID, into_id: UUID) -> int:
    """Give a guest's account up for another; 0 when it is no guest's any more."""
    return await tx.execute(
        """
        UPDATE identity.accounts SET
            state = 'merged', merged_into = %(into)s, email = NULL, email_folded = NULL, changed_at = %(now)s
        WHERE id = %(from)s AND state = 'guest'
        """,
        {"from": from_id, "into": into_id, "now": tx.now},
    )


async def move(tx: Transaction, account_id: UUID, before: AccountState, after: AccountState) -> int:
    """Suspend or restore; 0 when the account is not, or no longer, as `before` says."""
    return await tx.execute(
        """
        UPDATE identity.accounts SET state = %(after)s, changed_at = %(now)s
        WHERE id = %(id)s AND state = %(before)s
        """,
        {"id": account_id, "before": before, "after": after, "now": tx.now},
    )
