"""The sandbox's SQL about those who are paid out to."""

from highstreet.kit.database import Transaction
from highstreet.sandbox.domain import AccountOut, TransferOut


async def insert(tx: Transaction, account: AccountOut, key: str) -> None:
    """Once for each key."""
    await tx.execute(
        """
        INSERT INTO sandbox.accounts (id, key, reference, country, currency, ready, created_at)
        VALUES (%s, %s, %s, %s, %s, false, %s)
        ON CONFLICT (key) DO NOTHING
        """,
        [account.id, key, account.reference, account.country, account.currency, tx.now],
    )


async def by_key(tx: Transaction, key: str) -> AccountOut | None:
    return await tx.fetch_one(
        AccountOut, "SELECT id, reference, country, currency, ready FROM sandbox.accounts WHERE key = %s", [key]
    )


async def by_id(tx: Transaction, account_id: str) -> AccountOut | None:
    return await tx.fetch_one(
        AccountOut, "SELECT id, reference, country, currency, ready FROM sandbox.accounts WHERE id = %s", [account_id]
    )


async def make_ready(tx: Transaction, account_id: str) -> bool:
    """False where it is ready already, or is none."""
    return bool(await tx.execute("UPDATE sandbox.accounts SET ready = true WHERE id = %s AND NOT ready", [account_id]))


async def insert_transfer(tx: Transaction, transfer: TransferOut, key: str) -> bool:
    """False when the key is taken."""
    return bool(
        await tx.execute(
            """
            INSERT INTO sandbox.transfers (id, key, account_id, reference, amount_minor, currency, created_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (key) DO NOTHING
            """,
            [
                transfer.id,
                key,
                transfer.account,
                transfer.reference,
                transfer.amount_minor,
                transfer.currency,
                tx.now,
            ],
        )
    )


async def transfer_of_key(tx: Transaction, key: str) -> TransferOut | None:
    return await tx.fetch_one(
        TransferOut,
        "SELECT id, account_id AS account, reference, amount_minor, currency FROM sandbox.transfers WHERE key = %s",
        [key],
    )
