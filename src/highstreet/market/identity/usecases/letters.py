"""What identity writes to people. Every mail says what to do when one did not ask for it."""

from uuid import UUID

from highstreet.kit.crypto import Sealer
from highstreet.kit.database import Transaction
from highstreet.kit.mail import letters, queue
from highstreet.market.identity.domain.accounts import Account
from highstreet.market.identity.repository import accounts as account_rows

_PACKAGE = "highstreet.market.identity"


async def send(
    tx: Transaction,
    sealer: Sealer,
    name: str,
    email: str,
    language: str,
    link: str | None = None,
    **values: str,
) -> None:
    """The letter `name` to an address."""
    letter = letters.write(_PACKAGE, name, language, values, link=link)
    await queue.send(tx, sealer, f"identity.{name}", email, letter)


async def tell_account(tx: Transaction, sealer: Sealer, name: str, account_id: UUID, **values: str) -> None:
    """The letter `name` to an account's own address, if it has one still."""
    account: Account | None = await account_rows.by_id(tx, account_id)
    if account is not None and account.email is not None:
        await send(tx, sealer, name, account.email, account.language, None, **values)
