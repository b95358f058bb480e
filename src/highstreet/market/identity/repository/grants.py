"""Grants of roles, and the question whether an actor may do something."""

from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.identity.domain.roles import Grant, Permission, Reach


class _Verdict(msgspec.Struct, frozen=True):
    may: bool


def _grant(**row: object) -> Grant:
    return msgspec.convert(row, Grant)


async def may(tx: Transaction, permission: Permission, scope: UUID | None) -> bool:
    verdict = await tx.fetch_one(_Verdict, "SELECT identity.may(%s, %s) AS may", [permission, scope])
    assert verdict is not None
    return verdict.may


async def insert(tx: Transaction, grant: Grant) -> int:
    """0 when the account has that role already."""
    return await tx.execute(
        """
        INSERT INTO identity.grants (id, account_id, role, reach, scope, granted_by, granted_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (account_id, role, scope) DO NOTHING
        """,
        msgspec.structs.astuple(grant),
    )


async def delete(tx: Transaction, grant_id: UUID) -> Grant | None:
    """The grant that was there and that the actor may take away."""
    return await tx.fetch_one(
        _grant,
        """
        DELETE FROM identity.grants WHERE id = %s
        RETURNING id, account_id, role, reach, scope, granted_by, granted_at
        """,
        [grant_id],
    )


async def by_id(tx: Transaction, grant_id: UUID) -> Grant | None:
    return await tx.fetch_one(
        _grant,
        "SELECT id, account_id, role, reach, scope, granted_by, granted_at FROM identity.grants WHERE id = %s",
        [grant_id],
    )


async def of_account(tx: Transaction, account_id: UUID) -> list[Grant]:
    return await tx.fetch_all(
        _grant,
        """
        SELECT id, account_id, role, reach, scope, granted_by, granted_at
        FROM identity.grants
        WHERE account_id = %s
        ORDER BY id
        """,
        [account_id],
    )


async def of_scope(tx: Transaction, reach: Reach, scope: UUID | None) -> list[Grant]:
    """Who has roles about one merchant, one partner, or everything."""
    return await tx.fetch_all(
        _grant,
        """
        SELECT id, account_id, role, reach, scope, granted_by, granted_at
        FROM identity.grants
        WHERE reach = %s AND scope IS NOT DISTINCT FROM %s
        ORDER BY id
        """,
        [reach, scope],
    )


async def take_turn(tx: Transaction, scope: UUID | None) -> None:
    """Nobody else grants or revokes roles of this scope before the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('identity grants ' || %s, 0))", [str(scope)])
