"""Merchants' accounts at providers as rows."""

from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.market.payments.domain.accounts import Account, AccountSeen, AccountWanted

_SELECT: Final[LiteralString] = """
    SELECT merchant_id, provider, provider_ref, country, currency, ready, missing, opened_at, asked_at
    FROM payments.accounts
"""


async def keep(tx: Transaction, provider: str, wanted: AccountWanted, provider_ref: str) -> None:
    """Know an account that was opened; one that is known stays as it is, its merchant's or another's."""
    await tx.execute(
        """
        INSERT INTO payments.accounts (
            merchant_id, provider, provider_ref, country, currency, ready, missing, opened_at, asked_at
        )
        VALUES (%(merchant)s, %(provider)s, %(ref)s, %(country)s, %(currency)s, false, '{}', %(now)s, %(now)s)
        ON CONFLICT DO NOTHING
        """,
        {
            "merchant": wanted.merchant_id,
            "provider": provider,
            "ref": provider_ref,
            "country": wanted.country,
            "currency": wanted.currency,
            "now": tx.now,
        },
    )


async def find(tx: Transaction, merchant_id: UUID, provider: str) -> Account | None:
    return await tx.fetch_one(_account, f"{_SELECT} WHERE merchant_id = %s AND provider = %s", [merchant_id, provider])


async def lock(tx: Transaction, merchant_id: UUID, provider: str) -> Account | None:
    return await tx.fetch_one(
        _account, f"{_SELECT} WHERE merchant_id = %s AND provider = %s FOR UPDATE", [merchant_id, provider]
    )


async def note(tx: Transaction, merchant_id: UUID, provider: str, seen: AccountSeen) -> None:
    """What the provider says of an account now."""
    await tx.execute(
        """
        UPDATE payments.accounts SET ready = %s, missing = %s, asked_at = %s WHERE merchant_id = %s AND provider = %s
        """,
        [seen.ready, list(seen.missing), tx.now, merchant_id, provider],
    )


def _account(**columns: object) -> Account:
    return msgspec.convert(columns, Account)
