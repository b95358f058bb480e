"""Those who are paid out to by the sandbox, and what was sent to them."""

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.sandbox import accounts_repository as rows
from highstreet.sandbox import events
from highstreet.sandbox import repository as balance_rows
from highstreet.sandbox.domain import AccountOut, RecordOut, TransferOut


class AccountIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reference: str
    country: str
    currency: str


class TransferIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account: str
    amount_minor: int
    currency: str
    reference: str


async def create(tx: Transaction, asked: AccountIn, key: str) -> AccountOut:
    """An account that is not ready yet; the same for the same key."""
    made = AccountOut(
        id=events.new_name(tx, "acct"),
        reference=asked.reference,
        country=asked.country,
        currency=asked.currency,
        ready=False,
    )
    await rows.insert(tx, made, key)
    kept = await rows.by_key(tx, key)
    assert kept is not None, "it is there now"
    return kept


async def find(tx: Transaction, account_id: str) -> AccountOut:
    """Raises NotFound."""
    found = await rows.by_id(tx, account_id)
    if found is None:
        raise NotFound("There is no such account")
    return found


async def verify(tx: Transaction, account_id: str) -> AccountOut:
    """Its owner has shown who they are."""
    await find(tx, account_id)
    await rows.make_ready(tx, account_id)
    return await find(tx, account_id)


async def transfer(tx: Transaction, asked: TransferIn, key: str) -> TransferOut:
    """Send money of ours to an account; once for each key. Raises Conflict where that cannot be."""
    account = await find(tx, asked.account)
    made = TransferOut(
        id=events.new_name(tx, "tr"),
        account=account.id,
        reference=asked.reference,
        amount_minor=asked.amount_minor,
        currency=asked.currency,
    )
    known = await rows.transfer_of_key(tx, key)
    if known is not None:
        if (known.account, known.amount_minor, known.currency) != (made.account, made.amount_minor, made.currency):
            raise Conflict("This Idempotency-Key was used for another transfer")
        return known
    if not account.ready:
        raise Conflict("The account's owner has not shown yet who they are")
    owed = {balance.currency: balance.minor for balance in await balance_rows.balances(tx)}
    if not 0 < asked.amount_minor <= owed.get(asked.currency, 0):
        raise Conflict(f"The balance in {asked.currency} is {owed.get(asked.currency, 0)}, which is not enough")
    if not await rows.insert_transfer(tx, made, key):
        return await transfer(tx, asked, key)
    record = RecordOut(
        id=events.new_record_name(tx),
        kind="transfer",
        amount_minor=-made.amount_minor,
        fee_minor=0,
        currency=made.currency,
        subject=made.id,
        reference=made.reference,
        payment=None,
        at=tx.now,
    )
    await balance_rows.insert_record(tx, record)
    return made
