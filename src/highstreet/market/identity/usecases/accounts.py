"""Accounts: guests begin them, addresses that were proved make them whole."""

from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.identity.domain.accounts import Account, AccountState, Address, to_address
from highstreet.market.identity.domain.facts import AGGREGATE, MERGED, REGISTERED, AccountMerged, AccountRegistered
from highstreet.market.identity.repository import accounts as stored
from highstreet.market.identity.repository import logins as login_rows


async def account(tx: Transaction, account_id: UUID) -> Account:
    """Raises NotFound for one that is not there, or that the actor may not see."""
    found = await stored.by_id(tx, account_id)
    if found is None:
        raise NotFound("There is no such account")
    return found


async def accounts_named(tx: Transaction, email: str, *, limit: int = 24) -> list[Account]:
    """Accounts with an address that the actor may see, guests' too, newest first.

    Raises InvalidInput for what is no address.
    """
    return await stored.named(tx, to_address(email, "q").folded, limit)


async def surviving(tx: Transaction, account_id: UUID) -> Account:
    """The account that everything of `account_id` belongs to now: itself, unless it was merged."""
    found = await account(tx, account_id)
    return found if found.merged_into is None else await account(tx, found.merged_into)


async def begin_guest(tx: Transaction, email: str, language: str) -> Account:
    """An account for somebody who buys without signing in. Takes a system transaction.

    Each guest has one of their own, also where another said the same address: nothing is proved yet. Raises
    InvalidInput for what is no address.
    """
    new_id = tx.new_id()
    await stored.insert(tx, new_id, AccountState.GUEST, to_address(email), language)
    return await account(tx, new_id)


async def prove(tx: Transaction, address: Address, language: str) -> Account:
    """The account of whoever has just shown that mail to `address` reaches them. Takes a system transaction.

    It is made where there was none, out of the oldest guest's who said this address if there is one; the other guests'
    become part of it. A suspended account stays suspended, and nothing is merged into it.
    """
    await stored.take_address_turn(tx, address.folded)
    guests = await stored.guests_of_address(tx, address.folded)
    own = await stored.of_address(tx, address.folded)
    if own is None:
        own_id = await _register(tx, address, language, guests)
        own = await account(tx, own_id)
    if own.state is AccountState.REGISTERED:
        for guest_id in guests:
            if guest_id != own.id and await stored.merge(tx, guest_id, own.id):
                await login_rows.delete_others(tx, guest_id, None)
                await _tell(tx, guest_id, MERGED, AccountMerged(from_id=guest_id, into_id=own.id))
    return own


async def suspend(tx: Transaction, account_id: UUID) -> None:
    """Keep somebody out until they are restored. Raises Conflict when the account is no registered one."""
    if not await stored.move(tx, account_id, AccountState.REGISTERED, AccountState.SUSPENDED):
        raise Conflict("Only an account that can be signed in to can be suspended")
    await login_rows.delete_others(tx, account_id, None)


async def restore(tx: Transaction, account_id: UUID) -> None:
    """Raises Conflict when the account is not suspended."""
    if not await stored.move(tx, account_id, AccountState.SUSPENDED, AccountState.REGISTERED):
        raise Conflict("Only a suspended account can be restored")


async def _register(tx: Transaction, address: Address, language: str, guests: list[UUID]) -> UUID:
    own_id = guests[0] if guests else tx.new_id()
    if guests:
        await stored.register(tx, own_id, address)
        # Whoever began it as a guest said this address, and may not be who has just proved it.
        await login_rows.delete_others(tx, own_id, None)
    else:
        await stored.insert(tx, own_id, AccountState.REGISTERED, address, language)
    await _tell(tx, own_id, REGISTERED, AccountRegistered(account_id=own_id))
    return own_id


async def _tell(tx: Transaction, account_id: UUID, name: str, payload: AccountMerged | AccountRegistered) -> None:
    await outbox.record(tx, aggregate=AGGREGATE, aggregate_id=account_id, name=name, payload=payload)
